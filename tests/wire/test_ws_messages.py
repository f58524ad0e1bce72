"""WebSocket messages: the standard's bytes, any split, and what breaks the rules."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Close, Opcode
from websockets.protocol import OPEN, Protocol, Side

from servers.wire.close_codes import (
    CLOSE_CODES,
    CloseReason,
    may_travel,
    parse_close,
    serialise_close,
)
from servers.wire.deflate import Deflater, Inflater
from servers.wire.frames import BINARY, CLOSE, PING, PONG, TEXT, FrameError
from servers.wire.ws_messages import MessageWriter, WsMessage
from servers.wire.ws_reader import MessageReader

MASK = bytes.fromhex("37fa213d")


def read_pieces(pieces, **options):
    """What a reader gives for bytes in pieces, and the close code it ended with."""
    reader, heard = MessageReader(**{"is_client": True} | options), []
    for piece in pieces:
        reader.feed(piece)
        try:
            heard += reader
        except FrameError as error:
            return heard, error.close_code
    return heard, None


def cut(data, places):
    borders = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(borders)]


def bytewise(data):
    return [data[i : i + 1] for i in range(len(data))]


def assert_both_ways(message, wire, *, masked=False, fragment=None):
    data = bytes.fromhex(wire)
    writer = MessageWriter((lambda: MASK) if masked else None)
    assert writer.write(message.opcode, message.data, fragment) == data
    assert read_pieces([data], is_client=not masked) == ([message], None)
    assert read_pieces(bytewise(data), is_client=not masked) == ([message], None)


def test_rfc_6455_section_5_7_when_written_and_read():
    hello = WsMessage(TEXT, "Hello")
    assert_both_ways(hello, "810548656c6c6f")
    assert_both_ways(hello, "818537fa213d7f9f4d5158", masked=True)
    assert_both_ways(hello, "010348656c80026c6f", fragment=3)
    assert_both_ways(WsMessage(PING, b"Hello"), "890548656c6c6f")
    assert_both_ways(WsMessage(PONG, b"Hello"), "8a8537fa213d7f9f4d5158", masked=True)
    assert_both_ways(WsMessage(BINARY, bytes(256)), "827e0100" + "00" * 256)
    assert_both_ways(
        WsMessage(BINARY, bytes(65536)), "827f0000000000010000" + "00" * 65536
    )
    assert_both_ways(WsMessage(CLOSE, CloseReason(1000, "bye")), "880503e8627965")
    assert_both_ways(WsMessage(CLOSE, CloseReason()), "8800")
    assert_both_ways(WsMessage(TEXT, ""), "8100")


def test_a_ping_when_it_stands_between_fragments_is_heard_first():
    data = bytes.fromhex("010348656c" + "890161" + "80026c6f")
    heard = [WsMessage(PING, b"a"), WsMessage(TEXT, "Hello")]
    assert read_pieces([data]) == (heard, None)
    # The limit is the message's; a ping takes no room from it.
    assert read_pieces([data], max_message_bytes=5) == (heard, None)


messages = st.one_of(
    st.builds(WsMessage, st.just(TEXT), st.text(max_size=60)),
    st.builds(WsMessage, st.just(BINARY), st.binary(max_size=200)),
    st.builds(WsMessage, st.sampled_from([PING, PONG]), st.binary(max_size=125)),
)
places = st.lists(st.integers(0, 2000), max_size=8)


@given(
    st.lists(messages, max_size=6),
    st.none() | st.integers(1, 50),
    places,
    st.booleans(),
    st.booleans(),
    st.integers(8, 15),
    st.booleans(),
)
def test_messages_when_written_and_read_in_any_pieces(
    said, fragment, places, masked, deflated, bits, forgets
):
    deflater = Deflater(bits, forgets) if deflated else None
    writer = MessageWriter((lambda: MASK) if masked else None, deflater)
    data = b"".join(writer.write(m.opcode, m.data, fragment) for m in said)
    for pieces in (cut(data, places), bytewise(data)):
        inflater = Inflater(bits, forgets) if deflated else None
        heard = read_pieces(pieces, is_client=not masked, inflater=inflater)
        assert heard == (said, None)


BROKEN = [
    ("half a code", "880103", 1002),
    ("1005 travels", "880203ed", 1002),
    ("1004 travels", "880203ec", 1002),
    ("2999 travels", "88020bb7", 1002),
    ("reason not UTF-8", "880303e8ff", 1007),
    ("masked by the server", "818537fa213d7f9f4d5158", 1002),
    ("RSV1 without extension", "c107f248cdc9c90700", 1002),
    ("RSV2", "a100", 1002),
    ("continuation of nothing", "80026c6f", 1002),
    ("text inside text", "010348656c8100", 1002),
    ("ping in fragments", "0900", 1002),
    ("reserved opcode", "8300", 1002),
    ("too long", "817f0000010000000000", 1009),
    ("overlong UTF-8", "8102c080", 1007),
    ("surrogate", "8103eda080", 1007),
    ("UTF-8 cut at the end", "8102e1bb", 1007),
]


@pytest.mark.parametrize(("wire", "code"), [b[1:] for b in BROKEN])
def test_bytes_when_they_break_a_rule_fail_with_its_code(wire, code):
    data = bytes.fromhex("8902" + "6869" + wire)
    before = [WsMessage(PING, b"hi")]
    assert read_pieces([data]) == (before, code)
    assert read_pieces(bytewise(data)) == (before, code)


def test_bad_utf_8_when_it_arrives_fails_before_the_frame_is_whole():
    # A frame of 100 bytes; the fourth cannot continue the character (Autobahn 6.4).
    assert read_pieces([bytes.fromhex("8164" + "e1bb68")]) == ([], 1007)
    # The same across fragments: "Đ" cut in two, then cut wrongly.
    assert read_pieces([bytes.fromhex("0101c4" + "800190")]) == (
        [WsMessage(TEXT, "Đ")],
        None,
    )
    assert read_pieces([bytes.fromhex("0101c4" + "0001c4")]) == ([], 1007)


def test_sizes_when_they_add_up_are_bounded():
    big = bytes.fromhex("020401020304" + "00040506")
    assert read_pieces([big], max_message_bytes=7) == ([], 1009)
    flood = bytes.fromhex("0200" + "0000" * 5)
    assert read_pieces([flood], max_fragments=6) == ([], None)
    assert read_pieces([flood], max_fragments=5) == ([], 1009)


def test_a_close_when_heard_is_the_last_thing_heard():
    reader = MessageReader(is_client=True)
    reader.feed(bytes.fromhex("880203e8" + "8300"))
    assert list(reader) == [WsMessage(CLOSE, CloseReason(1000))]
    reader.feed(b"\xff" * 9)
    assert reader.read() is None


def test_an_error_when_raised_once_is_raised_again():
    reader = MessageReader(is_client=True)
    reader.feed(b"\x83\x00")
    for _ in range(2):
        with pytest.raises(FrameError):
            reader.read()


@given(st.lists(messages, max_size=4), st.data(), places)
def test_messages_when_mutated_raise_the_same_error_however_they_are_cut(
    said, draw, places
):
    writer = MessageWriter(deflater=Deflater())
    data = bytearray(b"".join(writer.write(m.opcode, m.data, 20) for m in said) + b"\0")
    for _ in range(draw.draw(st.integers(0, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    limits = {"max_message_bytes": 100, "max_fragments": 8}
    whole = read_pieces([bytes(data)], inflater=Inflater(), **limits)
    assert whole[1] in (None, 1002, 1007, 1009)
    for pieces in (cut(bytes(data), places), bytewise(bytes(data))):
        assert read_pieces(pieces, inflater=Inflater(), **limits) == whole


def make_library(deflated):
    protocol = Protocol(Side.CLIENT, state=OPEN, max_size=None)
    if deflated:
        protocol.extensions = [PerMessageDeflate(False, False, 15, 15)]
    return protocol


@settings(max_examples=60)
@given(st.lists(messages, max_size=5), st.none() | st.integers(1, 50), st.booleans())
def test_messages_when_websockets_reads_them_are_the_same(said, fragment, deflated):
    writer = MessageWriter(deflater=Deflater() if deflated else None)
    library = make_library(deflated)
    for m in said:
        library.receive_data(writer.write(m.opcode, m.data, fragment))
    heard, parts = [], []
    for frame in library.events_received():
        if frame.opcode in (Opcode.PING, Opcode.PONG):
            heard.append(WsMessage(int(frame.opcode), bytes(frame.data)))
            continue
        parts.append(frame)
        if frame.fin:
            data = b"".join(bytes(part.data) for part in parts)
            opcode, parts = int(parts[0].opcode), []
            data = data.decode() if opcode == TEXT else data
            heard.append(WsMessage(opcode, data))
    assert library.parser_exc is None and heard == said


@settings(max_examples=60)
@given(st.lists(messages, max_size=5), st.booleans())
def test_messages_when_websockets_writes_them_are_read(said, deflated):
    library, data = make_library(deflated), b""
    for m in said:
        payload = m.data.encode() if isinstance(m.data, str) else m.data
        send = {
            TEXT: library.send_text,
            BINARY: library.send_binary,
            PING: library.send_ping,
            PONG: library.send_pong,
        }[m.opcode]
        send(payload)
        data += b"".join(library.data_to_send())
    inflater = Inflater() if deflated else None
    assert read_pieces([data], is_client=False, inflater=inflater) == (said, None)


@settings(max_examples=200)
@given(st.binary(max_size=40))
def test_any_bytes_when_websockets_judges_them_too(data):
    """What the library refuses, ours refuses; what both read is the same."""
    library = make_library(deflated=False)
    library.receive_data(data)
    heard, code = read_pieces([data])
    controls = [m.data for m in heard if m.opcode in (PING, PONG)]
    if library.parser_exc:
        assert code is not None
    elif code is None:
        theirs = library.events_received()
        assert controls == [f.data for f in theirs if f.opcode in (PING, PONG)]


@given(st.integers(0, 65535), st.text(max_size=60))
def test_a_close_when_written_is_read_and_websockets_agrees(code, reason):
    payload = code.to_bytes(2) + reason.encode()
    try:
        theirs = Close.parse(payload)
    except ProtocolError:
        theirs = None
    assert may_travel(code) == (theirs is not None)
    if may_travel(code) and len(payload) <= 125:
        close = CloseReason(code, reason)
        assert serialise_close(close) == payload and parse_close(payload) == close


def test_the_table_of_close_codes_when_read_names_each_code_once():
    assert list(CLOSE_CODES) == list(range(1000, 1016))
    kept = [code for code, row in CLOSE_CODES.items() if not row.may_travel]
    assert kept == [1004, 1005, 1006, 1015]


@pytest.mark.parametrize(
    ("opcode", "data"),
    [
        (PING, b"x" * 126),
        (CLOSE, CloseReason(1006)),
        (CLOSE, CloseReason(1005, "why")),
        (CLOSE, CloseReason(1000, "x" * 124)),
    ],
)
def test_a_message_when_it_cannot_be_written(opcode, data):
    with pytest.raises(ValueError):
        MessageWriter().write(opcode, data)


def test_a_writer_when_misused_says_so():
    writer = MessageWriter()
    with pytest.raises(TypeError):
        writer.write(TEXT, b"bytes")
    writer.write(CLOSE, CloseReason(1001))
    with pytest.raises(ValueError, match="follow"):
        writer.write(TEXT, "more")
