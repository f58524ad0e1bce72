"""Event streams: ten thousand clients of our server and of aiohttp's.

The server runs in a process of its own and the clients in another, so that the memory
is the server's alone. Every ratio is of two figures of the same run.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from benchmarks.load import resident_mb
from servers.live.sse_server import streaming
from servers.network.file_limit import allow_files
from servers.network.listening import HOST

CLIENTS = 10_000
FILES = CLIENTS + 1000
ROUNDS = 20
AT_ONCE = 200  # how many clients connect at the same time
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n"
Say = Callable[[str, float, str, str], None]


def main(say: Say, clients: int = CLIENTS) -> None:
    allow_files(FILES)
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
            return attend(process, clients)
        finally:
            process.kill()


def attend(process: subprocess.Popen[str], clients: int) -> tuple[float, float]:
    def tell(word: str) -> float:
        print(word, file=process.stdin, flush=True)
        return float(process.stdout.readline())

    port = int(process.stdout.readline())
    began_kib = tell("memory")
    # Plain sockets: the less a client does, the more of the time is the server's.
    crowd: list[socket.socket] = []
    for _ in range(0, clients, AT_ONCE):
        crowd += join(port, AT_ONCE)
    kib = (tell("memory") - began_kib) / clients
    with selectors.DefaultSelector() as selector:
        for client in crowd:
            client.setblocking(False)
            selector.register(client, selectors.EVENT_READ)
        took_s = [hear(selector, lambda: tell("event")) for _ in range(ROUNDS)]
    for client in crowd:
        client.close()
    return kib, min(took_s) * 1000


def join(port: int, count: int) -> list[socket.socket]:
    """Clients that have asked, and have their answer up to the first empty line."""
    crowd = [socket.create_connection((HOST, port)) for _ in range(count)]
    for client in crowd:
        client.sendall(REQUEST)
    for client in crowd:
        heard = b""
        while b"retry: 1000" not in heard:
            heard += client.recv(4096)
    return crowd


def hear(selector: selectors.BaseSelector, send: Callable[[], float]) -> float:
    """Seconds from sending an event until every client has it."""
    left = len(selector.get_map())
    began_s = send()
    while left:
        for key, _ in selector.select():
            left -= b"data: " in key.fileobj.recv(4096)  # not for a heartbeat
    return time.monotonic() - began_s


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


if __name__ == "__main__":
    if sys.argv[1:]:
        allow_files(FILES)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run({"ours": ours, "aiohttp": aiohttps}[sys.argv[1]]())
    else:
        from benchmarks.__main__ import say as print_line

        main(print_line)
