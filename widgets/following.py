"""A trace on the page while it grows: in batches, and never more than fits."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING

from IPython import get_ipython
from IPython.display import display

from servers.network.redaction import redact
from servers.network.trace import Segment, Trace
from servers.wire.dissect import Dissector, dissect
from servers.wire.message import Message
from widgets.rows import dict_of, pack, row_of

if TYPE_CHECKING:
    from widgets.ladder import Ladder

# One widget message for each event saturates near 1,200 a second; batches do not.
BATCHES_PER_S = 30
# So many segments keep the event loop for less than a tenth of a second.
MOST_SEGMENTS = 5000
VIEW = "application/vnd.jupyter.widget-view+json"
BLANK = {"text/plain": ""}


def without_secrets(message: Message) -> Message:
    """The message with cookies and tokens redacted: it may be stored."""
    if message.kind not in ("request", "response", "bytes"):
        return message
    clean = redact(message.data)
    if clean == message.data:
        return message
    where = (message.time_ms, message.connection, message.sender)
    return dissect([Segment(*where, clean)])[0]


class Following:
    """What `Ladder.follow` gives: an asynchronous context manager.

    Inside it, what the trace records reaches the page 30 times a second; `add` takes
    messages that come from elsewhere. After it, no task is left and the ladder holds
    the last `keep` messages, like any other.
    """

    def __init__(self, ladder: Ladder, trace: Trace | None, keep: int) -> None:
        self.count = 0
        self._ladder, self._trace = ladder, trace
        self._kept: deque[tuple[int, Message]] = deque(maxlen=keep)
        self._dissector = Dissector()
        self._ids: dict[str, None] = {}
        self._seen = self._sent = 0

    def add(self, messages: Iterable[Message]) -> None:
        """Takes more messages; the oldest are forgotten when there are too many."""
        for message in messages:
            self.count += 1
            self._kept.append((self.count, message))

    async def __aenter__(self) -> Following:
        with self._ladder.hold_sync():
            self._ladder.messages = []
            self._ladder.following = True
        self._shown = None
        if get_ipython():
            # Only the live face: what is stored comes at the end, and whole.
            live, _ = self._ladder._repr_mimebundle_()
            live = {kind: live[kind] for kind in live if kind == VIEW}
            self._shown = display(live | BLANK, raw=True, display_id=True)
        self._task = asyncio.create_task(self._run(), name="a ladder follows")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._task.cancel()
        try:
            await asyncio.wait([self._task])
        finally:
            self._finish()
        if not self._task.cancelled():
            self._task.result()

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            self._read(MOST_SEGMENTS)
            self._send()
            # Late once, it comes sooner next; but the program has its turn in between.
            due = max(due + 1 / BATCHES_PER_S, clock() + 0.005)
            await asyncio.sleep(due - clock())

    def _read(self, most: int | None = None) -> None:
        if self._trace is not None:
            until = None if most is None else self._seen + most
            segments = self._trace.segments[self._seen : until]
            self._seen += len(segments)
            self.add(map(without_secrets, self._dissector.take(segments)))

    def _send(self) -> None:
        """Everything new in one widget message; what would be dropped stays here."""
        new = min(self.count - self._sent, len(self._kept))
        self._sent = self.count
        if not new:
            return
        ladder = self._ladder
        latest = reversed(list(islice(reversed(self._kept), new)))
        rows = [row_of(step, message, ladder.ends) for step, message in latest]
        ends = {end for row in rows for end in row[3:5]}
        if not ends <= self._ids.keys():
            self._ids |= dict.fromkeys(sorted(ends))
            ladder.derive(self._ids)
        batch = json.dumps(pack(rows), ensure_ascii=False).encode()
        ladder.send({"type": "batch", "keep": self._kept.maxlen}, [batch])

    def _finish(self) -> None:
        self._read()
        self.add(map(without_secrets, self._dissector.rest()))
        ladder = self._ladder
        rows = [row_of(step, message, ladder.ends) for step, message in self._kept]
        with ladder.hold_sync():
            ladder.messages = [dict_of(row) for row in rows]
            ladder.following = False
        if self._shown:
            self._shown.update(BLANK, raw=True)
            display(ladder)
