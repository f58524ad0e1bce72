"""Socket.IO clients with nothing around them: for counting, and for crowds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp

from servers.live.ws_client import connecting
from servers.live.ws_connection import Connection
from servers.network.listening import HOST, HasPort

TARGET = "/socket.io/?EIO=4&transport="


@asynccontextmanager
async def sitting(at: HasPort) -> AsyncIterator[Connection]:
    """An open session over a bare WebSocket: every packet as it came.

    It answers no ping, so the server ends it after a while.

    Source: Socket.IO protocol 5, "Connection to a namespace". Taught in 40-engine-io.
    """
    async with connecting(f"ws://chat.example{TARGET}websocket", at=at) as ws:
        await ws.receive()  # Engine.IO's open
        await ws.send("40")
        await ws.receive()  # Socket.IO's CONNECT, with the session id
        yield ws


@asynccontextmanager
async def polling(at: HasPort) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """An open session over long polling; calling it asks once and gives the body.

    Source: Engine.IO protocol 4, "HTTP long-polling". Taught in 40-engine-io.
    """
    url = f"http://{HOST}:{at.port}{TARGET}polling"
    async with aiohttp.ClientSession() as web:

        async def ask() -> str:
            async with web.get(url) as answer:
                return await answer.text()

        url += f"&sid={json.loads((await ask())[1:])['sid']}"
        async with web.post(url, data="40"):
            await ask()  # Socket.IO's CONNECT, with the session id
        yield ask
