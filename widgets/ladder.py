"""The message ladder: who said what when, and its bytes on demand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from traitlets import Int, List, TraitError, Unicode, observe, validate

from servers.network.trace import Trace
from servers.wire.dissect import dissect
from servers.wire.message import Message
from widgets import ladder_snapshot
from widgets.faces import style_of
from widgets.following import Followed
from widgets.ladder_following import LadderFollowing
from widgets.rows import KEYS, Ends, derive_columns, dict_of, packed_if_many, row_of


class Ladder(Followed):
    """Messages as arrows between the ends; choosing one opens its bytes.

    Args:
        trace_or_messages: A `Trace`, which is dissected, or a list of `Message`.
        lang: "en" or "vi".
        title: One line above the ladder; may be empty.
        store_times: Whether a stored output shows times. None: only when the trace
            has a virtual clock, since measured times differ from run to run and
            belong to the live face.
        ends: For connections that are not between a client and the server: who opened
            it and who took it, as in `{2: ("server-1", "broker")}`. An end is
            "client-2", "server", "server-1", "broker", or a name such as "An".

    Raises:
        TraitError: A value that cannot be shown; the sentence says which.

    >>> Ladder([Message(0.0, 1, "client", "request", "GET /chat")])
    1  client → server  GET /chat
    >>> Ladder([Message(0.0, 2, "client", "text", "news")], ends={2: ("An", "broker")})
    1  An → broker  news
    """

    _esm = Path(__file__).with_name("ladder.js")
    _css = style_of("ladder")
    stored: ClassVar[tuple[str, ...]] = ("lang", "title", "columns", "selected")

    title = Unicode("", help="One line above the ladder.").tag(sync=True)
    columns = List(help="Who takes part, from left to right: {id, label}.").tag(
        sync=True
    )
    messages = List(help="What was said: dicts, or `Message`s to turn into them.").tag(
        sync=True, to_json=lambda messages, _widget: packed_if_many(messages)
    )
    selected = Int(-1, help="Index of the open message; -1 for none.").tag(sync=True)

    def __init__(
        self,
        trace_or_messages: Trace | Iterable[Message | dict] = (),
        lang: str = "en",
        title: str = "",
        store_times: bool | None = None,
        ends: Ends | None = None,
        **traits: Any,
    ) -> None:
        messages = trace_or_messages
        self.store_times = store_times
        if isinstance(messages, Trace):
            self._choose_times(messages)
            # What a notebook stores shall hold no cookie and no token.
            messages = dissect(messages.redacted())
        self.ends = ends or {}
        self._derived: list[dict] = []
        super().__init__(messages=list(messages), lang=lang, title=title, **traits)

    def _choose_times(self, trace: Trace) -> None:
        if self.store_times is None:
            self.store_times = trace.clock == "virtual"

    def follow(self, trace: Trace | None = None, keep: int = 2000) -> LadderFollowing:
        """Shows the ladder and lets it grow with the trace.

            async with Ladder(lang=lang).follow(tap.trace):
                ...

        Args:
            trace: What is being recorded. None: messages come through `add`.
            keep: How many messages the kernel, the page and the stored output hold at
                most; older ones are dropped, and a note says how many.
        """
        if trace is not None:
            self._choose_times(trace)
        return LadderFollowing(self, trace, keep)

    @validate("messages")
    def _as_dicts(self, proposal: Any) -> list[dict]:
        return [self._as_dict(i, m) for i, m in enumerate(proposal["value"])]

    def _as_dict(self, index: int, message: Message | dict) -> dict:
        if isinstance(message, Message):
            return dict_of(row_of(index + 1, message, self.ends))
        if not isinstance(message, dict):
            raise TraitError(
                f"messages[{index}] is not a Message or a dict: {message!r}"
            )
        message = {"size": len(message.get("hex", "")) // 2} | message
        if missing := sorted(KEYS - message.keys()):
            raise TraitError(f"messages[{index}] lacks {', '.join(missing)}")
        return message

    @validate("selected")
    def _in_range(self, proposal: Any) -> int:
        if not -1 <= proposal["value"] < len(self.messages):
            count = len(self.messages)
            raise TraitError(f"selected is {proposal['value']} of {count} messages")
        return proposal["value"]

    @observe("messages", "lang")
    def _follow(self, _change: Any) -> None:
        if self.selected >= len(self.messages):
            self.selected = -1
        self.derive(m[end] for m in self.messages for end in ("sender", "receiver"))

    def derive(self, ends: Iterable[str]) -> None:
        """Makes the columns of these ends, unless they were set by hand."""
        if self.columns == self._derived:
            words = ladder_snapshot.LABELS[self.lang]
            self._derived = derive_columns(ends, words)
            self.columns = self._derived

    def stored_messages(self) -> list[dict]:
        """The messages as a stored output may hold them: the same on every run."""
        if self.store_times:
            return self.messages
        return [message | {"time_ms": None} for message in self.messages]

    def stored_state(self) -> dict[str, Any]:
        messages = packed_if_many(self.stored_messages())
        return super().stored_state() | {"messages": messages}

    def text(self) -> str:
        return ladder_snapshot.text(self)

    def snapshot(self) -> str:
        return ladder_snapshot.snapshot(self)
