"""What stands behind a tap on real sockets: two connections, and bytes in between."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import struct
from contextlib import suppress

from servers.network.faults import HandOn, Item, Way
from servers.network.listening import HOST

# How much may wait on a slow way before the relay stops reading.
HELD_BYTES = 256 * 1024


class Relay:
    """One relayed connection. Knows protocols, not streams: it doubles every byte.

    Args:
        near: The connection from the client, of which nothing was read yet.
        way: What the bytes pass in between.
        is_unbounded: Whether the way may keep as much as it wants.
    """

    def __init__(
        self, near: asyncio.WriteTransport, way: Way, is_unbounded: bool
    ) -> None:
        limit = math.inf if is_unbounded else HELD_BYTES
        self._near, self._far = _Side(limit), _Side(limit)
        self._near.other, self._far.other = self._far, self._near
        self._near.give = way("client", self._far.put)
        self._far.give = way("server", self._near.put)
        near.set_protocol(self._near)
        self._near.connection_made(near)
        self._task = asyncio.current_task()

    async def run(self, port: int) -> None:
        """Hand on what comes until both directions have ended.

        Raises:
            ConnectionRefusedError: Nobody listens on `port`.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self._far, HOST, port)
            self._near.start()
            self._far.start()
            await asyncio.gather(self._near.ended.wait(), self._far.ended.wait())
        finally:
            for side in (self._near, self._far):
                if side.transport:
                    side.transport.close()

    @property
    def is_cut(self) -> bool:
        return self._far.is_cut

    def cut(self) -> None:
        self._near.is_cut = self._far.is_cut = True

    def reset(self) -> None:
        _reset(self._far.transport)
        _reset(self._near.transport)

    def abort(self) -> None:
        self._task.cancel()


class _Side(asyncio.Protocol):
    """One end of the relay: what comes goes to `give`, what is `put` goes out."""

    give: HandOn
    other: _Side

    def __init__(self, limit_bytes: float) -> None:
        self.transport: asyncio.Transport | None = None
        self.is_cut = False
        self.ended = asyncio.Event()  # nothing more goes out here
        self._limit_bytes = limit_bytes
        self._held_bytes = 0  # came in on the other side, and is still on its way
        self._is_full = False  # the transport takes no more for now
        self._finished = False  # nothing more comes in here
        # What came before the other side was there; None from then on.
        self._early: list[Item] | None = []

    def start(self) -> None:
        """The other side is there: give it what came, and what comes."""
        early, self._early = self._early, None
        for item in early:
            self._take(item)
        self.other._balance()

    # What comes in

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        self._take(data)

    def eof_received(self) -> bool:
        self._take("fin")
        return True  # the other direction goes on

    def connection_lost(self, error: Exception | None) -> None:
        if isinstance(error, ConnectionError) and not self._finished:
            self._take("reset")

    def _take(self, item: Item) -> None:
        if self._early is not None:
            self._early.append(item)
        elif isinstance(item, str):
            self._finished = True
            self.give(item)
        else:
            self.other._held_bytes += len(item)
            self.give(item)
            self.other._balance()

    # What goes out

    def put(self, item: Item) -> None:
        if self.is_cut:
            return
        if item == "reset":
            _reset(self.transport)
            self.ended.set()
            self.other.ended.set()
        elif item == "fin":
            # Fails when the other end is gone, which is found by reading.
            with suppress(OSError):
                self.transport.write_eof()
            self.ended.set()
        else:
            self.transport.write(item)
            self._held_bytes -= len(item)
            self._balance()

    def pause_writing(self) -> None:
        self._is_full = True
        self._balance()

    def resume_writing(self) -> None:
        self._is_full = False
        self._balance()

    def _balance(self) -> None:
        """The other side reads as long as this one keeps up."""
        if self._is_full or self._held_bytes > self._limit_bytes:
            self.other.transport.pause_reading()
        elif not self.other._finished:  # else it would read the end once more
            self.other.transport.resume_reading()


def _reset(transport: asyncio.Transport | None) -> None:
    # With a linger time of 0 the system sends RST in place of FIN.
    if transport and not transport.is_closing():
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
