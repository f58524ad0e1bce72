"""Our WebSocket beside the libraries: CPU, memory, broadcast, masking, in a kernel.

Each server is a process of its own, and so are its clients; figures are the server's.
Every ratio is of two figures of one run: the better of two, taken in turns.
"""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from servers.network.file_limit import allow_files
from servers.wire.frames import BINARY, Frame, apply_mask, serialise_frame

ROOT = Path(__file__).resolve().parent.parent
Say = Callable[[str, float, str, str], None]

CLIENTS, SECONDS = 32, 1.5
IDLE = 10_000
AT_ONCE = 200  # clients that connect at the same time
NODE, NPM = "Node ws", ROOT / "tests/npm"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
REQUEST = (
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()


def main(say: Say) -> None:
    allow_files(2 * IDLE)  # for our ends; the servers' processes inherit it
    for size in (32, 1024):
        compare_echo(say, size)
    compare_idle(say)
    compare_broadcast(say)
    compare_masks(say)
    compare_kernel(say)


class Process:
    """A server in a process of its own: `python -m benchmarks.ws_servers NAME`.

    It answers a line with a line that holds a number.
    """

    def __init__(self, *command: str, cwd: Path = ROOT) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.port = int(self.process.stdout.readline())

    def ask(self, command: str) -> float:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return float(self._answer(command))

    def _answer(self, command: str) -> str:
        return self.process.stdout.readline()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        # What it still prints is read, or it could not end.
        self.process.communicate()


class NodeProcess(Process):
    """The npm package `ws`, without compression, in a process of Node's own."""

    def __init__(self) -> None:
        # Given as text, it finds the packages of the directory it runs in.
        script = (ROOT / "tests/live/ws_server.mjs").read_text("utf-8")
        module = ("--input-type=module", "--eval", script)
        super().__init__("node", *module, "plain", cwd=NPM)

    def _answer(self, command: str) -> str:
        # The close codes that its clients said stand before the answer.
        while not (line := super()._answer(command)).startswith(command):
            assert line, "Node's server ended"
        return line.removeprefix(command)


def start(name: str) -> Process:
    if name == NODE:
        return NodeProcess()
    return Process(sys.executable, "-m", "benchmarks.ws_servers", name)


def compare_echo(say: Say, size: int) -> None:
    names = ["ours", "websockets", "aiohttp"]
    if importlib.util.find_spec("picows"):  # `make bench` installs it
        names.append("picows")
    if shutil.which("node") and (NPM / "node_modules/ws").exists():
        names.append(NODE)
    else:
        print("echo: Node or its package ws is missing, so it is not compared")
    best: dict[str, float] = {}
    for name in names * 2:
        best[name] = min(best.get(name, 1e9), echo_cpu_us(name, size))
    goals = {"websockets": 0.7, "aiohttp": 1.0}
    for other in names[1:]:
        goal = goals.get(other)
        ratio = best["ours"] / best[other]
        compared = f"{best['ours']:.1f} µs a message, {other} {best[other]:.1f}"
        compared += f"; goal {goal}" if goal else ""
        say(f"echo of {size} bytes, CPU", ratio, "x", compared)


def echo_cpu_us(name: str, size: int) -> float:
    """Microseconds of the server's CPU for one message that it echoes."""
    with start(name) as server:
        asyncio.run(echo(server.port, size, 0.3))
        before = server.ask("cpu")
        count = asyncio.run(echo(server.port, size, SECONDS))
        return (server.ask("cpu") - before) / count * 1e6


async def echo(port: int, size: int, seconds: float) -> int:
    """How many messages came back to 32 clients, each of which waits for its own."""
    frame = serialise_frame(Frame(BINARY, bytes(size), masking_key=b"mask"))
    answer = len(serialise_frame(Frame(BINARY, bytes(size))))
    until = time.perf_counter() + seconds

    async def client() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        count = 0
        while time.perf_counter() < until:
            writer.write(frame)
            await reader.readexactly(answer)
            count += 1
        writer.close()
        return count

    return sum(await asyncio.gather(*(client() for _ in range(CLIENTS))))


def compare_idle(say: Say) -> None:
    held = {name: idle_kb(name) for name in ("ours", "websockets", "aiohttp")}
    for other, goal in (("websockets", 1 / 3), ("aiohttp", 0)):
        compared = f"{held['ours']:.1f} KB each, {other} {held[other]:.1f}"
        compared += f", {IDLE:,} connections" + ("; goal 0.33" if goal else "")
        say("an idle connection's memory", held["ours"] / held[other], "x", compared)


def idle_kb(name: str) -> float:
    """What one of many idle connections adds to a server's resident memory."""

    async def fill() -> float:
        # The first ones make the process ready for all that follow.
        first = await opened(server.port, 100)
        before = server.ask("memory")
        rest = await opened(server.port, IDLE)
        grown = server.ask("memory") - before
        leave(first + rest)
        return grown / IDLE / 1024

    with start(name) as server:
        return asyncio.run(fill())


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(port: int, count: int) -> list[Streams]:
    """So many open WebSockets."""

    async def one() -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        return reader, writer

    every: list[Streams] = []
    while (missing := count - len(every)) > 0:
        some = [one() for _ in range(min(AT_ONCE, missing))]
        every += await asyncio.gather(*some)
    return every


def leave(every: list[Streams]) -> None:
    """Ends them. Each must have been open until now, or the figure would be false:
    a server that pings ends those that do not answer, when filling took too long."""
    ended = sum(reader.at_eof() for reader, _ in every)
    for _, writer in every:
        writer.transport.abort()
    if ended:
        raise RuntimeError(f"the server ended {ended} of {len(every)} connections")


def compare_broadcast(say: Say) -> None:
    took: dict[str, float] = {}
    for name in ("ours", "websockets") * 3:
        took[name] = min(took.get(name, 1e9), broadcast_ms(name))
    compared = f"{took['ours']:.0f} ms to the last of {IDLE:,} clients, websockets"
    compared += f" {took['websockets']:.0f}; goal 1.0"
    say("broadcast", took["ours"] / took["websockets"], "x", compared)


def broadcast_ms(name: str) -> float:
    """From the order to broadcast until the last client has the message."""

    async def wait() -> float:
        every = await opened(server.port, IDLE)
        began = time.perf_counter()
        server.process.stdin.write("broadcast\n")
        server.process.stdin.flush()
        for reader, _ in every:
            await reader.readexactly(2 + 32)
        took = time.perf_counter() - began
        server.process.stdout.readline()
        leave(every)
        return took * 1000

    with start(name) as server:
        return asyncio.run(wait())


def compare_masks(say: Say) -> None:
    from websockets.speedups import apply_mask as in_c

    data, key = bytes(range(256)) * 256, b"mask"
    assert apply_mask(data, key) == in_c(data, key) == xor(data, key)
    ours, bare = best_us(apply_mask, data, key), best_us(xor, data, key)
    compared = f"{ours:.0f} µs for 64 KiB, integer XOR {bare:.0f}; goal 2"
    say("masking", ours / bare, "x", compared)
    others = {"C (websockets)": in_c}
    try:
        import numpy
    except ImportError:
        print("masking: numpy is not installed, so it is not compared")
    else:

        def with_numpy(data: bytes, key: bytes) -> bytes:
            words = numpy.frombuffer(data, numpy.uint32)
            return (words ^ numpy.frombuffer(key, numpy.uint32)).tobytes()

        assert with_numpy(data, key) == in_c(data, key)
        others["numpy"] = with_numpy
    for name, function in others.items():
        other = best_us(function, data, key)
        say(
            "masking",
            ours / other,
            "x",
            f"{ours:.0f} µs for 64 KiB, {name} {other:.1f}",
        )


def xor(data: bytes, key: bytes) -> bytes:
    """The fastest way in pure Python: one number with one number."""
    size = len(data)
    number = int.from_bytes(data, "little")
    return (number ^ int.from_bytes(key * (size // 4), "little")).to_bytes(
        size, "little"
    )


def best_us(
    function: Callable[[bytes, bytes], bytes], data: bytes, key: bytes
) -> float:
    best = 1e9
    for _ in range(200):
        began = time.perf_counter()
        function(data, key)
        best = min(best, time.perf_counter() - began)
    return best * 1e6


KERNEL_CELL = """
import sys
sys.path.insert(0, {root!r})
from servers.live.ws_server import serving
server = await (context := serving()).__aenter__()
print(server.port)
"""


def compare_kernel(say: Say) -> None:
    plain = min(echo_cpu_us("ours", 32) for _ in range(2))
    inside = kernel_cpu_us()
    compared = f"{inside:.1f} µs a message in a kernel, {plain:.1f} outside; goal 1.1"
    say("echo in a running kernel, CPU", inside / plain, "x", compared)


def kernel_cpu_us() -> float:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()

    def run(code: str) -> str:
        said: list[str] = []

        def hear(message: dict) -> None:
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])

        client.execute_interactive(code, timeout=30, output_hook=hear)
        return "".join(said)

    try:
        port = int(run(KERNEL_CELL.format(root=str(ROOT))))
        asyncio.run(echo(port, 32, 0.3))
        cpu = "import time; print(time.process_time())"
        best = 1e9
        for _ in range(2):
            before = float(run(cpu))
            count = asyncio.run(echo(port, 32, SECONDS))
            best = min(best, (float(run(cpu)) - before) / count)
        return best * 1e6
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    from benchmarks.__main__ import say as print_line

    main(print_line)
