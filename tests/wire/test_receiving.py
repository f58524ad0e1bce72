"""The judge of bytes does what the book's own server and client do."""

import asyncio
import random

import pytest

from servers.live.ws_connection import Connection, ConnectionEnded
from servers.wire.frames import CLOSE, PONG, parse_frame
from servers.wire.handshake import answer, build_request
from servers.wire.http_head import parse_response, serialise_response
from servers.wire.receiving import Deed, missing_bytes, receive
from servers.wire.websocket import WebSocket
from servers.wire.ws_opening import ClientOpening, ServerOpening
from tests.wire.mutations import FRAMES, REQUESTS, mutated


class Deaf:
    """A transport whose other end only collects."""

    def __init__(self):
        self.sent = b""

    def write(self, data):
        self.sent += data

    def write_eof(self):
        pass

    def close(self):
        pass

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def connected(is_client):
    """A real connection of either end, before its handshake, and what it sends to."""
    opening = ClientOpening(build_request("a", key=KEY)) if is_client else None
    websocket = WebSocket(
        opening or ServerOpening(), make_masking_key=is_client and (lambda: b"mask")
    )
    transport = Deaf()
    connection = Connection(websocket, deadlines_s={}, on_open=lambda _: None)
    connection.connection_made(transport)
    return connection, transport


def read(connection, data):
    """What the loop does with a connection when `data` arrives."""
    connection.get_buffer(-1)[: len(data)] = data
    connection.buffer_updated(len(data))


async def really(data, is_client, somebody_waits=False):
    """What a real connection hands over and sends when `data` arrives, then the end.

    Args:
        somebody_waits: Whether the application waits for a message when it arrives.
    """
    connection, transport = connected(is_client)
    request = build_request("a", key=KEY)
    opened = serialise_response(answer(request)) if is_client else REQUESTS[0]
    connection.data_received(opened)
    transport.sent = b""
    loop = asyncio.get_running_loop()

    def arrive():
        read(connection, data)
        # Once nothing is left to receive, the stream ends.
        loop.call_soon(connection.eof_received)

    loop.call_soon(arrive) if somebody_waits else arrive()
    messages = []
    try:
        while True:
            messages.append(await connection.receive())
    except ConnectionEnded:
        pass
    return messages, list(frames_in(transport.sent))


def frames_in(data):
    while data:
        frame, size = parse_frame(data)
        data = data[size:]
        yield frame


def expected(deeds):
    """The same, read out of the deeds."""
    messages = [d.text if d.what == "text" else d.number for d in deeds if is_kept(d)]
    pongs = [d.number for d in deeds if d.what == "ping"]
    codes = [d.number for d in deeds if d.what in ("close", "goodbye")]
    return messages, pongs, [code for code in codes if code != 1005]


def is_kept(deed):
    return deed.what in ("text", "binary")


def test_a_connection_when_fed_mutated_frames_does_what_is_said():
    rng = random.Random(1)

    async def compare():
        for _ in range(1500):
            data, is_client = mutated(rng, FRAMES), rng.random() < 0.4
            somebody_waits = rng.random() < 0.5
            messages, frames = await really(data, is_client, somebody_waits)
            kept = [m if isinstance(m, str) else len(m) for m in messages]
            pongs = [len(f.payload) for f in frames if f.opcode == PONG]
            closes = [f.payload for f in frames if f.opcode == CLOSE]
            codes = [int.from_bytes(p[:2]) for p in closes if p]
            deeds = receive(data, is_client=is_client)
            assert (kept, pongs, codes) == expected(deeds), data.hex()
            for deed in deeds:
                if deed.what == "close":
                    assert closes[-1][2:].decode() == deed.text

    asyncio.run(compare())


def test_a_server_when_sent_mutated_requests_answers_what_is_said():
    rng = random.Random(2)

    async def compare():
        for _ in range(1500):
            data = mutated(rng, REQUESTS)
            connection, transport = connected(is_client=False)
            connection.data_received(data)
            first = receive(data, kind="request")[0]
            if connection.state == "connecting":
                assert (first, transport.sent) == (Deed("wait"), b""), data
                continue
            head, _, said = transport.sent.partition(b"\r\n\r\n")
            status = parse_response(head + b"\r\n\r\n").status
            said = said.decode().strip() if status != 101 else ""
            assert first == Deed("status", status, said), data

    asyncio.run(compare())


@pytest.mark.parametrize("data", FRAMES)
def test_what_is_missing_when_the_bytes_are_cut(data):
    first_end = parse_frame(data)[1] if parse_frame(data) else len(data)
    for cut in range(first_end):
        part = data[:cut]
        missing = missing_bytes(part)
        assert parse_frame(part) is None
        assert parse_frame(part + data[cut : cut + missing - 1]) is None


def test_what_stands_after_a_head_is_read_as_frames_when_it_is_accepted():
    accepted, refused = REQUESTS[0], REQUESTS[0].replace(b"GET", b"PUT")
    ping = bytes.fromhex("898037fa213d")
    assert [d.what for d in receive(accepted + ping, kind="request")] == [
        "status",
        "ping",
    ]
    assert receive(refused + ping, kind="request")[1] == Deed("unread", 6)
