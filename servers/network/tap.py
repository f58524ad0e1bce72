"""The tap: a relay that writes down what passes, whatever library talks."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field

from servers.network.listening import HOST, HasPort, listening
from servers.network.seeding import seeding
from servers.network.trace import Segment, Sender, Trace

READ_BYTES = 64 * 1024
# After the client is done, the last bytes need a moment to pass the relay.
GRACE_S = 2.0


@dataclass
class Tap:
    """An open tap. Connect to `port` instead of the server's; read `trace`."""

    port: int
    trace: Trace = field(default_factory=Trace)

    def url(self, target: str = "/", scheme: str = "ws") -> str:
        """The address under which a client reaches the server through the tap."""
        return f"{scheme}://{HOST}:{self.port}{target}"


@asynccontextmanager
async def tapping(
    server: HasPort | int, *, seed: int | None = None
) -> AsyncIterator[Tap]:
    """A tap in front of a server on 127.0.0.1.

    Both directions of every connection are relayed unchanged and recorded as they
    pass, with their ends ("fin", "reset"). Leaving waits a moment for open
    connections to end, then cuts them.

    Args:
        server: The server, or its port.
        seed: With a number, keys, masks and session ids drawn while the tap is open
            are the same on every run, so that a recorded exchange can be compared.

    >>> async def demo():
    ...     async def shout(reader, writer):
    ...         writer.write((await reader.read(100))[::-1])
    ...     async with listening(shout) as port, tapping(port) as tap:
    ...         reader, writer = await asyncio.open_connection(HOST, tap.port)
    ...         writer.write(b"olleH")
    ...         answer = await reader.read()
    ...         writer.close()
    ...     return answer, tap.trace.stream(1, "client")
    >>> asyncio.run(demo())
    (b'Hello', b'olleH')
    """
    port = server if isinstance(server, int) else server.port
    began = time.perf_counter()
    trace = Trace()
    opened = 0

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        number = opened

        def record(sender: Sender) -> Callable[..., None]:
            def write_down(data: bytes = b"", event: str = "data") -> None:
                passed_ms = (time.perf_counter() - began) * 1000
                trace.record(Segment(passed_ms, number, sender, data, event))

            return write_down

        far_reader, far_writer = await asyncio.open_connection(HOST, port)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(_pump(reader, far_writer, record("client")))
                pumps.create_task(_pump(far_reader, writer, record("server")))
        except* ConnectionError:
            pass  # recorded as a reset, and handed on
        finally:
            far_writer.close()

    with seeding(seed) if seed is not None else nullcontext():
        async with listening(relay, grace_s=GRACE_S) as tap_port:
            yield Tap(tap_port, trace)


async def _pump(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    record: Callable[..., None],
) -> None:
    while True:
        try:
            data = await reader.read(READ_BYTES)
        except ConnectionError:
            record(event="reset")
            _reset(writer)
            raise  # ends the other direction too
        if not data:
            break
        record(data)
        # Writing to an end that is gone fails; its reset is found by reading.
        with suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
    record(event="fin")
    with suppress(OSError):
        writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    # With a linger time of 0 the system sends RST in place of FIN.
    if not writer.transport.is_closing():
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
