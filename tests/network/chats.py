"""The same small chat over each of the three libraries, recorded; unmodified code."""

import asyncio

import aiohttp
import socketio
import websockets
from aiohttp import web
from websockets.asyncio.server import broadcast, serve

from servers.live.web_application import running
from servers.network.listening import HOST
from servers.network.tap import tapping

SEED = 20
SAID = ["Xin chào", "Đà Nẵng", "đ" * 300]


def echoing_room():
    server = socketio.AsyncServer(async_mode="aiohttp")

    @server.event
    async def say(sid, text):
        await server.emit("said", text)

    return server


async def websockets_chat():
    here = set()

    async def room(connection):
        here.add(connection)
        async for message in connection:
            broadcast(here, message)

    async with serve(room, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with tapping(port, seed=SEED) as tap:
            at = {"host": HOST, "port": tap.port, "proxy": None}
            uri = "ws://chat.example/room"
            async with (
                websockets.connect(uri, **at) as an,
                websockets.connect(uri, **at) as binh,
            ):
                for text in SAID:
                    await an.send(text)
                    heard = [await an.recv(), await binh.recv()]
                    assert heard == [text, text]
    return tap.trace


async def aiohttp_chat():
    here = []

    async def room(request):
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        here.append(ws)
        async for message in ws:
            for one in here:
                await one.send_str(message.data)
        here.remove(ws)
        return ws

    application = web.Application()
    application.router.add_get("/room", room)
    async with running(application) as port, tapping(port, seed=SEED) as tap:
        at = {"url": tap.url("/room", "http"), "headers": {"Host": "chat.example"}}
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(**at) as an, session.ws_connect(**at) as binh:
                for text in SAID:
                    await an.send_str(text)
                    assert await an.receive_str() == text
                    assert await binh.receive_str() == text
    return tap.trace


async def socketio_chat():
    server = echoing_room()
    application = web.Application()
    server.attach(application)
    async with running(application) as port, tapping(port, seed=SEED) as tap:
        client = socketio.AsyncClient()
        heard = asyncio.Queue()
        client.on("said", heard.put)
        await client.connect(
            tap.url("/", "http"),
            transports=["websocket"],
            headers={"Host": "chat.example"},
        )
        for text in SAID:
            await client.emit("say", text)
            assert await heard.get() == text
        await client.disconnect()
    await server.shutdown()
    return tap.trace


async def socketio_upgrade():
    """Polling first, then WebSocket; what the client heard and over what."""
    server = echoing_room()
    application = web.Application()
    server.attach(application)
    async with running(application) as port, tapping(port, seed=SEED) as tap:
        client = socketio.AsyncClient()
        heard = asyncio.Queue()
        client.on("said", heard.put)
        await client.connect(tap.url("/", "http"))
        await client.emit("say", SAID[0])
        got = await heard.get(), client.transport()
        await client.disconnect()
    await server.shutdown()
    return got, tap.trace
