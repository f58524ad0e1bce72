"""The five lanes of the race: for each a server that tells a price, and a client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace

import socketio
from aiohttp import ClientSession

from servers.live import polling_server, socketio_server, sse_server, ws_server
from servers.live.polling_server import as_json
from servers.live.sse_client import subscribing
from servers.live.ticker import Quote, Ticker
from servers.live.ws_client import connecting
from servers.network.listening import HasPort, Tasks
from servers.network.tap import Tap

POLL_S = 2.0
# Short and the same on every machine, so that bytes can be compared.
HOST_NAME = "gia.vn"
HEADERS = {"Host": HOST_NAME, "User-Agent": "B", "Accept-Encoding": "identity"}

# What a client calls with the newest id it shows now.
Note = Callable[[int], None]
Client = Callable[[Tap, Note], Awaitable[None]]


# Servers: each tells everybody who is connected what the ticker says.


@asynccontextmanager
async def telling(
    ticker: Ticker, tell: Callable[[Quote], Awaitable[None] | object]
) -> AsyncIterator[None]:
    """`tell` is called with each change, as soon as it is there."""

    async def go_on() -> None:
        last = ticker.newest.id
        while True:
            for quote in await ticker.after(last):
                said = tell(quote)
                if asyncio.iscoroutine(said):
                    await said
                last = quote.id

    tasks = Tasks()
    tasks.start(go_on())
    try:
        yield
    finally:
        await tasks.cancel()
    if tasks.failures:
        raise tasks.failures[0]


@asynccontextmanager
async def sse_serving(ticker: Ticker) -> AsyncIterator[HasPort]:
    async with sse_server.streaming() as server:
        async with telling(ticker, lambda q: server.send(as_json(q.as_dict()))):
            yield server


@asynccontextmanager
async def ws_serving(ticker: Ticker) -> AsyncIterator[HasPort]:
    async with ws_server.serving() as server:

        def tell(quote: Quote) -> None:
            ws_server.broadcast(server.connections, as_json(quote.as_dict()))

        async with telling(ticker, tell):
            yield server


@asynccontextmanager
async def socketio_serving(ticker: Ticker) -> AsyncIterator[HasPort]:
    # As JavaScript's does: letters as UTF-8, not as \u escapes.
    words = SimpleNamespace(
        dumps=partial(json.dumps, ensure_ascii=False), loads=json.loads
    )
    sio = socketio.AsyncServer(async_mode="aiohttp", json=words)
    async with socketio_server.serving(sio) as server:
        async with telling(ticker, lambda q: sio.emit("price", q.as_dict())):
            yield server


# Clients: each notes the newest id it shows, first when it is connected.


async def short_polling(tap: Tap, note: Note, *, poll_s: float = POLL_S) -> None:
    async with ClientSession(tap.url("/", "http"), headers=HEADERS) as http:
        while True:
            async with http.get("/price") as answer:
                note((await answer.json())["id"])
            await asyncio.sleep(poll_s)


async def long_polling(tap: Tap, note: Note) -> None:
    async with ClientSession(tap.url("/", "http"), headers=HEADERS) as http:
        async with http.get("/price") as answer:
            newest = (await answer.json())["id"]
        note(newest)
        while True:
            async with http.get(f"/changes?after={newest}") as answer:
                for quote in await answer.json() if answer.status == 200 else []:
                    note(newest := quote["id"])


async def event_stream(tap: Tap, note: Note) -> None:
    url = f"http://{HOST_NAME}/"
    async with subscribing(url, at=tap, receive_deadline_s=None) as source:
        note(0)
        async for event in source:
            note(json.loads(event.data)["id"])


async def web_socket(tap: Tap, note: Note) -> None:
    url = f"ws://{HOST_NAME}/"
    async with connecting(url, at=tap, receive_deadline_s=None) as connection:
        note(0)
        async for message in connection:
            note(json.loads(message)["id"])


async def socket_io(tap: Tap, note: Note) -> None:
    client = socketio.AsyncClient()
    client.on("price", lambda quote: note(quote["id"]))
    await client.connect(tap.url("/", "http"), headers=HEADERS)
    try:
        note(0)
        await client.wait()
    finally:
        await client.disconnect()


LANES = {
    "short polling": (polling_server.serving, short_polling),
    "long polling": (polling_server.serving, long_polling),
    "SSE": (sse_serving, event_stream),
    "WebSocket": (ws_serving, web_socket),
    "Socket.IO": (socketio_serving, socket_io),
}
