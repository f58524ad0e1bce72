"""The network: in memory against sockets, the tap against no tap, ten thousand clients.

Every ratio is of two figures of the same run, the better of three each.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext

import aiohttp
import websockets
from aiohttp import web
from websockets.asyncio.server import serve

from servers.network.listening import HOST, listening
from servers.network.memory import in_memory
from servers.network.tap import tapping
from servers.network.virtual_time import simulate

ROUNDS = 3000
CLIENTS = 20
PAYLOAD = "x" * 1024
Say = Callable[[str, float, str, str], None]


def main(say: Say) -> None:
    for library, echo in (
        ("websockets", websockets_echo),
        ("aiohttp", aiohttp_echo),
        ("asyncio streams", streams_echo),
    ):
        for clients in (1, CLIENTS):
            compare_networks(say, library, echo, clients)
    for where, context in (("memory", in_memory), ("sockets", nullcontext)):
        for library, echo in (
            ("websockets", websockets_echo),
            ("asyncio streams", streams_echo),
        ):
            compare_tap(say, library, echo, where, context)
    reconnect(say)


def compare_networks(say: Say, library: str, echo: Echo, clients: int) -> None:
    real = best(lambda: echo(clients, nullcontext))
    memory = best(lambda: within(in_memory, echo, clients))
    name = f"{library}, {clients} client{'s' * (clients > 1)}"
    compared = f"{memory:,.0f}/s in memory, {real:,.0f}/s on 127.0.0.1, 1 KiB echo"
    say(name, memory / real, "x", compared)


def compare_tap(say: Say, library: str, echo: Echo, where: str, context: Way) -> None:
    bare = best(lambda: within(context, echo, CLIENTS))
    tapped = best(lambda: within(context, echo, CLIENTS, tapping))
    compared = f"{tapped:,.0f}/s tapped, {bare:,.0f}/s bare, {library}, 1 KiB echo"
    say(f"tap's cost, {where}", (1 - tapped / bare) * 100, "%", compared)


def reconnect(say: Say, clients: int = 10_000) -> None:
    """Real `websockets` clients that find out about a cut cable and come again."""
    began = time.perf_counter()
    virtual_s, opened = simulate(lambda: reconnect_all(clients))
    real_s = time.perf_counter() - began
    compared = f"{clients:,} clients cut off and back, {virtual_s:.0f} virtual seconds"
    say("reconnecting", real_s, "s", compared)
    say("simulated connections", opened / real_s, "/s", f"{opened:,} handshakes")


async def reconnect_all(count: int) -> tuple[float, int]:
    opened = 0

    async def welcome(connection: websockets.ServerConnection) -> None:
        nonlocal opened
        opened += 1
        await connection.wait_closed()

    async def client(port: int) -> None:
        uri = f"ws://{HOST}:{port}"
        seen = 0
        async for ws in websockets.connect(uri, proxy=None, compression=None):
            seen += 1
            if seen == 2:
                return await ws.close()
            await ws.wait_closed()

    async with in_memory() as network, serve(welcome, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with asyncio.TaskGroup() as clients:
            for _ in range(count):
                clients.create_task(client(port))
            await asyncio.sleep(5)
            network.cut()
            network.mend()
    return asyncio.get_running_loop().time(), opened


# Echo: how many messages come back in a second.

Way = Callable[..., object]
Echo = Callable[[int, Way], Awaitable[float]]


def best(measure: Callable[[], Awaitable[float]]) -> float:
    return max(asyncio.run(measure()) for _ in range(3))


async def within(
    context: Way, echo: Echo, clients: int, tap: Way = nullcontext
) -> float:
    async with context():
        return await echo(clients, tap)


async def rate(clients: int, talk: Callable[[int], Awaitable[None]]) -> float:
    rounds = ROUNDS // clients
    began = time.perf_counter()
    await asyncio.gather(*(talk(rounds) for _ in range(clients)))
    return rounds * clients / (time.perf_counter() - began)


@asynccontextmanager
async def reached_by(port: int, tap: Way):
    """The port to dial: the server's, or the tap's in front of it."""
    async with tap(port) as tapped:
        yield tapped.port if tap is tapping else port


async def websockets_echo(clients: int, tap: Way) -> float:
    async def echo(connection: websockets.ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(echo, HOST, 0, compression=None) as server:
        async with reached_by(server.sockets[0].getsockname()[1], tap) as port:

            async def talk(rounds: int) -> None:
                uri = f"ws://{HOST}:{port}"
                async with websockets.connect(uri, proxy=None, compression=None) as ws:
                    for _ in range(rounds):
                        await ws.send(PAYLOAD)
                        await ws.recv()

            return await rate(clients, talk)


async def aiohttp_echo(clients: int, tap: Way) -> float:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data)
        return ws

    application = web.Application()
    application.router.add_get("/", echo)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    async with reached_by(site.port, tap) as port, aiohttp.ClientSession() as session:

        async def talk(rounds: int) -> None:
            async with session.ws_connect(f"http://{HOST}:{port}/") as ws:
                for _ in range(rounds):
                    await ws.send_str(PAYLOAD)
                    await ws.receive_str()

        per_s = await rate(clients, talk)
    await runner.cleanup()
    return per_s


async def streams_echo(clients: int, tap: Way) -> float:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(2**16):
            writer.write(data)
            await writer.drain()

    async with listening(echo) as server_port, reached_by(server_port, tap) as port:

        async def talk(rounds: int) -> None:
            reader, writer = await asyncio.open_connection(HOST, port)
            for _ in range(rounds):
                writer.write(PAYLOAD.encode())
                await reader.readexactly(1024)
            writer.close()

        return await rate(clients, talk)


if __name__ == "__main__":
    from benchmarks.__main__ import say as print_line

    main(print_line)
