"""What happens to bytes on their way, named as people meet it.

Each fault is a plain value. Give as many as you like, in the order in which they
stand between client and server, to `in_memory(...)` or to `tapping(server, ...)`.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from servers.network.trace import Sender

# What travels in one direction: bytes, or the end of the stream.
Item = bytes | Literal["fin", "reset"]
HandOn = Callable[[Item], None]
# From the end that sends, and whom to hand its items on to: whom to give them to.
Way = Callable[[Sender, HandOn], HandOn]

# What one packet carries over Ethernet: 1,500 bytes less two headers of 20.
PACKET_BYTES = 1460


class Fault(Protocol):
    """Anything that can stand between client and server."""

    def open(self, loop: asyncio.AbstractEventLoop, chance: random.Random) -> Way:
        """The way of one new connection through this fault."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """A line that takes its time. It keeps the order and loses nothing, as TCP does.

    Args:
        rtt_ms: Milliseconds there and back; each direction takes half of it.
        jitter_ms: Up to so much is added at random, each time.
        bytes_per_s: How much passes in a second, per connection and direction.

    Not handled here: lost packets; TCP hides them as jitter.

    >>> Link(rtt_ms=180, jitter_ms=20).rtt_ms
    180
    """

    rtt_ms: float = 0.0
    jitter_ms: float = 0.0
    bytes_per_s: float = math.inf

    def open(self, loop: asyncio.AbstractEventLoop, chance: random.Random) -> Way:
        return lambda sender, hand_on: _Queue(self, hand_on, loop, chance).put


@dataclass(frozen=True, slots=True)
class SlowReader:
    """A client that takes only so many bytes in a second from the server."""

    bytes_per_s: float

    def open(self, loop: asyncio.AbstractEventLoop, chance: random.Random) -> Way:
        slow = Link(bytes_per_s=self.bytes_per_s).open(loop, chance)
        return lambda sender, hand_on: (
            slow(sender, hand_on) if sender == "server" else hand_on
        )


@dataclass(frozen=True, slots=True)
class Nat:
    """A router that forgets a connection nobody used for `idle_s` seconds.

    From then on it drops what comes, from either side, and tells nobody.
    """

    idle_s: float

    def open(self, loop: asyncio.AbstractEventLoop, chance: random.Random) -> Way:
        last_s = loop.time()

        def way(sender: Sender, hand_on: HandOn) -> HandOn:
            def pass_on(item: Item) -> None:
                nonlocal last_s
                if loop.time() - last_s > self.idle_s:
                    last_s = -math.inf  # forgotten for good
                else:
                    last_s = loop.time()
                    hand_on(item)

            return pass_on

        return way


@dataclass(frozen=True, slots=True)
class Outage:
    """A line that is dead for a while: what is sent then is lost, and nobody is told.

    Args:
        from_s, to_s: When it dies and lives again, counted from the moment at which
            the connection was opened.

    Not handled here: TCP, which sends again what was lost.
    """

    from_s: float
    to_s: float

    def open(self, loop: asyncio.AbstractEventLoop, chance: random.Random) -> Way:
        opened_s = loop.time()

        def way(sender: Sender, hand_on: HandOn) -> HandOn:
            def pass_on(item: Item) -> None:
                if not self.from_s <= loop.time() - opened_s < self.to_s:
                    hand_on(item)

            return pass_on

        return way


@dataclass(frozen=True, slots=True)
class CuttingProxy:
    """A proxy that hands the server's bytes on in pieces.

    Args:
        every_bytes: The size of a piece.
        gap_ms: The time between two pieces; without one, the reader may find several
            pieces joined.
    """

    every_bytes: int
    gap_ms: float = 1.0

    def open(self, loop: asyncio.AbstractEventLoop, chance: random.Random) -> Way:
        size = self.every_bytes

        def way(sender: Sender, hand_on: HandOn) -> HandOn:
            if sender == "client":
                return hand_on
            pieces = _Queue(Link(), hand_on, loop, chance, gap_s=self.gap_ms / 1000)

            def cut(item: Item) -> None:
                if isinstance(item, str):
                    pieces.put(item)
                else:
                    for start in range(0, len(item), size):
                        pieces.put(item[start : start + size])

            return cut

        return way


@dataclass(frozen=True, slots=True)
class BufferingProxy:
    """A proxy that keeps a response until its last byte, then hands it on at once.

    An event stream has no last byte: the client gets nothing. A connection that
    became a WebSocket passes, as through nginx with `Upgrade` set.

    Not handled here: a limit of what it keeps; responses to HEAD.
    """

    def open(self, loop: asyncio.AbstractEventLoop, chance: random.Random) -> Way:
        return lambda sender, hand_on: (
            _Response(hand_on).put if sender == "server" else hand_on
        )


def through(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults, checked.

    Raises:
        TypeError: One of them is not a fault, such as the class in place of a value.
    """
    faults = tuple(faults)
    for fault in faults:
        if isinstance(fault, type) or not hasattr(fault, "open"):
            raise TypeError(f"a fault is a value such as Link(rtt_ms=180): {fault!r}")
    return faults


def keeps(faults: Iterable[Fault]) -> bool:
    """Whether one of the faults keeps bytes until it has all: no window limits it."""
    return any(isinstance(fault, BufferingProxy) for fault in faults)


def join(
    faults: Iterable[Fault], loop: asyncio.AbstractEventLoop, chance: random.Random
) -> Way:
    """The way of one new connection through all the faults."""
    ways = [fault.open(loop, chance) for fault in faults]

    def way(sender: Sender, hand_on: HandOn) -> HandOn:
        # Built from the end that receives.
        for one in reversed(ways) if sender == "client" else ways:
            hand_on = one(sender, hand_on)
        return hand_on

    return way


class _Queue:
    """Items on their way: what is put in comes out later, in the same order."""

    def __init__(
        self,
        link: Link,
        hand_on: HandOn,
        loop: asyncio.AbstractEventLoop,
        chance: random.Random,
        gap_s: float = 0.0,
    ) -> None:
        self._link = link
        self._hand_on = hand_on
        self._loop = loop
        self._chance = chance
        self._gap_s = gap_s
        self._items: deque[tuple[float, Item]] = deque()
        self._free_s = 0.0  # when the line has sent what it was given so far
        self._last_s = 0.0  # when the last item arrives

    def put(self, item: Item) -> None:
        size = PACKET_BYTES if self._link.bytes_per_s < math.inf else len(item)
        if isinstance(item, str):
            self._schedule(item, 0)
        else:
            for start in range(0, len(item), size):
                packet = item[start : start + size]
                self._schedule(packet, len(packet))

    def _schedule(self, item: Item, size: int) -> None:
        link = self._link
        sent_s = max(self._loop.time(), self._free_s) + size / link.bytes_per_s
        self._free_s = sent_s + self._gap_s
        due_s = sent_s + link.rtt_ms / 2000
        if link.jitter_ms:
            due_s += self._chance.random() * link.jitter_ms / 1000
        self._last_s = max(self._last_s, due_s)
        self._items.append((self._last_s, item))
        if len(self._items) == 1:
            self._loop.call_at(self._last_s, self._arrive)

    def _arrive(self) -> None:
        # The timer was for the first item: it has come, whatever the clock rounds to.
        now_s = max(self._items[0][0], self._loop.time())
        come: list[bytes] = []
        ends: list[Item] = []
        while self._items and self._items[0][0] <= now_s and not (self._gap_s and come):
            item = self._items.popleft()[1]
            (ends if isinstance(item, str) else come).append(item)
        if self._items:
            self._loop.call_at(self._items[0][0], self._arrive)
        if come:
            self._hand_on(b"".join(come))
        for end in ends:
            self._hand_on(end)


_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*([0-9]+)")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding:.*chunked")
_SWITCHED = re.compile(rb"HTTP/1\.[01] 101")


class _Response:
    """The responses of one connection, each handed on when it is whole."""

    def __init__(self, hand_on: HandOn) -> None:
        self._hand_on = hand_on
        self._kept = b""
        self._switched = False

    def put(self, item: Item) -> None:
        if isinstance(item, str):
            if self._kept:
                self._hand_on(self._kept)
            self._kept = b""
            self._hand_on(item)
            return
        self._kept += item
        while size := self._whole():
            self._hand_on(self._kept[:size])
            self._kept = self._kept[size:]

    def _whole(self) -> int:
        """The size of the first whole response; 0: not yet."""
        self._switched = self._switched or bool(_SWITCHED.match(self._kept))
        if self._switched:
            return len(self._kept)
        head, blank, body = self._kept.partition(b"\r\n\r\n")
        if not blank:
            return 0
        size = len(head) + len(blank)
        if _CHUNKED.search(head):
            end = body.find(b"0\r\n\r\n")
            return size + end + 5 if end >= 0 else 0
        if length := _LENGTH.search(head):
            size += int(length[1])
            return size if size <= len(self._kept) else 0
        return size if head.split(b" ")[1] in (b"204", b"304") else 0
