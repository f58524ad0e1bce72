"""The smallest server and client, against each other and against bad peers."""

import asyncio
from functools import partial

import aiohttp
import pytest
import websockets

from servers.live.ws_client import connecting, exchange
from servers.live.ws_connection import ConnectionEnded
from servers.live.ws_server import Server, serving
from servers.network.leftovers import leftovers
from servers.network.listening import HOST, listening
from servers.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Frame,
    parse_frame,
    serialise_frame,
)
from servers.wire.handshake import answer, build_request
from servers.wire.http_head import (
    HandshakeError,
    serialise_request,
    serialise_response,
)
from servers.wire.ws_reader import MAX_MESSAGE_BYTES

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HELLO = serialise_request(build_request("server.example.com", "/chat", key=KEY))
MASK = b"mask"


def run(test):
    """Run a coroutine function, and let it leave nothing behind."""

    async def checked():
        await test()
        return leftovers()

    assert asyncio.run(checked()) == []


MESSAGES = ["Xin chào", "", "Đà Nẵng " * 9000, b"", b"\0\xff" * 40_000]


def test_messages_when_echoed_between_our_own_ends():
    async def test():
        async with serving() as server, connecting(server.url()) as ws:
            for message in MESSAGES:
                await ws.send(message)
                assert await ws.receive() == message

    run(test)


def test_messages_when_websockets_is_the_client():
    async def test():
        async with serving() as server, websockets.connect(server.url()) as ws:
            for message in MESSAGES:
                await ws.send(message)
                assert await ws.recv() == message
            await ws.send(["frag", "", "mented"])
            assert await ws.recv() == "fragmented"
            await (await ws.ping())
        assert ws.close_code == 1000

    run(test)


def test_messages_when_aiohttp_is_the_client():
    async def test():
        async with (
            serving() as server,
            aiohttp.ClientSession() as session,
            session.ws_connect(server.url(scheme="http")) as ws,
        ):
            await ws.send_str("Xin chào")
            assert await ws.receive_str() == "Xin chào"

    run(test)


def test_messages_when_websockets_is_the_server():
    async def echo(ws):
        async for message in ws:
            await ws.send(message)

    async def test():
        async with websockets.serve(echo, HOST, 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with connecting("ws://server.example.com/", at=Server(port)) as ws:
                for message in MESSAGES:
                    await ws.send(message)
                    assert await ws.receive() == message

    run(test)


def masked(opcode, payload=b"", fin=True):
    return serialise_frame(Frame(opcode, payload, fin, MASK))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (serialise_frame(Frame(TEXT, b"bare")), 1002),
        (masked(CONTINUATION, b"alone"), 1002),
        (masked(TEXT, b"a", fin=False) + masked(TEXT, b"b"), 1002),
        (masked(TEXT, b"\xc3("), 1007),
        (masked(TEXT, b"\xc3", fin=False) + masked(CONTINUATION, b"("), 1007),
        (serialise_frame(Frame(TEXT, b"rsv", True, MASK, rsv=0b100)), 1002),
        (bytes.fromhex("8380") + MASK, 1002),
        (bytes.fromhex("82ff0000010000000000") + MASK, 1009),
        (
            masked(BINARY, b"x" * (MAX_MESSAGE_BYTES // 2 + 1), fin=False)
            + masked(CONTINUATION, b"x" * (MAX_MESSAGE_BYTES // 2 + 1)),
            1009,
        ),
        (masked(TEXT, fin=False) + masked(CONTINUATION, fin=False) * 5000, 1009),
        (masked(CLOSE, b"\x03"), 1002),
        (masked(CLOSE, (1005).to_bytes(2)), 1002),
        (masked(CLOSE, (999).to_bytes(2)), 1002),
        (masked(CLOSE, (1000).to_bytes(2) + b"\xff"), 1007),
        (masked(CLOSE, (4000).to_bytes(2) + b"bye"), 4000),
        (masked(CLOSE), None),
    ],
)
def test_a_peer_when_it_breaks_a_rule_is_told_with_which_code(data, code):
    async def test():
        async with serving() as server:
            answered = await exchange(HELLO + data, at=server)
        _, frames = answered.split(b"\r\n\r\n", 1)
        close, _ = parse_frame(frames)
        assert close.opcode == CLOSE
        assert (int.from_bytes(close.payload[:2]) or None) == code

    run(test)


def test_a_huge_frame_when_its_payload_follows_gets_its_1009_and_no_reset():
    async def test():
        head = bytes.fromhex("82ff0000000000400000") + MASK
        async with serving() as server:
            answered = await exchange(HELLO + head + b"x" * 200_000, at=server)
        close, _ = parse_frame(answered.split(b"\r\n\r\n", 1)[1])
        assert close.opcode == CLOSE
        assert close.payload[:2] == (1009).to_bytes(2)

    run(test)


def test_a_ping_when_it_comes_between_two_fragments_is_answered_first():
    async def test():
        data = masked(TEXT, "Đ".encode()[:1], fin=False)
        data += masked(PING, b"?") + masked(CONTINUATION, "Đ".encode()[1:])
        async with serving() as server:
            answered = await exchange(HELLO + data + masked(CLOSE), at=server)
        frames = answered.split(b"\r\n\r\n", 1)[1]
        assert frames == b"".join(
            serialise_frame(Frame(opcode, payload))
            for opcode, payload in [(PONG, b"?"), (TEXT, "Đ".encode()), (CLOSE, b"")]
        )

    run(test)


def test_a_client_when_the_stream_breaks_off_is_told_1006():
    async def drop(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        key = head.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0].decode()
        writer.write(serialise_response(answer(build_request("a", key=key))))

    async def test():
        async with listening(drop) as port:
            async with connecting("ws://a/", at=Server(port)) as ws:
                with pytest.raises(ConnectionEnded) as caught:
                    await ws.receive()
                assert caught.value.code == 1006
                with pytest.raises(ConnectionEnded):
                    await ws.send("too late")

    run(test)


def test_a_client_when_no_message_comes_gives_up_with_a_sentence():
    async def test():
        async with (
            serving() as server,
            connecting(server.url(), receive_deadline_s=0.05) as ws,
        ):
            with pytest.raises(TimeoutError, match=r"No message within 0\.05 seconds"):
                await ws.receive()
            await ws.send("still open")
            assert await ws.receive() == "still open"

    run(test)


def test_a_slow_sender_when_its_time_is_up_is_let_go_with_408():
    async def test():
        async with serving(head_deadline_s=0.05) as server:
            answered = await exchange(b"GET / HTTP/1.1\r\nHos", at=server)
        assert answered.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b"within 0.05 seconds" in answered

    run(test)


def test_a_drip_of_bytes_when_it_never_ends_does_not_extend_the_time():
    async def test():
        async with serving(head_deadline_s=0.1) as server:
            reader, writer = await asyncio.open_connection(HOST, server.port)

            async def drip():
                while True:
                    writer.write(b"X")
                    await asyncio.sleep(0.01)

            dripping = asyncio.create_task(drip())
            async with asyncio.timeout(5):
                assert (await reader.readline()).startswith(b"HTTP/1.1 408")
            dripping.cancel()
            writer.close()

    run(test)


def test_a_head_when_it_is_huge_gets_its_431_and_no_reset():
    async def test():
        async with serving() as server:
            answered = await exchange(b"x" * 200_000, at=server)
        assert answered.startswith(b"HTTP/1.1 431 ")

    run(test)


def test_a_client_when_refused_hears_the_servers_sentence():
    async def test():
        guarded = partial(answer, origins=["https://live.example"])
        async with serving(answer=guarded) as server:
            with pytest.raises(HandshakeError, match=r"403 Forbidden.*evil") as caught:
                async with connecting(server.url(), origin="https://evil.example"):
                    pass
        assert caught.value.status == 403

    run(test)


@pytest.mark.parametrize("url", ["http://a/", "ws://", "chat", "wss://a/"])
def test_a_client_when_the_address_is_none_says_so(url):
    async def test():
        with pytest.raises(ValueError, match="is no ws:// address"):
            async with connecting(url):
                pass

    run(test)


def test_a_server_when_it_stops_says_1001():
    async def test():
        opened = asyncio.Event()
        codes = []

        async def client(server):
            async with connecting(server.url()) as ws:
                opened.set()
                try:
                    await ws.receive()
                except ConnectionEnded as ended:
                    codes.append(ended.code)

        async with serving() as server:
            task = asyncio.create_task(client(server))
            await opened.wait()
        await task
        assert codes == [1001]

    run(test)


def test_a_handler_when_it_fails_closes_with_1011_and_is_heard():
    async def fail(connection):
        raise RuntimeError("the handler failed")

    async def test():
        with pytest.raises(RuntimeError, match="the handler failed"):
            async with serving(fail) as server, connecting(server.url()) as ws:
                with pytest.raises(ConnectionEnded) as caught:
                    await ws.receive()
                assert caught.value.code == 1011

    run(test)


def test_a_handler_when_it_lets_the_end_of_its_connection_pass_is_no_failure():
    ended = []

    async def listen(connection):
        assert connection.ended is None
        try:
            while True:
                await connection.receive()
        finally:
            ended.append(connection.ended)

    async def test():
        # A failure would be raised when the server ends.
        async with serving(listen) as server:
            async with connecting(server.url()) as ws:
                await ws.close(1001, "bye")
            assert ws.ended.code == 1001
        assert [end.code for end in ended] == [1001]

    run(test)


def test_a_handler_when_anothers_connection_ends_has_failed():
    async def fail(connection):
        raise ConnectionEnded(1001)

    async def test():
        with pytest.raises(ConnectionEnded, match="1001"):
            async with serving(fail) as server, connecting(server.url()) as ws:
                with pytest.raises(ConnectionEnded, match="1011"):
                    await ws.receive()

    run(test)
