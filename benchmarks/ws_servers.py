"""Echo servers to measure: `python -m benchmarks.ws_servers NAME` starts one alone.

Prints its port; a line on the standard input ("cpu", "memory", "broadcast") is answered
with a line; it ends with its standard input.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from benchmarks.load import resident_mb
from servers.network.listening import HOST

MESSAGE = b"x" * 32
Broadcast = Callable[[], object]


@asynccontextmanager
async def ours() -> AsyncIterator[tuple[int, Broadcast]]:
    from servers.live.ws_server import broadcast, serving

    async with serving() as server:
        yield server.port, lambda: broadcast(server.connections, MESSAGE)


@asynccontextmanager
async def websockets() -> AsyncIterator[tuple[int, Broadcast]]:
    from websockets.asyncio.server import broadcast, serve
    from websockets.exceptions import ConnectionClosed

    async def echo(connection: object) -> None:
        # Clients here leave without a close; that is no failure to report.
        with suppress(ConnectionClosed):
            async for message in connection:
                await connection.send(message)

    async with serve(echo, HOST, 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        yield port, lambda: broadcast(server.connections, MESSAGE)


@asynccontextmanager
async def aiohttp() -> AsyncIterator[tuple[int, Broadcast]]:
    from aiohttp import WSMsgType, web

    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        async for message in ws:
            if message.type is WSMsgType.BINARY:
                await ws.send_bytes(message.data)
        return ws

    application = web.Application()
    application.router.add_get("/", echo)
    runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    yield site.port, lambda: None
    await runner.cleanup()


@asynccontextmanager
async def picows() -> AsyncIterator[tuple[int, Broadcast]]:
    from picows import WSFrame, WSListener, WSTransport, ws_create_server

    class Echo(WSListener):
        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            transport.send(frame.msg_type, frame.get_payload_as_bytes())

    server = await ws_create_server(lambda _: Echo(), HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[1], lambda: None


SERVERS = {f.__name__: f for f in (ours, websockets, aiohttp, picows)}


async def main(name: str) -> None:
    async with SERVERS[name]() as (port, broadcast):
        print(port, flush=True)
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while command := (await reader.readline()).strip():
            if command == b"cpu":
                print(time.process_time(), flush=True)
            elif command == b"memory":
                gc.collect()
                print(resident_mb() * 1e6, flush=True)
            else:
                broadcast()
                print(0, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
