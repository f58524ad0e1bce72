"""The tap hands everything on unchanged and writes it down, for any library."""

import asyncio

import aiohttp
import pytest
import socketio
import websockets
from aiohttp import web

from servers.live.ws_client import connecting
from servers.live.ws_server import serving
from servers.network.leftovers import leftovers
from servers.network.listening import HOST, listening
from servers.network.relay import _reset
from servers.network.tap import tapping
from servers.wire.dissect import dissect
from tests.network.ways import WAYS


async def talk_with_ours(port):
    class At:
        pass

    At.port = port
    async with connecting("ws://server.example.com/chat", at=At) as ws:
        await ws.send("Xin chào")
        return await ws.receive()


async def talk_with_websockets(port):
    async with websockets.connect(
        "ws://server.example.com/chat", host=HOST, port=port, proxy=None
    ) as ws:
        await ws.send("Xin chào")
        return await ws.recv()


async def talk_with_aiohttp(port):
    headers = {"Host": "server.example.com"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://{HOST}:{port}/chat", headers=headers) as ws,
    ):
        await ws.send_str("Xin chào")
        return await ws.receive_str()


@pytest.mark.parametrize(
    "talk", [talk_with_ours, talk_with_websockets, talk_with_aiohttp]
)
@pytest.mark.parametrize("run", WAYS)
def test_a_library_when_tapped_twice_with_one_seed_leaves_the_same_bytes(talk, run):
    async def record():
        async with serving() as server, tapping(server, seed=20) as tap:
            assert await talk(tap.port) == "Xin chào"
        return tap.trace

    async def twice():
        return await record(), await record(), leftovers()

    first, second, left = run(twice)
    assert first.stream(1, "client") == second.stream(1, "client")
    assert first.stream(1, "server") == second.stream(1, "server")
    assert [m.kind for m in dissect(first)][:4] == [
        "request",
        "response",
        "text",
        "text",
    ]
    assert left == []


def test_keys_when_no_seed_is_given_differ():
    async def keys():
        found = []
        for _ in range(2):
            async with serving() as server, tapping(server) as tap:
                await talk_with_ours(tap.port)
            found.append(tap.trace.stream(1, "client"))
        return found

    first, second = asyncio.run(keys())
    assert first != second


@pytest.mark.parametrize("run", WAYS)
def test_session_ids_when_seeded_repeat_in_python_socketio(run):
    async def session_id():
        server = socketio.AsyncServer(async_mode="aiohttp")
        application = web.Application()
        server.attach(application)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        try:
            port = site._server.sockets[0].getsockname()[1]
            async with tapping(port, seed=20) as tap:
                client = socketio.AsyncClient()
                await client.connect(f"http://{HOST}:{tap.port}")
                sid = client.eio.sid
                await client.disconnect()
            return sid
        finally:
            await runner.cleanup()

    async def twice():
        return await session_id(), await session_id()

    first, second = run(twice)
    assert first == second


@pytest.mark.parametrize("run", WAYS)
def test_a_million_bytes_when_relayed_arrive_and_are_recorded(run):
    payload = bytes(range(256)) * 4096

    async def swallow_and_return(reader, writer):
        data = await reader.readexactly(len(payload))
        writer.write(data[::-1])

    async def relay():
        async with listening(swallow_and_return) as port, tapping(port) as tap:
            reader, writer = await asyncio.open_connection(HOST, tap.port)
            writer.write(payload)
            got = await reader.read(-1)
            writer.close()
        return got, tap.trace

    got, trace = run(relay)
    assert got == payload[::-1]
    assert trace.stream(1, "client") == payload
    assert trace.stream(1, "server") == payload[::-1]
    assert [s.event for s in trace if s.event != "data"] == ["fin", "fin"]
    assert [s.time_ms for s in trace] == sorted(s.time_ms for s in trace)


@pytest.mark.parametrize("run", WAYS)
def test_a_reset_when_one_end_tears_down_reaches_the_other(run):
    ends = []

    async def until_gone(reader, writer):
        try:
            while await reader.read(100):
                began.set()
            ends.append("fin")
        except ConnectionResetError:
            ends.append("reset")

    async def tear_down():
        async with listening(until_gone) as port, tapping(port) as tap:
            _, writer = await asyncio.open_connection(HOST, tap.port)
            writer.write(b"half a ")
            await began.wait()
            _reset(writer.transport)
        return tap.trace

    began = asyncio.Event()
    trace = run(tear_down)
    assert ends == ["reset"]
    assert [(s.sender, s.event) for s in trace] == [
        ("client", "data"),
        ("client", "reset"),
    ]


def test_a_tap_when_nobody_listens_behind_it_says_so():
    async def dead_end():
        async with listening(None) as port:
            pass
        async with tapping(port) as tap:
            reader, writer = await asyncio.open_connection(HOST, tap.port)
            assert await reader.read() == b""
            writer.close()

    with pytest.raises(ConnectionRefusedError):
        asyncio.run(dead_end())
