"""A trace is plain data: saved, loaded, compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.network.trace import Segment, Trace

segments = st.builds(
    Segment,
    st.floats(0, 1e6),
    st.integers(1, 9),
    st.sampled_from(["client", "server"]),
    st.binary(max_size=30),
    st.sampled_from(["data", "fin", "reset"]),
)


@given(st.lists(segments), st.sampled_from(["measured", "virtual"]))
def test_a_trace_when_saved_and_loaded_is_the_same(recorded, clock):
    trace = Trace(recorded, clock)
    assert Trace.from_json(trace.to_json()) == trace


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"clock": "measured", "segments": [{"data": "0"}]}',
        '{"clock": "measured", "segments": [{"data": "00", "colour": 1}]}',
    ],
)
def test_a_trace_when_loaded_from_something_else_is_refused(text):
    with pytest.raises(ValueError, match="not a saved trace"):
        Trace.from_json(text)


def test_a_stream_when_joined_keeps_connections_and_directions_apart():
    trace = Trace(
        [
            Segment(0, 1, "client", b"a"),
            Segment(1, 2, "client", b"b"),
            Segment(2, 1, "server", b"c"),
            Segment(3, 1, "client", b"d"),
        ]
    )
    assert trace.stream(1, "client") == b"ad"
