"""A WebSocket without a socket: both ends, their states, and what they refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.wire.close_codes import CLOSE_CODES, CloseReason
from servers.wire.deflate import Deflater
from servers.wire.deflate_offer import DeflateParameters, make_offer
from servers.wire.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Frame,
    parse_frame,
    serialise_frame,
)
from servers.wire.handshake import answer, build_request, extensions_of
from servers.wire.http_head import parse_response
from servers.wire.websocket import MAX_UNREAD_BYTES, Limits, WebSocket
from servers.wire.ws_messages import WsMessage
from servers.wire.ws_opening import ClientOpening, ServerOpening
from servers.wire.ws_states import NEXT_STATE, STATES, next_state

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"mask"


def make_client(deflate=None, **options):
    offer = make_offer(deflate) if deflate else None
    request = build_request("a", key=KEY, extensions=[offer] if offer else [])
    opening = ClientOpening(request, offer)
    return WebSocket(opening, make_masking_key=lambda: MASK, **options)


def make_server(deflate=None, **options):
    return WebSocket(ServerOpening(deflate=deflate), **options)


def carry(sender, receiver, piece_bytes=None):
    """Bring what one end has to say to the other, in pieces; the bytes."""
    data = sender.take()
    step = piece_bytes or len(data) or 1
    for start in range(0, len(data), step):
        receiver.feed(data[start : start + step])
    return data


def opened(server=None, client=None, piece_bytes=None):
    """Two ends after their handshake."""
    server, client = server or make_server(), client or make_client()
    carry(client, server, piece_bytes)
    carry(server, client, piece_bytes)
    assert (server.state, client.state) == ("open", "open")
    return server, client


def heard(websocket):
    """All that can be read now."""
    return list(iter(websocket.read, None))


def frames_in(data):
    while data:
        frame, size = parse_frame(data)
        data = data[size:]
        yield frame


def masked(opcode, payload=b"", fin=True, rsv=0):
    return serialise_frame(Frame(opcode, payload, fin, MASK, rsv))


def test_the_table_of_states_when_followed_reaches_each_and_ends():
    assert {state for state, _ in NEXT_STATE} == set(STATES)
    assert set(NEXT_STATE.values()) | {"connecting"} == set(STATES)
    for state in STATES:
        assert ends(state), state
    with pytest.raises(ValueError, match="'101' cannot happen while open"):
        next_state("open", "101")


def ends(state):
    """Whether every state leads to "closed" when the stream ends or time is up."""
    after = [
        NEXT_STATE.get((state, event))
        for event in ("stream ended", "time is up", "caught up", "refused")
    ]
    return "closed" in after


def test_messages_when_said_by_either_end_are_heard_by_the_other():
    server, client = opened()
    for message in ["Xin chào", "", b"", b"\0\xff" * 100_000, "Đà Nẵng " * 20_000]:
        for sender, receiver in [(client, server), (server, client)]:
            sender.send(message)
            carry(sender, receiver)
            opcode = TEXT if isinstance(message, str) else BINARY
            assert heard(receiver) == [WsMessage(opcode, message)]


windows, flags = st.integers(8, 15), st.booleans()
parameters = st.builds(DeflateParameters, flags, flags, windows, windows)


@given(parameters, parameters, st.lists(st.binary(max_size=300), max_size=4))
def test_any_two_wishes_when_negotiated_carry_messages(one, other, messages):
    server, client = opened(make_server(one), make_client(other))
    assert client.response.one("Sec-WebSocket-Extensions")
    for message in messages * 2:
        for sender, receiver in [(client, server), (server, client)]:
            sender.send(message)
            carry(sender, receiver)
            assert heard(receiver) == [WsMessage(BINARY, message)]


@pytest.mark.parametrize(
    ("server", "client"), [(None, DeflateParameters()), (DeflateParameters(), None)]
)
def test_one_end_when_the_other_does_not_compress_does_not_either(server, client):
    ends = opened(make_server(server), make_client(client))
    assert ends[1].response.one("Sec-WebSocket-Extensions") is None
    ends[0].send("Hello")
    assert ends[0].take().hex() == "810548656c6c6f"


BAD_ANSWERS = [
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "permessage-deflate; unheard_of",
    "permessage-deflate, permessage-deflate",
    "x-unheard-of",
    'permessage-deflate; server_max_window_bits="',
]


@pytest.mark.parametrize("line", BAD_ANSWERS)
def test_a_client_when_the_answer_about_deflate_is_wrong_fails(line):
    client = make_client(DeflateParameters())
    right = answer(build_request("a", key=KEY))
    head = "".join(f"{n}: {v}\r\n" for n, v in right.headers)
    head += f"Sec-WebSocket-Extensions: {line}\r\n\r\n"
    client.feed(b"HTTP/1.1 101 Switching Protocols\r\n" + head.encode())
    assert (client.state, client.take()[:3]) == ("closed", b"GET")
    assert client.error.status == 0 and len(client.error.sentence) > 20


BAD_OFFERS = [
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=08",
    "permessage-deflate; client_max_window_bits=16",
    "permessage-deflate; client_no_context_takeover=yes",
    "permessage-deflate; client_max_window_bits; client_max_window_bits",
    "permessage-deflate; unheard_of",
    "x-webkit-deflate-frame",
]


@pytest.mark.parametrize("line", BAD_OFFERS)
def test_a_server_when_an_offer_cannot_be_accepted_takes_the_next(line):
    for more, expected in [("", []), (", permessage-deflate", ["permessage-deflate"])]:
        server = make_server(DeflateParameters())
        server.feed(hello(f"Sec-WebSocket-Extensions: {line}{more}\r\n"))
        response = parse_response(server.take())
        assert response.status == 101
        assert [e.name for e in extensions_of(response)] == expected


def hello(more=""):
    lines = build_request("a", key=KEY).headers
    head = "".join(f"{n}: {v}\r\n" for n, v in lines)
    return f"GET / HTTP/1.1\r\n{head}{more}\r\n".encode()


def test_a_handshake_when_it_comes_byte_by_byte_opens():
    opened(make_server(DeflateParameters()), make_client(DeflateParameters()), 1)


@given(st.integers(1, 400))
def test_frames_when_they_come_with_the_head_are_not_lost(cut):
    data = hello() + masked(TEXT, b"one") + masked(TEXT, b"two")
    server, messages = make_server(), []
    for piece in (data[:cut], data[cut:]):
        server.feed(piece)
        messages += [message.data for message in heard(server)]
    assert messages == ["one", "two"]


def test_a_second_head_when_pipelined_is_no_frame():
    server = make_server()
    server.feed(hello() + hello())
    assert heard(server) == [] and server.state == "finishing"
    server.finish()
    head, _, frames = server.take().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    (close,) = frames_in(frames)
    assert close.payload[:2] == (1002).to_bytes(2)


def test_a_second_head_when_the_first_was_refused_gets_no_answer():
    server = make_server()
    server.feed(hello().replace(b"GET", b"PUT") + hello())
    assert server.take().count(b"HTTP/1.1") == 1
    assert (server.state, server.request, server.ended) == ("ending", None, None)


SENDABLE = [code for code, row in CLOSE_CODES.items() if row.may_travel]


@pytest.mark.parametrize("code", [*SENDABLE, 3000, 3999, 4000, 4999, 1005])
@pytest.mark.parametrize("sender", ["server", "client"])
def test_a_close_when_either_end_says_it_is_answered_with_its_code(code, sender):
    ends = dict(zip(("server", "client"), opened(), strict=True))
    one = ends.pop(sender)
    (other,) = ends.values()
    reason = "tạm biệt" if code != 1005 else ""
    one.close(code, reason)
    one.close(1000)  # only the first counts
    assert one.state == "closing"
    carry(one, other)
    assert [m.opcode for m in heard(other)] == [CLOSE]
    assert other.state == "finishing"
    other.finish()
    assert (other.state, other.ended) == ("ending", CloseReason(code, reason))
    carry(other, one)
    assert [m.opcode for m in heard(one)] == [CLOSE]
    assert (one.state, one.ended) == ("ending", CloseReason(code))
    for end in (one, other):
        end.feed_end()
        assert end.state == "closed" and not end.can_send


def test_two_ends_when_they_close_at_once_both_have_ended():
    server, client = opened()
    server.close(1001)
    client.close(4000)
    to_client, to_server = server.take(), client.take()
    client.feed(to_client)
    server.feed(to_server)
    assert [m.opcode for m in heard(client) + heard(server)] == [CLOSE, CLOSE]
    assert (client.ended.code, server.ended.code) == (1001, 4000)
    assert (client.take(), server.take()) == (b"", b"")
    assert client.state == server.state == "ending"


def test_what_came_before_a_close_can_be_answered_and_nothing_after_it():
    server, client = opened()
    client.send("question")
    client.close()
    carry(client, server)
    assert [m.opcode for m in heard(server)] == [TEXT, CLOSE]
    server.send("answer")
    server.finish()
    assert [f.opcode for f in frames_in(server.take())] == [TEXT, CLOSE]
    with pytest.raises(ValueError, match="while ending"):
        server.send("more")
    with pytest.raises(ValueError, match="while ending"):
        server.ping()


BROKEN = [
    ("text not UTF-8", masked(TEXT, b"\xc3("), 1007, "not UTF-8"),
    ("unmasked", serialise_frame(Frame(TEXT, b"x")), 1002, "masks"),
    ("2^40 bytes", bytes.fromhex("82ff0000010000000000"), 1009, "1099511627776"),
    ("2^63 bytes", bytes.fromhex("82ff8000000000000000"), 1002, "shortest"),
    ("RSV1 without deflate", masked(TEXT, b"x", rsv=4), 1002, "RSV"),
    ("empty fragments", masked(TEXT, b"", False) + masked(0, b"", False) * 4096, 1009,
     "4096 fragments"),
    ("pings", masked(PING) * 1001, 1008, "pings"),
    ("pongs", masked(PONG) * 1001, 1008, "pongs"),
    ("half a code", masked(CLOSE, b"\3"), 1002, "code"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code", "word"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_a_server_when_a_rule_is_broken_says_which_and_listens_no_more(
    data, code, word
):
    server, _ = opened()
    server.feed(masked(TEXT, b"before") + data + masked(TEXT, b"after"))
    said = heard(server)
    assert said[0].data == "before" and "after" not in [m.data for m in said]
    assert server.state == "finishing"
    server.finish()
    *_, close = frames_in(server.take())
    assert (close.opcode, close.payload[:2]) == (CLOSE, code.to_bytes(2))
    assert word in close.payload[2:].decode()
    assert server.ended == CloseReason(code, close.payload[2:].decode())


def test_a_client_when_the_server_masks_fails_and_masks_its_close():
    _, client = opened()
    client.feed(masked(TEXT, b"Hello"))
    assert heard(client) == []
    client.finish()
    (close,) = frames_in(client.take())
    assert close.masking_key == MASK and close.payload[:2] == (1002).to_bytes(2)


def test_pings_when_their_second_is_over_may_come_again():
    server, _ = opened()
    for second in (1.0, 2.0, 3.5):
        server.feed(masked(PING, b"?") * 1000, second)
        assert len(heard(server)) == 1000
    server.feed(masked(PONG), 4.0)
    assert heard(server) == [] and server.state == "finishing"


def test_a_bomb_when_it_is_decompressed_is_refused_at_the_limit():
    limits = Limits(message_bytes=10_000)
    server, _ = opened(
        make_server(DeflateParameters(), limits=limits),
        make_client(DeflateParameters()),
    )
    bomb = Deflater().deflate(bytes(50_000_000))
    assert len(bomb) > 10_000
    server.feed(masked(BINARY, bomb[:9000], rsv=4))
    assert heard(server) == []
    server.finish()
    (close,) = frames_in(server.take())
    assert close.payload[:2] == (1009).to_bytes(2)
    assert "decompressed" in close.payload[2:].decode()


def test_pongs_when_the_other_end_does_not_read_are_one():
    server, _ = opened()
    server.holds_pongs = True
    server.feed(b"".join(masked(PING, bytes([n])) for n in range(100)))
    assert len(heard(server)) == 100 and server.take() == b""
    server.release_pongs()
    assert [f.payload for f in frames_in(server.take())] == [bytes([99])]
    server.feed(masked(PING, b"?"))
    heard(server)
    assert [f.opcode for f in frames_in(server.take())] == [PONG]


def test_a_silent_peer_when_asked_twice_is_given_up():
    server, client = opened()
    server.beat()  # the handshake was heard
    assert server.take() == b""
    server.beat()
    assert [f.opcode for f in frames_in(carry(server, client))] == [PING]
    heard(client)
    carry(client, server)
    server.beat()  # the pong was heard
    assert server.state == "open" and server.take() == b""
    server.beat()
    assert server.take()
    server.beat()
    assert server.state == "closed" and server.ended.code == 1006
    assert "since the last ping" in server.ended.reason
    server.beat()  # nothing more happens


@pytest.mark.parametrize(
    ("lead", "state", "code"),
    [
        (lambda ws: ws.close(), "closed", 1006),
        (lambda ws: (ws.feed(masked(CLOSE, b"\x03\xe8")), ws.read()), "ending", 1000),
        (lambda ws: None, "open", None),
    ],
)
def test_time_when_it_is_up_leads_on_where_something_was_awaited(lead, state, code):
    server, _ = opened()
    lead(server)
    server.give_up(2)
    assert server.state == state
    assert (server.ended and server.ended.code) == code


def test_a_request_when_it_does_not_become_whole_gets_408():
    server = make_server()
    server.feed(hello()[:50])
    server.give_up(5)
    assert server.take().startswith(b"HTTP/1.1 408 ") and server.state == "ending"
    server.give_up(1)
    assert server.state == "closed"


def test_a_peer_when_it_talks_on_after_the_end_is_cut_off():
    server = make_server()
    server.feed(b"??? \r\n\r\n")
    server.feed(bytes(MAX_UNREAD_BYTES))
    assert server.state == "ending"
    server.feed(b"x")
    assert server.state == "closed"


@pytest.mark.parametrize(
    ("came", "sentence"),
    [
        (b"", "hung up without an answer"),
        (b"HTTP/1.1 101 Switching", "hung up without an answer"),
        (b"HTTP/1.1 403 No\r\n\r\nNot yo", "403 No. Not yo"),
        (b"HTTP/1.1 403 No\r\nContent-Length: 99\r\n\r\nNot", "403 No. Not"),
        (b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\nx", "403 No."),
        (b"HTTP/1.1 403 No\r\nTransfer-Encoding: gzip\r\n\r\nx", "gzip"),
        (b"HTTP/1.1 500 X\r\n\r\n" + b"x" * 100_000, "500 X. xxx"),
        (b"SSH-2.0-x\r\n\r\n", "first line"),
        (b"x" * 20_000, "longer than"),
    ],
)
def test_a_client_when_it_is_not_let_in_knows_why(came, sentence):
    client = make_client()
    client.feed(came)
    if client.state == "connecting":
        client.feed_end()
    assert client.state == "closed" and sentence in client.error.sentence
    # The server's status, where it refused and could be understood.
    refused = sentence[:4] in ("403 ", "500 ")
    assert client.error.status == (int(sentence[:3]) if refused else 0)
    assert len(client.error.sentence) < 70_000


def test_a_stream_when_it_breaks_off_is_1006_and_after_a_close_its_code():
    server, client = opened()
    server.feed_end()
    assert server.ended.code == 1006
    client.feed(serialise_frame(Frame(CLOSE, b"\x03\xe9bye")))
    heard(client)
    client.feed_end()
    assert client.ended == CloseReason(1001, "bye")
