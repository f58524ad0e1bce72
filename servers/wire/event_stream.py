"""Event streams: the text that an EventSource reads, as events and back.

No socket, no asyncio, no clock: bytes in, events out, and back.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

MAX_EVENT_CHARACTERS = 1024 * 1024
# No wait that long is meant: 31 years. Longer numbers are read as this one.
MAX_RETRY_MS = 10**12
_LINE_END = re.compile("\r\n|\r|\n")
_DIGITS = re.compile("[0-9]+", re.ASCII)


class EventStreamError(ValueError):
    """A stream that does not end its lines or its events: give the connection up."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Event:
    """What the page's listener is given.

    Args:
        data: The lines of `data`, joined by newlines.
        type: "message" unless the stream named another.
        last_event_id: The last id the stream gave, with this event or before it.
    """

    data: str
    type: str = "message"
    last_event_id: str = ""


class EventStreamReader:
    r"""Reads an event stream, however its bytes were cut into pieces.

    Args:
        max_event_characters: Refuse events that are longer, in one line or in many.
        last_event_id: What an earlier connection left, when this one goes on from it.

    After reading, `last_event_id` is what a reconnecting client sends, and `retry_ms`
    how long it waits before (None until the stream says so).

    Source: WHATWG HTML §9.2.5 and §9.2.6. A carriage return ends its line at once: an
    event does not wait for a line feed that may never come.
    Not handled here: reconnecting, and the check of status and Content-Type.
    Taught in 30-event-stream.

    >>> reader = EventStreamReader()
    >>> reader.feed("id: 7\ndata: Xin chào\n\ndata: half".encode())
    >>> list(reader)
    [Event(data='Xin chào', type='message', last_event_id='7')]
    """

    def __init__(
        self,
        max_event_characters: int = MAX_EVENT_CHARACTERS,
        last_event_id: str = "",
    ) -> None:
        self.last_event_id = last_event_id
        self.retry_ms: int | None = None
        self.max_event_characters = max_event_characters
        # The standard decodes with replacement: no byte makes a stream unreadable.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_first = True
        self._after_cr = False
        self._text: deque[str] = deque()
        self._at = 0  # where the first piece of text goes on
        self._line: list[str] = []
        self._line_characters = 0
        self._id_buffer = last_event_id
        self._error: EventStreamError | None = None
        self._clear_event()

    def feed(self, data: bytes) -> None:
        """Add bytes; `read` then gives the events that they complete."""
        text = self._decoder.decode(data)
        if text and self._is_first:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        if text and self._error is None:
            self._text.append(text)

    def read(self) -> Event | None:
        """The next event; None until more bytes are fed.

        Raises:
            EventStreamError: An event is too long; every further call says it again.
        """
        while self._error is None and self._text:
            line = self._next_line()
            if line is None:
                break
            event = self._take_line(line)
            if event is not None:
                return event
        if self._error:
            raise self._error
        return None

    def __iter__(self) -> Iterator[Event]:
        """The events that can be read now.

        Raises:
            EventStreamError: As `read`, after the events before the fault.
        """
        while (event := self.read()) is not None:
            yield event

    def _next_line(self) -> str | None:
        while self._text:
            text = self._text[0]
            if self._after_cr:
                # The line feed after a carriage return may open the next piece.
                self._after_cr = False
                self._at += text[self._at] == "\n"
            end = _LINE_END.search(text, self._at)
            self._keep(text[self._at : end.start() if end else len(text)])
            if self._error:
                return None
            self._at = end.end() if end else len(text)
            self._after_cr = bool(end) and end[0] == "\r" and self._at == len(text)
            if self._at == len(text):
                self._text.popleft()
                self._at = 0
            if end:
                line, self._line, self._line_characters = "".join(self._line), [], 0
                return line
        return None

    def _keep(self, text: str) -> None:
        self._line.append(text)
        self._line_characters += len(text)
        if self._line_characters + self._data_characters > self.max_event_characters:
            limit = self.max_event_characters
            self._error = EventStreamError(
                f"An event has more than {limit} characters."
            )
            self._text.clear()
            self._clear_event()

    def _take_line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")  # a comment is a field without a name
        take = _FIELDS.get(name)
        if take:
            take(self, value.removeprefix(" "))
        return None

    def _dispatch(self) -> Event | None:
        self.last_event_id = self._id_buffer
        data, event_type = self._data, self._type
        self._clear_event()
        if not data:
            return None
        return Event("\n".join(data), event_type or "message", self.last_event_id)

    def _clear_event(self) -> None:
        self._data: list[str] = []
        self._data_characters = 0
        self._type = ""

    def _take_data(self, value: str) -> None:
        self._data.append(value)
        self._data_characters += len(value) + 1

    def _take_event(self, value: str) -> None:
        self._type = value

    def _take_id(self, value: str) -> None:
        if "\0" not in value:
            self._id_buffer = value

    def _take_retry(self, value: str) -> None:
        if _DIGITS.fullmatch(value):
            digits = value.lstrip("0")[:13] or "0"  # Python refuses endless numbers
            self.retry_ms = min(int(digits), MAX_RETRY_MS)


# The fields a line can set; every other name is ignored, the empty one (a comment) too.
_FIELDS = {
    "data": EventStreamReader._take_data,
    "event": EventStreamReader._take_event,
    "id": EventStreamReader._take_id,
    "retry": EventStreamReader._take_retry,
}


def serialise_event(
    data: str | None = None,
    *,
    event: str | None = None,
    event_id: str | None = None,
    retry_ms: int | None = None,
) -> bytes:
    r"""The bytes of one event.

    Args:
        data: What the listener gets; its line ends all become newlines. None sends no
            data, so that no listener hears of it and only id and retry are set.
        event: Its type; None is "message".
        event_id: What a reconnecting client sends as Last-Event-ID; "" forgets it.
        retry_ms: How long the client shall wait before it reconnects.

    Raises:
        ValueError: A type or id with a line end, or an id with NULL: it would be read
            as something else. Encode it first.

    Source: WHATWG HTML §9.2.5. Taught in 30-event-stream.

    >>> serialise_event("Xin\nchào", event_id="7")
    b'id: 7\ndata: Xin\ndata: ch\xc3\xa0o\n\n'
    """
    if _LINE_END.search((event or "") + (event_id or "")) or "\0" in (event_id or ""):
        raise ValueError("a line end or NULL in an event's type or id")
    if retry_ms is not None and not 0 <= retry_ms <= MAX_RETRY_MS:
        raise ValueError("retry is a number of milliseconds")
    given = [("event", event), ("id", event_id), ("retry", retry_ms)]
    lines = [f"{name}: {value}" for name, value in given if value is not None]
    if data is not None:
        lines += [f"data: {line}" for line in _LINE_END.split(data)]
    return "\n".join([*lines, "\n"]).encode()


def serialise_comment(text: str = "") -> bytes:
    r"""A comment, which keeps proxies awake and which no listener hears.

    Source: WHATWG HTML §9.2.7. Taught in 30-event-stream.

    >>> serialise_comment("still here")
    b': still here\n\n'
    """
    lines = [f": {line}" for line in _LINE_END.split(text)]
    return "\n".join([*lines, "\n"]).encode()
