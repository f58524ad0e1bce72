"""The newest events of a stream, kept so that a client goes on where it was cut.

No socket, no asyncio, no clock: values in, bytes out.
"""

from __future__ import annotations

import json
import re
from collections import deque

from servers.wire.event_stream import serialise_event
from servers.wire.http_head import HandshakeError

MAX_EVENTS = 1000
MAX_BYTES = 4 * 1024 * 1024
# The type of the event that tells a client what it has missed for good.
GAP = "gap"
_ID = re.compile("0|[1-9][0-9]{0,17}", re.ASCII)


class EventLog:
    r"""Events with the ids 1, 2, 3 …, as the bytes that are sent, oldest first.

    The log is one long text of which the newest part is kept. A client is a place in
    it, a number of bytes: what lies behind `end` is all that it still has to get,
    and before `start` nothing is kept.

    Args:
        max_events, max_bytes: Older events are dropped beyond either. The newest is
            always kept, however long it is.

    Source: WHATWG HTML §9.2.4 (Last-Event-ID).
    Not handled here: a log that outlives the process. One that begins anew counts
    from 1 again, and a client that comes with an older id sees that only as long as
    the new log is shorter; ids from a database do not repeat.
    Taught in 31-resume.

    >>> log = EventLog(max_events=2)
    >>> for data in ("Xin chào", "Đà Nẵng", "Huế"):
    ...     newest = log.append(data)
    >>> log.first_id, newest
    (2, 3)
    >>> place, told = log.resume("2")
    >>> log.read(place)
    b'id: 3\ndata: Hu\xe1\xba\xbf\n\n'
    >>> log.resume("0")[1]
    b'event: gap\nid: 1\ndata: {"after": 0, "next": 2}\n\n'
    """

    def __init__(
        self, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES
    ) -> None:
        if max_events < 1:
            raise ValueError("a log keeps at least the newest event")
        self.max_events = max_events
        self.max_bytes = max_bytes
        self.first_id = 1  # of the oldest event that is kept
        self.start = 0  # its place
        self._kept = bytearray()
        self._ends: deque[int] = deque()  # the place behind each event that is kept

    @property
    def last_id(self) -> int:
        """The id of the newest event; 0 before the first."""
        return self.first_id + len(self._ends) - 1

    @property
    def end(self) -> int:
        """The place behind the newest event."""
        return self.start + len(self._kept)

    def append(self, data: str, event: str | None = None) -> int:
        """Add an event; its id.

        Raises:
            ValueError: As `serialise_event`.
        """
        event_id = self.last_id + 1
        self._kept += serialise_event(data, event=event, event_id=str(event_id))
        self._ends.append(self.end)
        while len(self._ends) > 1 and (
            len(self._ends) > self.max_events or len(self._kept) > self.max_bytes
        ):
            start = self._ends.popleft()
            del self._kept[: start - self.start]
            self.start = start
            self.first_id += 1
        return event_id

    def read(self, place: int, size: int | None = None) -> bytes:
        """What lies behind a place, at most `size` bytes of it.

        Raises:
            LookupError: The place is no longer kept.
        """
        if place < self.start:
            raise LookupError("What comes next was dropped.")
        at = place - self.start
        return bytes(self._kept[at:] if size is None else self._kept[at : at + size])

    def resume(self, last_event_id: str) -> tuple[int, bytes]:
        """Where a client goes on, and what it is told before that.

        Args:
            last_event_id: What it sent as Last-Event-ID. "0" asks for all there is,
                "" for what is still to come.

        A client without an id is given the newest one without an event: cut off before
        the first event, it asks for what came after that.

        A client that has missed events for good is told: with an event of type "gap",
        whose data says after which id it asked and which comes next. That is also
        what it gets for an id which was never given here: the ids began anew.

        Raises:
            HandshakeError: 400, this is no id of this stream.
        """
        if not last_event_id:
            return self.end, serialise_event(event_id=str(self.last_id))
        if not _ID.fullmatch(last_event_id):
            raise HandshakeError(400, "Last-Event-ID is no id of this stream.")
        after = int(last_event_id)
        before = self.first_id - 1
        if before < after <= self.last_id:
            return self._ends[after - self.first_id], b""
        if after == before:
            return self.start, b""
        told = json.dumps({"after": after, "next": self.first_id})
        return self.start, serialise_event(told, event=GAP, event_id=str(before))
