"""Records what a slow reader does to a writer, as book/gallery/buffers.json.

    python tools/record_buffers.py

Real sockets on 127.0.0.1 (Linux: the kernel is asked what it holds). The producer
appends 8 KiB every 10 ms to a queue; a writer passes them on whenever asyncio lets
it. The reader sleeps at first, then it reads at most 16 KiB every 20 ms.
"""

import array
import asyncio
import fcntl
import json
import termios
import time
from collections import deque
from pathlib import Path

from servers.network.tcp_pair import tcp_pair

TARGET = Path(__file__).parents[1] / "book" / "gallery" / "buffers.json"
CHUNK, EVERY_S, PRODUCED = bytes(8192), 0.01, 60
ASLEEP_S, READ_BYTES, READ_EVERY_S = 0.5, 16384, 0.02
SAMPLE_S, HIGH, LOW = 0.02, 65536, 16384


class Writer(asyncio.Protocol):
    """Knows whether asyncio has told it to wait."""

    def __init__(self):
        self.paused, self.queue = False, deque()

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=HIGH, low=LOW)

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        self.pass_on()

    def pass_on(self):
        while self.queue and not self.paused:
            self.transport.write(self.queue.popleft())


def held(sock, request):
    size = array.array("i", [0])
    fcntl.ioctl(sock.fileno(), request, size)
    return size[0]


async def produce(writer):
    for _ in range(PRODUCED):
        writer.queue.append(CHUNK)
        writer.pass_on()
        await asyncio.sleep(EVERY_S)


async def read_slowly(sock):
    await asyncio.sleep(ASLEEP_S)
    loop = asyncio.get_running_loop()
    while True:
        if not await loop.sock_recv(sock, READ_BYTES):
            return
        await asyncio.sleep(READ_EVERY_S)


def sample(writer, out, into, start):
    return {
        "time_ms": round((time.perf_counter() - start) * 1000, 1),
        "application_bytes": sum(map(len, writer.queue)),
        "transport_bytes": writer.transport.get_write_buffer_size(),
        # What was sent and not yet acknowledged, and what came and was not yet read.
        "kernel_bytes": held(out, termios.TIOCOUTQ) + held(into, termios.FIONREAD),
        "paused": writer.paused,
    }


async def watch(out, into):
    loop = asyncio.get_running_loop()
    transport, writer = await loop.create_connection(Writer, sock=out)
    tasks = [asyncio.create_task(t) for t in (produce(writer), read_slowly(into))]
    samples, start = [], time.perf_counter()
    while not tasks[0].done() or any(samples[-1][k] for k in samples[-1] if "_b" in k):
        samples.append(sample(writer, out, into, start))
        await asyncio.sleep(SAMPLE_S)
    transport.close()
    await asyncio.wait(tasks, timeout=2)
    return samples


async def main():
    with tcp_pair(32768) as (out, into):
        samples = await watch(out, into)
    limits = {"transport_bytes": {"high_bytes": HIGH, "low_bytes": LOW}}
    lines = ",\n  ".join(map(json.dumps, samples))
    text = f'{{"limits": {json.dumps(limits)},\n "samples": [\n  {lines}]}}\n'
    TARGET.write_text(text, "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
