"""The short way for whole messages does what the long way does, or leaves it to it."""

import random
import sys
from importlib.util import module_from_spec
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.wire import ws_whole
from servers.wire.deflate_offer import DeflateParameters
from servers.wire.frames import (
    BINARY,
    CONTINUATION,
    PING,
    TEXT,
    Frame,
    apply_mask,
    serialise_frame,
)
from servers.wire.websocket import Limits
from servers.wire.ws_messages import MessageWriter, WsMessage
from servers.wire.ws_reader import MessageReader
from servers.wire.ws_whole import parse_whole, serialise_whole
from tests.wire.mutations import FRAMES, mutated
from tests.wire.test_websocket import MASK, make_client, make_server, opened

LIMITS = Limits(message_bytes=250)

whole = st.builds(
    Frame,
    st.sampled_from([TEXT, BINARY, PING, CONTINUATION]),
    st.binary(max_size=300) | st.text(max_size=200).map(str.encode),
    st.sampled_from([True, True, False]),
    st.sampled_from([None, MASK, MASK]),
    st.sampled_from([0, 0, 0, 4]),
)


def as_message(data):
    return WsMessage(TEXT if isinstance(data, str) else BINARY, data)


@given(whole, st.integers(0, 4), st.booleans(), st.binary(max_size=3))
def test_the_short_way_when_it_gives_a_message_gives_the_readers(
    frame, cut, is_client, before
):
    """It may give nothing; it may not differ."""
    data = serialise_frame(frame)
    data = data[: len(data) - cut]
    found = parse_whole(before + data, len(before), not is_client, 250)
    reader = MessageReader(is_client=is_client, max_message_bytes=250)
    # Byte by byte the reader goes the long way: it has read the head before the end.
    for piece in [data[i : i + 1] for i in range(len(data))] if found else []:
        assert reader.read() is None
        reader.feed(piece)
    if found:
        assert reader.read() == as_message(found[0])
        assert found[1] == len(before + data)
    elif len(data) > 6 and frame.fin and not frame.rsv and not cut:
        ordinary = frame.opcode in (TEXT, BINARY) and len(frame.payload) <= 250
        with_mask = (frame.masking_key is None) == is_client
        assert not (ordinary and with_mask and is_utf8(frame))


def is_utf8(frame):
    try:
        return frame.opcode == BINARY or frame.payload.decode() is not None
    except UnicodeDecodeError:
        return False


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_a_mask_when_taken_off_in_c_or_not_gives_the_same(data, key):
    for kind in (bytes, bytearray):
        assert ws_whole.unmask(kind(data), kind(key)) == apply_mask(data, key)


def test_a_mask_when_there_is_no_c_is_taken_off_in_python(monkeypatch):
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    module = module_from_spec(ws_whole.__spec__)
    ws_whole.__spec__.loader.exec_module(module)
    assert module.unmask is apply_mask
    message = serialise_frame(Frame(TEXT, b"b", masking_key=MASK))
    assert module.parse_whole(message, 0, True, 1) == ("b", len(message))


def pair_end(is_client, deflate):
    """A server or a client that has just opened, and listens to short messages."""
    parameters = DeflateParameters() if deflate else None
    server = make_server(parameters, limits=LIMITS)
    return opened(server, make_client(parameters, limits=LIMITS))[is_client]


def hear(websocket, piece):
    websocket.feed(piece)
    messages = list(iter(websocket.read, None))
    assert websocket.read() is None
    return messages


def compare_ways(pieces, is_client, deflate=False):
    """Feed two equal ends, each its way; how many messages went the short way."""
    long, short = (pair_end(is_client, deflate) for _ in range(2))
    taken = 0
    for piece in pieces:
        data = short.feed_message(piece)
        taken += data is not None
        heard = hear(short, piece) if data is None else [as_message(data)]
        assert heard == hear(long, piece)
        assert short.state == long.state
    for end in (long, short):
        if end.state == "finishing":
            end.finish()
    assert (long.take(), long.ended) == (short.take(), short.ended)
    return taken


@given(st.lists(whole, max_size=6), st.data(), st.booleans(), st.booleans())
def test_a_stream_when_heard_both_ways_however_it_was_cut_is_the_same(
    frames, data, is_client, deflate
):
    ends = list(accumulate((len(serialise_frame(f)) for f in frames), initial=0))
    stream = b"".join(map(serialise_frame, frames))
    # Where one frame ends and the next begins are the cuts that matter.
    cuts = st.sets(st.sampled_from(ends) | st.integers(0, len(stream)))
    places = sorted({0, len(stream), *data.draw(cuts)})
    pieces = [stream[start:end] for start, end in pairwise(places)]
    compare_ways(pieces, is_client, deflate)


def test_mutated_frames_when_heard_both_ways_are_the_same():
    rng, taken = random.Random(3), 0
    for _ in range(3000):
        is_client = rng.random() < 0.4
        pieces = [mutated(rng, FRAMES) for _ in range(rng.randrange(1, 4))]
        taken += compare_ways(pieces, is_client, rng.random() < 0.2)
    assert taken > 100


def test_a_message_when_something_came_before_it_is_left_to_the_reader():
    server, _ = opened()
    message = serialise_frame(Frame(TEXT, b"b", masking_key=MASK))
    assert server.feed_message(message) == "b"
    server.feed(message[:1])
    assert server.feed_message(message) is None
    server.feed(message[1:] + serialise_frame(Frame(TEXT, b"c", False, MASK)))
    assert server.read() == WsMessage(TEXT, "b") and server.read() is None
    # A message in the middle of another one.
    assert server.feed_message(message) is None
    assert hear(server, message) == [] and server.state == "finishing"


def test_a_message_when_the_connection_is_not_open_is_none():
    message = serialise_frame(Frame(TEXT, b"b", masking_key=MASK))
    assert make_server().feed_message(message) is None
    server, _ = opened()
    server.close()
    assert server.feed_message(message) is None


def test_a_message_when_heard_the_short_way_is_a_sign_of_life():
    server, _ = opened()
    server.beat()
    server.feed_message(serialise_frame(Frame(TEXT, b"b", masking_key=MASK)))
    server.beat()
    assert server.take() == b""
    server.beat()
    assert server.take() == serialise_frame(Frame(PING))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_a_message_when_written_the_short_way_is_the_writers(size):
    for data in ("x" * size, "Đ" * size, bytes(size)):
        opcode = TEXT if isinstance(data, str) else BINARY
        assert serialise_whole(data) == MessageWriter().write(opcode, data)


@pytest.mark.parametrize("deflate", [None, DeflateParameters()])
def test_a_message_when_said_is_what_send_and_take_give(deflate):
    for which in (0, 1):
        ways = [opened(make_server(deflate), make_client(deflate))[which] for _ in "ab"]
        for data in ("Xin chào", b"\0" * 200, ""):
            ways[0].ping(b"?")
            ways[1].ping(b"?")
            ways[0].send(data)
            assert ways[0].take() == ways[1].say(data)
            ways[0].send(data)
            assert ways[0].take() == ways[1].say(data)


def test_a_message_when_it_is_neither_text_nor_bytes_is_refused():
    server, client = opened()
    for end in (server, client):
        with pytest.raises(TypeError):
            end.say(bytearray(b"x"))
        end.close()
        end.take()
        with pytest.raises(ValueError, match="while closing"):
            end.say("x")
