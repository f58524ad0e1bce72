"""A trace on the ladder while it grows: never more than fits."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from servers.network.redaction import redact, redact_frames
from servers.network.trace import Segment, Trace
from servers.wire.dissect import Dissector, dissect
from servers.wire.frames import OPCODES
from servers.wire.message import Message
from servers.wire.unread import Framed
from widgets.following import Following
from widgets.rows import dict_of, pack, row_of

if TYPE_CHECKING:
    from widgets.ladder import Ladder

# So many segments keep the event loop for less than a tenth of a second.
MOST_SEGMENTS = 5000
# Of more messages in one batch than these the last ones are shown.
MOST_ROWS = 300


def without_secrets(message: Message) -> Message:
    """The message with cookies and tokens redacted: it may be stored."""
    if message.kind in OPCODES.values():
        return _frame_without_secrets(message)
    clean = redact(message.data)
    if clean == message.data:
        return message
    if message.kind not in ("request", "response", "bytes"):
        return _with(message, clean)
    where = (message.time_ms, message.connection, message.sender)
    return dissect([Segment(*where, clean)])[0]


def _frame_without_secrets(message: Message) -> Message:
    clean = redact_frames(message.data)
    return message if clean == message.data else _with(message, clean)


def _with(message: Message, data: bytes) -> Message:
    # A message from the middle of a connection cannot be dissected by itself.
    def clean(text: str) -> str:
        return redact(text.encode()).decode()

    fields = tuple(replace(field, value=clean(field.value)) for field in message.fields)
    return replace(message, data=data, summary=clean(message.summary), fields=fields)


class LadderFollowing(Following):
    """What `Ladder.follow` gives: what the trace records reaches the page.

    `add` takes messages that come from elsewhere. After the block the ladder holds
    the last `keep` messages.
    """

    _widget: Ladder

    def __init__(self, ladder: Ladder, trace: Trace | None, keep: int) -> None:
        super().__init__(ladder)
        self.count = 0
        self._trace = trace
        self._kept: deque[tuple[int, Message | Framed]] = deque(maxlen=keep)
        self._dissector = Dissector()
        self._ids: dict[str, None] = {}
        self._seen = self._sent = 0

    def add(self, messages: Iterable[Message | Framed]) -> None:
        """Takes more messages; the oldest are forgotten when there are too many."""
        for message in messages:
            self.count += 1
            self._kept.append((self.count, message))

    def _begin(self) -> None:
        self._widget.messages = []

    def _beat(self) -> None:
        self._read(MOST_SEGMENTS)
        self._send()

    def _read(self, most: int | None = None) -> None:
        if self._trace is not None:
            until = None if most is None else self._seen + most
            segments = self._trace.segments[self._seen : until]
            self._seen += len(segments)
            self.add(self._dissector.frame(segments))

    def _row(self, step: int, found: Message | Framed) -> tuple:
        if isinstance(found, Framed):
            found = without_secrets(found.message())
        return row_of(step, found, self._widget.ends)

    def _send(self) -> None:
        """What is new in one widget message; of too many the last ones.

        The page sees the gap by their numbers, and shows only what is whole behind it.
        """
        new = min(self.count - self._sent, len(self._kept), MOST_ROWS)
        self._sent = self.count
        if not new:
            return
        ladder = self._widget
        latest = reversed(list(islice(reversed(self._kept), new)))
        rows = [self._row(*one) for one in latest]
        ends = {end for row in rows for end in row[3:5]}
        if not ends <= self._ids.keys():
            self._ids |= dict.fromkeys(sorted(ends))
            ladder.derive(self._ids)
        batch = json.dumps(pack(rows), ensure_ascii=False).encode()
        ladder.send({"type": "batch", "keep": self._kept.maxlen}, [batch])

    def _end(self) -> None:
        self._read()
        self.add(map(without_secrets, self._dissector.rest()))
        self._widget.messages = [dict_of(self._row(*one)) for one in self._kept]
