"""What stands behind a tap on real sockets: two connections, and bytes in between."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import struct
from contextlib import suppress

from servers.network.faults import HandOn, Item, Way

READ_BYTES = 64 * 1024
# How much may wait on a slow way before the relay stops reading.
HELD_BYTES = 256 * 1024

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Relay:
    """One relayed connection.

    Args:
        near, far: Towards the client, towards the server.
        way: What the bytes pass in between.
        is_unbounded: Whether the way may keep as much as it wants.
    """

    def __init__(
        self, near: Streams, far: Streams, way: Way, is_unbounded: bool
    ) -> None:
        limit = math.inf if is_unbounded else HELD_BYTES
        self._to_server = _Outlet(far[1], limit)
        self._to_client = _Outlet(near[1], limit)
        self._inlets = (
            (near[0], way("client", self._to_server.put), self._to_server),
            (far[0], way("server", self._to_client.put), self._to_client),
        )
        self._task = asyncio.current_task()

    async def run(self) -> None:
        """Hand on what comes until both directions have ended."""
        try:
            async with asyncio.TaskGroup() as pumps:
                for inlet in self._inlets:
                    pumps.create_task(_pump(*inlet))
        except* ConnectionError:
            pass  # recorded as a reset, and handed on
        finally:
            self._to_server.writer.close()
            self._to_client.writer.close()

    @property
    def is_cut(self) -> bool:
        return self._to_server.is_cut

    def cut(self) -> None:
        self._to_server.is_cut = self._to_client.is_cut = True

    def reset(self) -> None:
        _reset(self._to_server.writer)
        _reset(self._to_client.writer)

    def abort(self) -> None:
        self._task.cancel()


class _Outlet:
    """Where one direction leaves the relay."""

    def __init__(self, writer: asyncio.StreamWriter, limit_bytes: float) -> None:
        self.writer = writer
        self.is_cut = False
        self.ended = asyncio.Event()
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    def hold(self, size: int) -> None:
        self._held_bytes += size
        if self._held_bytes > self._limit_bytes:
            self._has_room.clear()

    def put(self, item: Item) -> None:
        if self.is_cut:
            return
        if item == "reset":
            _reset(self.writer)
        elif item == "fin":
            # Fails when the other end is gone, which is found by reading.
            with suppress(OSError):
                self.writer.write_eof()
        else:
            self.writer.write(item)
            self._held_bytes -= len(item)
            if self._held_bytes <= self._limit_bytes:
                self._has_room.set()
            return
        self.ended.set()

    async def room(self) -> None:
        await self._has_room.wait()
        # Writing to an end that is gone fails; its reset is found by reading.
        with suppress(ConnectionError):
            await self.writer.drain()


async def _pump(reader: asyncio.StreamReader, give: HandOn, outlet: _Outlet) -> None:
    while True:
        try:
            data = await reader.read(READ_BYTES)
        except ConnectionError:
            give("reset")
            await outlet.ended.wait()
            raise  # ends the other direction too
        if not data:
            break
        outlet.hold(len(data))
        give(data)
        await outlet.room()
    give("fin")
    await outlet.ended.wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    # With a linger time of 0 the system sends RST in place of FIN.
    if not writer.transport.is_closing():
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
