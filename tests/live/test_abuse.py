"""Peers that mean harm, on real sockets: refused, let go, and nothing grows."""

import asyncio
import random
import socket
import tracemalloc
from contextlib import asynccontextmanager, suppress

import pytest

from servers.live.ws_client import connecting, exchange
from servers.live.ws_connection import ConnectionEnded
from servers.live.ws_server import Server, broadcast, serving
from servers.network.listening import HOST, listening
from servers.wire.deflate import Deflater
from servers.wire.deflate_offer import DeflateParameters, make_offer
from servers.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Frame,
    serialise_frame,
)
from servers.wire.handshake import answer, build_request
from servers.wire.http_head import HandshakeError, parse_request, serialise_request
from servers.wire.http_head import serialise_response as serialise
from servers.wire.websocket import Limits
from tests.live.test_websocket import HELLO, KEY, run
from tests.wire.mutations import FRAMES, REQUESTS, mutated
from tests.wire.test_websocket import frames_in, masked

DEFLATE = DeflateParameters()
SQUEEZED = serialise_request(
    build_request("a", key=KEY, extensions=[make_offer(DEFLATE)])
)
# What the process may grow by while it refuses: a message at its limit, twice, and
# what the event loop holds of it.
MIB = 1024 * 1024
MAX_GROWTH_BYTES = 8 * MIB


@asynccontextmanager
async def not_growing(limit_bytes=MAX_GROWTH_BYTES):
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit_bytes
    finally:
        tracemalloc.stop()


async def last_words(data, server):
    """What a server says to `data`, after its head; the last frame is its close."""
    answered = await exchange(data, at=server, deadline_s=30)
    *frames, close = frames_in(answered.split(b"\r\n\r\n", 1)[1])
    assert close.opcode == CLOSE
    return frames, int.from_bytes(close.payload[:2]), close.payload[2:].decode()


BOMB = Deflater().deflate(bytes(20_000_000))
# Blocks that call themselves the last one: each costs a new decompressor.
FINAL_BLOCKS = bytes.fromhex("010000ffff") * 100_000
FLOODS = [
    ("empty fragments", masked(TEXT, fin=False) + masked(CONTINUATION, fin=False)
     * 200_000, 1009, "fragments"),
    ("pings", masked(PING) * 200_000, 1008, "pings"),
    ("pongs", masked(PONG, b"x" * 125) * 50_000, 1008, "pongs"),
    ("2^40 bytes", bytes.fromhex("82ff0000010000000000") + bytes(300_000), 1009,
     "1099511627776 bytes"),
    ("bomb", masked(BINARY, BOMB, rsv=4), 1009, "decompressed"),
    ("final blocks", masked(BINARY, FINAL_BLOCKS, rsv=4), 1009, "final blocks"),
    ("not deflate", masked(TEXT, b"\xff" * 20, rsv=4), 1007, "DEFLATE"),
    ("pipelined heads", HELLO * 1000, 1002, "reserved"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code", "word"), [f[1:] for f in FLOODS], ids=[f[0] for f in FLOODS]
)
def test_a_flood_when_it_comes_is_refused_and_nothing_grows(data, code, word):
    async def test():
        async with serving(deflate=DEFLATE) as server:
            data_sent = SQUEEZED + data
            async with not_growing():
                _, said, sentence = await last_words(data_sent, server)
            assert (said, word in sentence) == (code, True)
            async with connecting(server.url()) as ws:
                await ws.send("still here")
                assert await ws.receive() == "still here"

    run(test)


def test_a_peer_when_it_pings_and_never_reads_makes_nothing_grow():
    async def test():
        # No limit of pings: what must not grow is what waits to be sent.
        limits = Limits(controls_per_s=10**9)
        async with serving(limits=limits) as server, not_growing(3 * MIB):
            writer = await open_deaf(server)
            # More than the kernel's buffers take of the pongs.
            await fill(writer, masked(PING, b"x" * 125) * 900, 10 * MIB)
            writer.transport.abort()

    run(test)


def test_a_peer_when_it_asks_and_never_reads_has_to_wait():
    async def test():
        async with serving() as server, not_growing():
            writer = await open_deaf(server)
            sent = await fill(writer, masked(BINARY, bytes(60_000)))
            # The kernel's buffers on both sides, and ours: then nothing is taken.
            assert sent < 64 * MIB
            writer.transport.abort()

    run(test)


async def open_deaf(server):
    """A connection whose end reads nothing after the handshake, and buffers little."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect((HOST, server.port))  # the kernel answers, without the server
    reader, writer = await asyncio.open_connection(sock=deaf)
    writer.write(HELLO)
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.pause_reading()
    return writer


async def fill(writer, data, most_bytes=256 * MIB):
    """Send until nothing is taken any more; how many bytes were."""
    sent = 0
    with suppress(TimeoutError, ConnectionError):
        while sent < most_bytes:
            writer.write(data)
            sent += len(data)
            async with asyncio.timeout(2):
                await writer.drain()
    return sent


def test_a_handler_when_it_is_slow_makes_the_peer_wait_and_loses_nothing():
    async def test():
        release, done = asyncio.Event(), asyncio.Event()
        heard = []

        async def slow(connection):
            await release.wait()
            async for message in connection:
                heard.append(message)
            done.set()

        async with serving(slow) as server, not_growing():
            reader, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(HELLO)
            await reader.readuntil(b"\r\n\r\n")
            sent = await fill(writer, masked(BINARY, bytes(60_000)))
            release.set()
            writer.write(masked(CLOSE))
            await reader.read()
            writer.close()
            async with asyncio.timeout(20):
                await done.wait()
        assert len(heard) == sent // len(masked(BINARY, bytes(60_000)))

    run(test)


def test_half_open_handshakes_when_they_are_many_do_not_keep_others_out():
    async def test():
        async with serving(head_deadline_s=1) as server:
            waiting = [await asyncio.open_connection(HOST, server.port)
                       for _ in range(300)]  # fmt: skip
            for _, writer in waiting:
                writer.write(HELLO[:40])
            async with connecting(server.url()) as ws:
                await ws.send("first")
                assert await ws.receive() == "first"
            for reader, writer in waiting:
                assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
                writer.close()

    run(test)


def test_a_peer_when_it_does_not_answer_a_close_is_cut_off():
    async def leave(connection):
        await connection.receive()
        await connection.close(4000, "enough")

    async def test():
        async with serving(leave) as server:
            frames, code, reason = await last_words(HELLO + masked(TEXT), server)
            assert (frames, code, reason) == ([], 4000, "enough")

    run(test)


def test_a_silent_peer_when_there_is_a_heartbeat_is_asked_and_let_go():
    async def test():
        async with serving(heartbeat_s=0.05) as server:
            answered = await exchange(HELLO, at=server)
            (ping,) = frames_in(answered.split(b"\r\n\r\n", 1)[1])
            assert ping.opcode == PING
            # A client that answers stays.
            async with connecting(server.url(), heartbeat_s=0.05) as ws:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await ws.receive()
                await ws.send("still here")
                assert await ws.receive() == "still here"

    run(test)


def test_a_close_when_the_application_is_busy_waits_for_it_but_not_for_ever():
    async def test():
        stop = asyncio.Event()

        async def busy(connection):
            await connection.receive()
            await stop.wait()

        async with serving(busy) as server:
            data = HELLO + masked(TEXT, b"think") + masked(CLOSE, b"\x0f\xa0")
            assert (await last_words(data, server))[1] == 4000
            stop.set()

    run(test)


def test_a_feed_when_its_reader_closes_answers_although_it_never_receives():
    async def test():
        async def feed(connection):
            with suppress(ConnectionEnded):
                while True:
                    await connection.send("price")
                    await asyncio.sleep(0.01)

        async with serving(feed) as server, connecting(server.url()) as ws:
            assert await ws.receive() == "price"
            await ws.close(4001)
            with pytest.raises(ConnectionEnded) as caught:
                await ws.receive()
            assert caught.value.code == 4001

    run(test)


def test_any_bytes_when_they_come_leave_the_server_as_it_was():
    rng = random.Random(5)

    async def test():
        async with serving(deflate=DEFLATE) as server:
            for number in range(400):
                seeds = FRAMES if number % 4 else REQUESTS
                data = mutated(rng, seeds)
                data = SQUEEZED + data if number % 4 else data
                reader, writer = await asyncio.open_connection(HOST, server.port)
                writer.write(data)
                writer.write_eof()
                async with asyncio.timeout(10):
                    answered = await reader.read()
                # A request may be unfinished; frames come after one that is right.
                expected = b"HTTP/1.1 101 " if number % 4 else answered[:9]
                assert answered.startswith(expected), data
                writer.close()
            async with connecting(server.url()) as ws:
                await ws.send("still here")
                assert await ws.receive() == "still here"

    run(test)


def test_a_broadcast_when_one_is_slow_reaches_the_others_and_names_it():
    async def test():
        async def wait(connection):
            async for _ in connection:
                pass

        async with serving(wait, deflate=DEFLATE) as server:
            writer = await open_deaf(server)
            (slow,) = server.connections
            async with (
                connecting(server.url()) as plain,
                connecting(server.url(), deflate=DEFLATE) as squeezed,
            ):
                behind = []
                while not behind:
                    behind = broadcast(server.connections, "giá " * 10_000)
                    for ws in (plain, squeezed):
                        assert await ws.receive() == "giá " * 10_000
                assert behind == [slow]
            writer.transport.abort()

    run(test)


# Our client, and servers that mean it harm.


def lying(change):
    """A server that answers a handshake with what `change` makes of the right head."""

    async def serve(reader, writer):
        request = parse_request(await reader.readuntil(b"\r\n\r\n"))
        writer.write(change(serialise(answer(request))))
        with suppress(ConnectionError):
            await writer.drain()
            await reader.read()

    return listening(serve)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda head: head.replace(b"Accept: ", b"Accept: x"), "does not fit"),
        (lambda head: head.replace(b" 101 ", b" 204 "), "answered 204"),
        (lambda head: b"x" * 1_000_000, "longer than 16384"),
        (lambda head: b"HTTP/1.1 403 No\r\n\r\n" + b"no " * 500_000, "no no"),
        (
            lambda head: (
                head.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Protocol: x")
                + b"\r\n\r\n"
            ),
            "chose x",
        ),
        (
            lambda head: (
                head.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: y")
                + b"\r\n\r\n"
            ),
            "uses y",
        ),
    ],
)
def test_a_client_when_the_server_lies_says_how_and_leaves(change, sentence):
    async def test():
        async with lying(change) as port, not_growing():
            with pytest.raises(HandshakeError, match=sentence):
                async with connecting("ws://a/", at=Server(port)):
                    pass

    run(test)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (masked(TEXT, b"masked"), 1002),
        (bytes.fromhex("827f0000010000000000"), 1009),
        (serialise_frame(Frame(PING)) * 100_000, 1008),
        (serialise_frame(Frame(TEXT, b"\xff")), 1007),
        (serialise_frame(Frame(CLOSE, b"\x0b\xb8")), 3000),
        (b"", 1006),
    ],
)
def test_a_client_when_the_server_breaks_a_rule_tells_the_application(frames, code):
    async def test():
        async def serve(reader, writer):
            request = parse_request(await reader.readuntil(b"\r\n\r\n"))
            writer.write(serialise(answer(request)) + frames)
            if code != 1006:
                await reader.read(1)

        async with listening(serve) as port:
            async with connecting("ws://a/", at=Server(port)) as ws:
                with pytest.raises(ConnectionEnded) as caught:
                    await ws.receive()
                assert caught.value.code == code

    run(test)


def test_a_client_when_nobody_answers_gives_up_with_a_sentence(monkeypatch):
    async def silent(reader, writer):
        await reader.read()
        await reader.read()

    async def test():
        async with listening(silent) as port:
            with pytest.raises(TimeoutError, match="No answer to the handshake"):
                async with connecting("ws://a/", at=Server(port)):
                    pass

    monkeypatch.setattr("servers.live.ws_client.OPEN_DEADLINE_S", 0.1)
    run(test)
