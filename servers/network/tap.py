"""The tap: everything that passes is written down, whatever library talks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Protocol

from servers.network.connections import Connection
from servers.network.faults import Fault, HandOn, Item, Way, join, keeps, through
from servers.network.listening import HOST, HasPort, clock_kind, listening
from servers.network.memory import network_here
from servers.network.network import Network, TapPort
from servers.network.relay import Relay
from servers.network.seeding import chance, seeding
from servers.network.trace import Segment, Sender, Trace

# After the client is done, the last bytes need a moment to pass.
GRACE_S = 2.0


class Tapped(Protocol):
    """A connection that passes a tap: in memory, or relayed."""

    is_cut: bool

    def cut(self) -> None: ...
    def reset(self) -> None: ...
    def abort(self) -> None: ...


@dataclass
class Tap:
    """An open tap. Connect to `port` instead of the server's; read `trace`."""

    port: int = 0
    trace: Trace = field(default_factory=Trace)
    _open: dict[Tapped, None] = field(default_factory=dict)
    _opened: int = 0

    def url(self, target: str = "/", scheme: str = "ws") -> str:
        """The address under which a client reaches the server through the tap."""
        return f"{scheme}://{HOST}:{self.port}{target}"

    def cut(self) -> None:
        """Pull the cable of every open connection: half-open, and nobody is told.

        What is sent is still recorded, and does not arrive. New connections work.
        """
        for connection in list(self._open):
            connection.cut()

    def reset(self) -> None:
        """Tear down every open connection: both ends get RST."""
        for connection in list(self._open):
            connection.reset()

    def _abort_cut(self) -> None:
        for connection in [c for c in self._open if c.is_cut]:
            connection.abort()


@asynccontextmanager
async def tapping(
    server: HasPort | int, *faults: Fault, seed: int | None = None
) -> AsyncIterator[Tap]:
    """A tap in front of a server on 127.0.0.1, or in memory.

    Both directions of every connection are handed on unchanged and recorded when
    they were sent, with their ends ("fin", "reset"). Leaving waits a moment for open
    connections to end, then cuts them.

    Args:
        server: The server, another tap, or its port.
        faults: What the bytes meet between the tap and the other end, seen from the
            client. A tap in front of this one sees what comes through.
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
    network = network_here()
    tap = Tap(trace=Trace(clock=clock_kind()))
    with seeding(seed) if seed is not None else nullcontext():
        passage = _passage(tap, through(faults))
        opening = (
            _watching(network, port, tap, passage, keeps(faults))
            if network
            else _relaying(port, tap, passage, keeps(faults))
        )
        async with opening as tap.port:
            yield tap


def _passage(tap: Tap, faults: tuple[Fault, ...]) -> Callable[[], Way]:
    """For each new connection: past the eye of the tap, then through the faults."""
    loop = asyncio.get_running_loop()
    is_virtual = tap.trace.clock == "virtual"
    now_s = loop.time if is_virtual else time.monotonic
    began_s = now_s()
    dice = chance()
    write = tap.trace.writer()

    def open_way() -> Way:
        tap._opened += 1
        number = tap._opened
        rest = join(faults, loop, dice)

        def way(sender: Sender, hand_on: HandOn) -> HandOn:
            then = rest(sender, hand_on)
            # Called for everything that passes: no detours.
            record, new = write, tuple.__new__

            def write_down(item: Item) -> None:
                passed_ms = (now_s() - began_s) * 1000
                if is_virtual:
                    # To a nanosecond: finer is the rounding of seconds, not time.
                    passed_ms = round(passed_ms, 6)
                if item.__class__ is bytes:
                    # A third of the time that Segment(...) takes.
                    record(new(Segment, (passed_ms, number, sender, item, "data")))
                else:
                    record(Segment(passed_ms, number, sender, b"", item))
                then(item)

            return write_down

        return way

    return open_way


@asynccontextmanager
async def _watching(
    network: Network,
    port: int,
    tap: Tap,
    passage: Callable[[], Way],
    is_unbounded: bool,
) -> AsyncIterator[int]:
    """In memory nothing is relayed: the tap looks on."""
    idle = asyncio.Event()

    def opened(connection: Connection) -> Way:
        tap._open[connection] = None
        if is_unbounded:
            connection.lift_window()
        return passage()

    def closed(connection: Connection) -> None:
        del tap._open[connection]
        if not tap._open:
            idle.set()

    tap_port = network.tap(TapPort(port, opened, closed))
    try:
        yield tap_port
        tap._abort_cut()
        if tap._open:
            idle.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S):
                    await idle.wait()
    finally:
        network.untap(tap_port)
        for connection in list(tap._open):
            connection.abort()


@asynccontextmanager
async def _relaying(
    port: int, tap: Tap, passage: Callable[[], Way], is_unbounded: bool
) -> AsyncIterator[int]:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Before the loop reads: the relay's own protocols take over from the streams.
        one = Relay(writer.transport, passage(), is_unbounded)
        tap._open[one] = None
        try:
            await one.run(port)
        finally:
            del tap._open[one]

    async with listening(relay, grace_s=GRACE_S) as tap_port:
        yield tap_port
        tap._abort_cut()
