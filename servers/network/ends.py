"""One end of a connection in memory: what a program holds in place of a TCP socket.

Knows nothing but asyncio's own interfaces: no sockets, no threads.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable

from servers.network.faults import HandOn, Item
from servers.network.memory_socket import Address, MemorySocket, reset_by_peer

# How many bytes may be under way or unread; then the sender waits. A real system's
# buffers on loopback hold several megabytes, so that backpressure starts later there.
WINDOW_BYTES = 256 * 1024
READ_BYTES = 256 * 1024
HIGH_WATER_BYTES = 64 * 1024


class End(asyncio.Transport):
    """asyncio's transport, over memory.

    Args:
        at, peer_at: Its own address and port, and the other end's.
        window_bytes: How much the other end takes before it has read some of it.
        when_closed: Called once this end is closed.

    Source: RFC 9293 §3.6 (closing), §3.8.6 (window), §3.5.2 (reset).
    """

    # aiohttp's files: the loop reads and writes them, there is no socket to send from.
    _sendfile_compatible = asyncio.constants._SendfileMode.FALLBACK

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        at: Address,
        peer_at: Address,
        window_bytes: int,
        when_closed: Callable[[End], None],
    ) -> None:
        self.socket = MemorySocket(at, peer_at)
        super().__init__({"sockname": at, "peername": peer_at, "socket": self.socket})
        self.peer: End
        self.send_on: HandOn
        self._loop = loop
        self._when_closed = when_closed
        self._protocol: asyncio.BaseProtocol | None = None
        self._context = contextvars.copy_context()
        # What the protocol wrote and the window does not let out yet.
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._room_bytes = window_bytes
        self._set_water_marks(HIGH_WATER_BYTES, None)
        self._writing_paused = False
        # What came and the protocol has not read yet.
        self._unread: deque[Item] = deque()
        self._reading_paused = False
        self._reading_soon = False
        self._closing = False  # the protocol reads and writes no more
        self.is_closed = False  # the system too
        self._finished = False  # no more will be written
        self._fin_sent = False
        self._torn = False  # the other end sent RST
        self.socket.is_readable = lambda: bool(self._unread) or self.is_closed
        self.deaf = False  # the cable is cut: nothing arrives any more

    # Opening

    def start(self, protocol: asyncio.BaseProtocol) -> None:
        """Tie the end to its program, which hears of it in today's context.

        As with a socket: whoever sends does not lend the reader a context.
        """
        self.set_protocol(protocol)
        self._context = contextvars.copy_context()
        self._soon(protocol.connection_made, self)
        if self._unread:
            self._read_soon()

    def _soon(self, call: Callable[..., object], *arguments: object) -> None:
        self._loop.call_soon(call, *arguments, context=self._context)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol
        self._fills_buffers = isinstance(protocol, asyncio.BufferedProtocol)

    def get_protocol(self) -> asyncio.BaseProtocol | None:
        return self._protocol

    # Writing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._finished:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._closing or not data:
            return
        if self._torn:
            self._lose(reset_by_peer())
            return
        if data.__class__ is not bytes:
            data = bytes(data)
        size = len(data)
        if self._unsent or size > self._room_bytes:
            self._unsent.append(data)
            self._unsent_bytes += size
            self._send()
            self._pause_if_full()
        else:
            self._room_bytes -= size
            self.send_on(data)

    def write_eof(self) -> None:
        if not (self._finished or self._closing):
            self._finished = True
            self._send()

    def can_write_eof(self) -> bool:
        return True

    def _send(self) -> None:
        """Let out what the window allows, then what waits for it to be out."""
        pieces = []
        while self._unsent and self._room_bytes:
            data = self._unsent.popleft()
            if len(data) > self._room_bytes:
                self._unsent.appendleft(data[self._room_bytes :])
                data = data[: self._room_bytes]
            self._room_bytes -= len(data)
            self._unsent_bytes -= len(data)
            pieces.append(data)
        if pieces:
            # In one, as TCP does: what is cut at the window's edge would be cut again
            # at each packet's, finer and finer.
            self.send_on(b"".join(pieces))
        if self._writing_paused and self._unsent_bytes <= self._low_bytes:
            self._writing_paused = False
            self._protocol.resume_writing()
        if self._unsent:
            return
        if self._closing:
            self._soon(self._close_now, None)
        elif self._finished and not self._fin_sent:
            self._fin_sent = True
            self.send_on("fin")

    def credit(self, size: float) -> None:
        """The other end has read `size` bytes: the window opens."""
        self._room_bytes += size
        if self._unsent:
            self._soon(self._send)

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        if high is None:
            high = HIGH_WATER_BYTES if low is None else 4 * low
        self._set_water_marks(high, low)
        self._pause_if_full()

    def _set_water_marks(self, high: int, low: int | None) -> None:
        low = high // 4 if low is None else low
        if not high >= low >= 0:
            raise ValueError(f"high ({high}) must be >= low ({low}) must be >= 0")
        self._high_bytes, self._low_bytes = high, low

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low_bytes, self._high_bytes

    def get_write_buffer_size(self) -> int:
        return self._unsent_bytes

    def _pause_if_full(self) -> None:
        if self._unsent_bytes > self._high_bytes and not self._writing_paused:
            self._writing_paused = True
            self._protocol.pause_writing()

    # Reading

    def arrive(self, item: Item) -> None:
        """Something came from the other end."""
        # Called for everything that passes: the usual case first.
        if self.deaf or self.is_closed or item.__class__ is str:
            if self.deaf:
                return
            if self.is_closed:
                # Nobody is here to read it; a stream that ended needs no answer.
                if not isinstance(item, str):
                    self.send_on("reset")
                return
            if item == "reset":
                self._torn = True
                if self._unsent:
                    self._lose(reset_by_peer())
        self._unread.append(item)
        if not self._reading_soon:
            self._read_soon()

    def _read_soon(self) -> None:
        if not (self._reading_soon or self._reading_paused or self._protocol is None):
            self._reading_soon = True
            self._loop.call_soon(self._read, context=self._context)

    def _read(self) -> None:
        self._reading_soon = False
        unread = self._unread
        if self._reading_paused or self._closing or not unread:
            return
        item = unread.popleft()
        if item.__class__ is not str:
            if unread:
                item = self._join_unread(item)
            self.peer.credit(len(item))
            if self._fills_buffers:
                _fill_buffers(self._protocol, item)
            else:
                self._protocol.data_received(item)
        elif item == "reset":
            self._lose(reset_by_peer())
        elif not self._protocol.eof_received():
            self.close()
        if unread:
            self._read_soon()

    def _join_unread(self, data: bytes) -> bytes:
        # A stream has no message boundaries: what lies there is read as one.
        unread = self._unread
        pieces, size = [data], len(data)
        while unread and not isinstance(unread[0], str) and size < READ_BYTES:
            pieces.append(unread.popleft())
            size += len(pieces[-1])
        return b"".join(pieces)

    def pause_reading(self) -> None:
        self._reading_paused = True

    def resume_reading(self) -> None:
        self._reading_paused = False
        if self._unread:
            self._read_soon()

    def is_reading(self) -> bool:
        return not (self._reading_paused or self._closing)

    # Closing

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            if not self._unsent:
                self._soon(self._close_now, None)

    def abort(self) -> None:
        self._lose(None)

    def _lose(self, error: OSError | None) -> None:
        self._unsent.clear()
        self._unsent_bytes = 0
        if not self.is_closed:
            self._closing = True
            self._soon(self._close_now, error)

    def _close_now(self, error: OSError | None) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        rst = self.socket.resets or any(not isinstance(i, str) for i in self._unread)
        self._unread.clear()
        try:
            if self._protocol is not None:
                self._protocol.connection_lost(error)
        finally:
            if self._torn:
                pass
            elif rst:
                self.send_on("reset")
            elif not self._fin_sent:
                self.send_on("fin")
            self._when_closed(self)


def _fill_buffers(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    while data:
        buffer = protocol.get_buffer(len(data))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]
