"""What real libraries say, read without being told which protocol they speak."""

import asyncio

import aiohttp
import socketio
import websockets
from aiohttp import web

from servers.network.tap import tapping
from servers.wire.dissect import dissect


def heard(trace, *kinds):
    return [m.summary for m in dissect(trace) if m.kind in kinds]


def check(trace):
    assert not [m for m in dissect(trace) if m.error or m.kind == "bytes"]


def test_websockets_when_it_compresses_is_read():
    async def record():
        async def echo(connection):
            async for message in connection:
                await connection.send(message)

        async with websockets.serve(echo, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with tapping(port, seed=1) as tap:
                async with websockets.connect(tap.url(), proxy=None) as client:
                    for _ in range(2):
                        await client.send("Xin chào")
                        await client.recv()
        return tap.trace

    trace = asyncio.run(record())
    check(trace)
    assert heard(trace, "text") == [
        *["text “Xin chào”, 11 bytes deflated"] * 2,
        *["text “Xin chào”, 5 bytes deflated"] * 2,  # the window remembers
    ]


async def stream(request):
    headers = {"Content-Type": "text/event-stream"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    for number in range(2):
        await response.write(f"id: {number}\ndata: Xin chào\n\n".encode())
    await response.write_eof()
    return response


async def record_aiohttp(app, talk):
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with tapping(site._server.sockets[0].getsockname()[1], seed=1) as tap:
            await talk(tap)
    finally:
        await runner.cleanup()
    return tap.trace


def test_aiohttp_when_it_streams_events_is_read():
    async def talk(tap):
        async with (
            aiohttp.ClientSession() as session,
            session.get(tap.url("/events", "http")) as response,
        ):
            await response.read()

    app = web.Application()
    app.router.add_get("/events", stream)
    trace = asyncio.run(record_aiohttp(app, talk))
    check(trace)
    assert heard(trace, "event", "end") == [
        "message “Xin chào”",
        "message “Xin chào”",
        "end of the event stream",
    ]


def test_socket_io_when_it_polls_and_upgrades_is_read():
    server = socketio.AsyncServer(async_mode="aiohttp")
    server.on("hello", lambda sid, data: b"\1\2")

    async def talk(tap):
        client = socketio.AsyncClient()
        await client.connect(tap.url("", "http"))
        assert await client.call("hello", "An", timeout=5) == b"\1\2"
        await client.disconnect()
        await server.shutdown()

    async def record():
        app = web.Application()
        server.attach(app)
        return await record_aiohttp(app, talk)

    trace = asyncio.run(record())
    check(trace)
    types = [
        field.value
        for message in dissect(trace)
        for field in message.fields
        if field.name in ("Engine.IO type", "Socket.IO type")
    ]
    assert types[0] == "0 open"  # in the polling body
    assert {"2 ping", "3 pong", "5 upgrade", "0 CONNECT", "2 EVENT"} <= set(types)
    assert "6 BINARY_ACK" in types
