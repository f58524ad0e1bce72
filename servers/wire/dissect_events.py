"""The events of an event stream as messages with fields, chunk framing included.

No socket, no asyncio, no clock: bytes in, values out.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from servers.wire.dissect_chunks import list_framing
from servers.wire.event_stream import Event, EventStreamError, EventStreamReader
from servers.wire.http_body import BodyReader, Piece
from servers.wire.http_head import HandshakeError
from servers.wire.message import Field
from servers.wire.unread import MIDDLE, Read, unread

_TOKEN = re.compile(rb"[^\r\n]+|\r|\n")
_SOURCE = "WHATWG HTML §9.2.6"
_DROPPED = "The stream ended before the event did: it is dropped."


@dataclass
class _Part:
    """A line of the stream, or as much of it as one chunk holds; or framing."""

    name: str
    data: bytes
    line: int = 0


class EventMessages:
    """Reads the events of one response; each is a message when it is complete.

    A message holds all bytes since the one before it, so that none is lost: the
    framing of its chunk too. An event is complete at its empty line and takes the end
    of its chunk with it. Where lines end in CR LF, it waits for the LF.

    Args:
        body: Reads the response's body.
        is_chunked: Whether that body comes in chunks.
    """

    def __init__(self, body: BodyReader, is_chunked: bool) -> None:
        self.broken = ""
        self._body = body
        self._chunk_left = 0 if is_chunked else -1
        self._fed = 0
        self._reads: deque[Read] = deque()
        self._stream = EventStreamReader()
        self._after_cr = False
        self._last_end = b"\n"
        self._line_is_empty = True
        self._line = 0
        self._forget()

    def _forget(self) -> None:
        self._parts: list[_Part] = []
        self._waits_for_lf = False
        self._is_complete = False

    @property
    def is_done(self) -> bool:
        """Whether the body has ended and everything in it was given."""
        return self._body.done and not self._reads

    def read(self, buffer: bytearray) -> Read | None:
        """The next event; None until its bytes are there."""
        if not self._reads and not self._body.done:
            try:
                pieces = self._body.feed(bytes(buffer[self._fed :]))
            except HandshakeError as error:
                self.broken = error.sentence
                return None
            self._fed = len(buffer)
            for piece in pieces:
                self._take_piece(piece)
            if self._body.done:
                self._end_body()
        if not self._reads:
            return None
        read = self._reads.popleft()
        self._fed -= len(read[2])
        return read

    def end(self, data: bytes, why: str) -> list[Read]:
        """What is left when nothing more comes; `why` is empty after a FIN."""
        reads: list[Read] = []
        if self._waits_for_lf or self._is_complete:
            self._emit()
            reads = list(self._reads)
        rest = data[sum(len(read[2]) for read in reads) :]
        why = why if why not in ("", MIDDLE) else _DROPPED
        return [*reads, unread(rest, why)] if rest else reads

    def _end_body(self) -> None:
        if self._waits_for_lf or self._is_complete:
            self._emit()
        elif any(part.name == "line" for part in self._parts):
            self._reads.append(unread(self._join(), _DROPPED))
        elif self._parts:
            fields = tuple(self._list_fields())
            end = ("end", "end of the event stream", self._join(), fields, "")
            self._reads.append(end)
        self._forget()

    def _take_piece(self, piece: Piece) -> None:
        if piece.name == "data":
            for token in _TOKEN.findall(piece.data):
                self._take_token(token)
            return
        self._is_complete |= self._waits_for_lf
        self._parts.append(_Part(piece.name, piece.data))
        if piece.name == "chunk size":
            self._chunk_left = int(piece.data.split(b";")[0], 16)
        if piece.name == "chunk end" and self._is_complete:
            self._emit()

    def _take_token(self, token: bytes) -> None:
        if token == b"\n" and self._after_cr:
            self._after_cr, self._last_end = False, b"\n"
            self._extend(token, starts_line=False)
            if self._waits_for_lf:
                self._complete()
            return
        if self._waits_for_lf:
            self._complete()
        self._after_cr = False
        self._extend(token)
        if token not in (b"\r", b"\n"):
            self._line_is_empty = False
            return
        was_empty, before = self._line_is_empty, self._last_end
        self._line_is_empty, self._last_end = True, token
        self._after_cr = token == b"\r"
        if was_empty and token == b"\r" and before != b"\r":
            self._waits_for_lf = True
        elif was_empty:
            self._complete()

    def _extend(self, token: bytes, starts_line: bool = True) -> None:
        self._chunk_left -= len(token) if self._chunk_left > 0 else 0
        last = self._parts[-1] if self._parts else None
        ended = last is None or last.data[-1:] in (b"\r", b"\n")
        if starts_line and self._line_is_empty and (ended or last.line != self._line):
            self._line += 1
        if last and last.line == self._line:
            last.data += token
        else:
            # A line feed alone belongs to a carriage return that was given already.
            name = "line" if starts_line else "line end"
            self._parts.append(_Part(name, token, self._line))

    def _complete(self) -> None:
        self._is_complete, self._waits_for_lf = True, False
        if self._chunk_left:
            self._emit()

    def _join(self) -> bytes:
        return b"".join(part.data for part in self._parts)

    def _emit(self) -> None:
        error, events = "", []
        self._stream.feed(b"".join(p.data for p in self._parts if p.line))
        try:
            events = list(self._stream)
        except EventStreamError as failure:
            error = failure.sentence
        kind, summary = self._summarise(events)
        fields = tuple(self._list_fields())
        self._reads.append((kind, summary, self._join(), fields, error))
        self._forget()

    def _summarise(self, events: list[Event]) -> tuple[str, str]:
        if events:
            return "event", f"{events[0].type} “{events[0].data}”"
        lines = [_split_line(line) for line in self._join_lines().values()]
        names = [name for name, _ in lines if name != "end of event"]
        if set(names) == {"comment"}:
            return "comment", f"comment “{lines[0][1]}”"
        return "event", f"no event: {', '.join(names) or 'an empty line'}"

    def _join_lines(self) -> dict[int, bytes]:
        lines: dict[int, bytes] = {}
        for part in self._parts:
            if part.name == "line":
                lines[part.line] = lines.get(part.line, b"") + part.data
        return lines

    def _list_fields(self) -> list[Field]:
        lines, fields, start = self._join_lines(), [], 0
        for part in self._parts:
            end = start + len(part.data)
            if not part.line:
                fields.append(list_framing(Piece(part.name, part.data), start))
            else:
                whole = lines.get(part.line, b"")
                name, value = _split_line(whole)
                if part.data != whole:  # cut by a chunk: each part shows its own text
                    value = part.data.decode("utf-8", "replace").rstrip("\r\n")
                name = name if part.name == "line" else part.name
                fields.append(Field(name, value, start, end, _SOURCE))
            start = end
        return fields


def _split_line(line: bytes) -> tuple[str, str]:
    text = line.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r\n")
    name, _, value = text.partition(":")
    if not text:
        return "end of event", ""
    return name or "comment", value.removeprefix(" ")
