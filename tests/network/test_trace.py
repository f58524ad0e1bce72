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


def test_a_trace_when_sliced_and_filtered_keeps_its_clock():
    trace = Trace([Segment(t, 1, "client", b".") for t in range(5)], "virtual")
    assert trace[1:3] == Trace(trace.segments[1:3], "virtual")
    assert trace.between(1, 3) == trace[1:3]
    assert len(trace.filter(sender="server")) == 0
    assert trace.filter(connection=1, sender="client", event="data") == trace
    with pytest.raises(TypeError, match=r"trace\.segments"):
        trace[0]


def test_traces_when_compared_show_the_first_byte_that_differs():
    ours = Trace([Segment(0, 1, "client", b"ab"), Segment(1, 1, "client", b"cd")])
    theirs = Trace([Segment(5, 1, "client", b"abcd")])
    assert ours.difference(theirs) is None
    longer = Trace([Segment(5, 1, "client", b"abcde")])
    assert ours.difference(longer) == "connection 1, client, byte 4: b'' and b'e'"


SECRETS = [
    b"Cookie: io=abc; sid=def",
    b"set-cookie: token=abc; HttpOnly",
    b"Authorization: Bearer abc.def",
    b"X-Api-Key:abc",
]


@pytest.mark.parametrize("line", SECRETS)
@given(at=st.integers(0, 60))
def test_a_secret_when_stored_is_stars_wherever_the_reads_cut_it(line, at):
    head = b"GET /?a=1&token=abc HTTP/1.1\r\n" + line + b"\r\nHost: abc.vn\r\n\r\n"
    trace = Trace(
        [
            Segment(0, 1, "client", head[:at]),
            Segment(1, 2, "client", b"between"),
            Segment(2, 1, "client", head[at:]),
        ]
    )
    stored = Trace.from_json(trace.to_json())
    stream = stored.stream(1, "client")
    assert len(stream) == len(head)
    assert stream.count(b"abc") == 1  # the host's
    assert b"/?a=1&token=*** HTTP/1.1" in stream
    assert [len(s.data) for s in stored] == [len(s.data) for s in trace]
    assert trace.stream(1, "client") == head
