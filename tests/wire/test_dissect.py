"""Any trace as messages: nothing lost, nothing raised, any split the same."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from servers.network.trace import Segment, Trace
from servers.wire.dissect import dissect
from servers.wire.frames import CLOSE, TEXT, Frame, serialise_frame
from servers.wire.handshake import answer
from servers.wire.http_head import parse_request, serialise_response
from tests.wire.test_http_head import SAMPLE

SWITCH = serialise_response(answer(parse_request(SAMPLE)))
HELLO = serialise_frame(Frame(TEXT, "Xin chào".encode(), masking_key=b"mask"))
BYE = serialise_frame(Frame(CLOSE, (1000).to_bytes(2) + b"bye"))
TALK = [("client", SAMPLE), ("server", SWITCH), ("client", HELLO), ("server", BYE)]


def trace_of(talk, cuts=()):
    trace = Trace()
    for sender, data in talk:
        borders = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
        for start, end in pairwise(borders):
            trace.record(Segment(float(len(trace)), 1, sender, data[start:end]))
    return trace


def test_a_talk_when_dissected_names_what_was_said():
    messages = dissect(trace_of(TALK))
    assert [(m.sender, m.kind, m.summary) for m in messages] == [
        ("client", "request", "GET /chat"),
        ("server", "response", "HTTP/1.1 101 Switching Protocols"),
        ("client", "text", "text “Xin chào”"),
        ("server", "close", "close 1000 bye"),
    ]
    assert [m.data for m in messages] == [data for _, data in TALK]


def bits_of(field):
    """Where a field begins and ends, in bits from the start of its message."""
    offset, size = field.bits or (0, 8 * (field.end - field.start))
    return 8 * field.start + offset, 8 * field.start + offset + size


def assert_every_bit_is_covered_once(message):
    borders = [bits_of(f) for f in message.fields]
    assert [start for start, _ in borders] == [0, *(end for _, end in borders[:-1])]
    assert borders[-1][1] == 8 * len(message.data)


def test_fields_when_listed_cover_every_bit_once():
    long = serialise_frame(Frame(TEXT, b"x" * 126, masking_key=b"mask"))
    longer = serialise_frame(Frame(TEXT, b"x" * 65536))
    one_byte = serialise_frame(Frame(CLOSE, b"x"))
    talk = [*TALK[:2], ("client", long), ("server", longer), ("client", one_byte)]
    for message in [*dissect(trace_of(TALK)), *dissect(trace_of(talk))]:
        assert_every_bit_is_covered_once(message)
        assert all(f.source.startswith("RFC ") for f in message.fields)


def test_fields_when_smaller_than_a_byte_name_their_bits():
    frame = dissect(trace_of(TALK))[2]
    assert [(f.name, f.value, f.bits) for f in frame.fields[:5]] == [
        ("FIN", "1", (0, 1)),
        ("RSV", "000", (1, 3)),
        ("opcode", "0x1 text", (4, 4)),
        ("MASK", "1", (0, 1)),
        ("payload length", "9 bytes", (1, 7)),
    ]


@given(st.lists(st.integers(0, 300), max_size=12))
def test_a_talk_when_cut_anywhere_is_read_the_same(cuts):
    whole, cut = dissect(trace_of(TALK)), dissect(trace_of(TALK, cuts))
    said = [(m.sender, m.kind, m.summary, m.data, m.fields) for m in whole]
    assert [(m.sender, m.kind, m.summary, m.data, m.fields) for m in cut] == said


segments = st.builds(
    Segment,
    st.just(0.0),
    st.integers(1, 2),
    st.sampled_from(["client", "server"]),
    st.binary(max_size=40) | st.sampled_from([data for _, data in TALK]),
    st.sampled_from(["data", "data", "fin", "reset"]),
)


@given(st.lists(segments, max_size=8))
def test_any_trace_when_dissected_keeps_every_byte_and_raises_nothing(recorded):
    messages = dissect(recorded)
    for number in (1, 2):
        for sender in ("client", "server"):
            sent = b"".join(
                s.data for s in recorded if (s.connection, s.sender) == (number, sender)
            )
            read = b"".join(
                m.data for m in messages if (m.connection, m.sender) == (number, sender)
            )
            assert read == sent


def test_bytes_when_they_make_no_message_say_why():
    trace = Trace([Segment(0, 1, "client", b"GET / HTTP/1.1\r\n\r\n")])
    (message,) = dissect(trace)
    assert (message.kind, message.error) == (
        "bytes",
        "Host is missing: which server do you mean?",
    )
    (half,) = dissect(Trace([Segment(0, 1, "server", b"HTTP/1.1 101")]))
    assert "middle" in half.error


def test_a_refusal_when_dissected_includes_its_sentence():
    refused = serialise_response(answer(parse_request(SAMPLE.replace(b"GET", b"PUT"))))
    (message,) = dissect(Trace([Segment(0, 1, "server", refused)]))
    assert message.fields[-1].name == "body"
    assert message.fields[-1].value == "A WebSocket opens with GET, not PUT."
