"""Event streams: ten thousand clients of our server and of aiohttp's.

The server runs in a process of its own and the clients in another, so that the memory
is the server's alone. Every ratio is of two figures of the same run.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from benchmarks.load import resident_mb
from servers.live.sse_server import streaming
from servers.network.listening import HOST

CLIENTS = 10_000
ROUNDS = 5
AT_ONCE = 200  # how many clients connect at the same time
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n"
Say = Callable[[str, float, str, str], None]


def main(say: Say, clients: int = CLIENTS) -> None:
    raise_limit()
    ours, theirs = (measure(server, clients) for server in ("ours", "aiohttp"))
    compared = f"goal 0.33; {ours[0]:.2f} KiB of ours, {theirs[0]:.2f} of aiohttp's"
    say(f"{clients:,} event streams, memory", ours[0] / theirs[0], "x", compared)
    compared = f"goal 1; {ours[1]:.0f} ms with ours, {theirs[1]:.0f} ms with aiohttp"
    say("  one event to all, last client", ours[1] / theirs[1], "x", compared)


def measure(server: str, clients: int) -> tuple[float, float]:
    """KiB a client in the server, and ms until the last client has an event."""
    ask = [sys.executable, "-m", "benchmarks.event_stream", server]
    pipe = subprocess.PIPE
    with subprocess.Popen(ask, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            port = int(process.stdout.readline())
            return asyncio.run(attend(process, port, clients))
        finally:
            process.kill()


async def attend(
    process: subprocess.Popen[str], port: int, clients: int
) -> tuple[float, float]:
    def tell(word: str) -> float:
        print(word, file=process.stdin, flush=True)
        return float(process.stdout.readline())

    began_kib = tell("memory")
    crowd = Crowd()
    for _ in range(0, clients, AT_ONCE):
        await asyncio.gather(*(crowd.join(port) for _ in range(AT_ONCE)))
    kib = (tell("memory") - began_kib) / len(crowd.members)
    took_ms = []
    for _ in range(ROUNDS):
        sent_s = await crowd.hear(lambda: tell("event"))
        took_ms.append((crowd.last_s - sent_s) * 1000)
    crowd.leave()
    return kib, min(took_ms)


class Crowd:
    """Clients that count events and note when the last one came."""

    def __init__(self) -> None:
        self.members: list[asyncio.Transport] = []
        self.last_s = 0.0
        self._left = 0
        self._all = asyncio.Event()

    async def join(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        opened = loop.create_future()
        transport, _ = await loop.create_connection(
            lambda: Member(self, opened), HOST, port
        )
        transport.write(REQUEST)
        await opened
        self.members.append(transport)

    async def hear(self, send: Callable[[], float]) -> float:
        self._left = len(self.members)
        self._all.clear()
        sent_s = send()
        async with asyncio.timeout(60):
            await self._all.wait()
        return sent_s

    def heard(self) -> None:
        self._left -= 1
        if not self._left:
            self.last_s = time.monotonic()
            self._all.set()

    def leave(self) -> None:
        for transport in self.members:
            transport.abort()


class Member(asyncio.Protocol):
    def __init__(self, crowd: Crowd, opened: asyncio.Future[None]) -> None:
        self.crowd = crowd
        self.opened = opened

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self.opened.set_result(None)
        elif b"data: " in data:  # and no heartbeat
            self.crowd.heard()


# The servers, each in a process of its own.


async def ours() -> None:
    async def send() -> None:
        server.send("Xin chào")

    async with streaming() as server:
        await obey(server.port, send)


async def aiohttps() -> None:
    open_ones: set[web.StreamResponse] = set()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        open_ones.add(response)
        try:
            await response.write(b"retry: 1000\n\n")
            await asyncio.Event().wait()
        finally:
            open_ones.discard(response)
        return response

    async def send() -> None:
        data = "id: 1\ndata: Xin chào\n\n".encode()
        for response in open_ones:
            await response.write(data)

    application = web.Application()
    application.router.add_get("/", stream)
    runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0, backlog=4096)
    await site.start()
    await obey(site.port, send)


async def obey(port: int, send: Callable[[], Awaitable[None]]) -> None:
    """Answer what is asked on the standard input: "memory" in KiB, or "event"."""
    print(port, flush=True)
    loop = asyncio.get_running_loop()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if word == "event":
            print(time.monotonic(), flush=True)
            await send()
        else:
            gc.collect()
            print(resident_mb() * 1e6 / 1024, flush=True)


def raise_limit() -> None:
    """As many open files as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    if sys.argv[1:]:
        raise_limit()
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run({"ours": ours, "aiohttp": aiohttps}[sys.argv[1]]())
    else:
        from benchmarks.__main__ import say as print_line

        main(print_line)
