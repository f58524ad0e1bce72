"""HTTP requests and responses as messages with fields, their bodies included.

No socket, no asyncio, no clock: bytes in, values out.
"""

from __future__ import annotations

from collections.abc import Callable

from servers.wire.dissect_chunks import join_chunks, list_framing
from servers.wire.dissect_events import EventMessages
from servers.wire.dissect_packets import is_engineio, list_payload
from servers.wire.http_body import CHUNKED, BodyReader, Piece, measure_body
from servers.wire.http_head import (
    MAX_HEAD_BYTES,
    HandshakeError,
    Request,
    Response,
    parse_request,
    parse_response,
)
from servers.wire.message import Field
from servers.wire.unread import MIDDLE, Read, unread

# What was recorded is in memory already: its own size is the bound.
_NO_LIMIT_BYTES = 10**18
_STEP_BYTES = 64 * 1024
_SOURCES = {
    "host": "RFC 9110 §7.2",
    "upgrade": "RFC 6455 §4.1, RFC 9110 §7.8",
    "connection": "RFC 6455 §4.1, RFC 9110 §7.6.1",
    "origin": "RFC 6455 §10.2",
    "sec-websocket-key": "RFC 6455 §11.3.1",
    "sec-websocket-extensions": "RFC 6455 §11.3.2",
    "sec-websocket-accept": "RFC 6455 §11.3.3",
    "sec-websocket-protocol": "RFC 6455 §11.3.4",
    "sec-websocket-version": "RFC 6455 §11.3.5",
    "accept": "RFC 9110 §12.5.1",
    "accept-encoding": "RFC 9110 §12.5.3",
    "allow": "RFC 9110 §10.2.1",
    "cache-control": "RFC 9111 §5.2",
    "content-length": "RFC 9110 §8.6",
    "content-type": "RFC 9110 §8.3",
    "date": "RFC 9110 §6.6.1",
    "last-event-id": "WHATWG HTML §9.2.4",
    "server": "RFC 9110 §10.2.4",
    "transfer-encoding": "RFC 9112 §6.1",
    "user-agent": "RFC 9110 §10.1.5",
}


class HttpReader:
    """Reads the requests or the responses of one direction, one after the other.

    Args:
        take_head: Called with each head; gives the request that it belongs to.
        is_response: Whether this is the server's direction.
    """

    def __init__(
        self,
        take_head: Callable[[Request | Response], Request],
        is_response: bool = False,
    ) -> None:
        self.broken = ""
        self._take_head = take_head
        self._is_response = is_response
        self._forget()

    def _forget(self) -> None:
        self._head: bytes = b""
        self._summary = ""
        self._target = ""
        self._body = BodyReader(0)
        self._pieces: list[Piece] = []
        self._fed = 0  # how much of the buffer was read already
        self._events: EventMessages | None = None

    def read(self, buffer: bytearray) -> Read | None:
        """The message that `buffer` begins with; None until it is whole."""
        if self._events:
            read = self._events.read(buffer)
            self.broken = self._events.broken
            if read or not self._events.is_done:
                return read
            self._forget()
        if not self._head:
            read = self._read_head(buffer)
            if read or not self._head:
                return read
        try:
            while not self._body.done and self._fed < len(buffer):
                # In steps, because what follows may be thousands of other messages.
                step = bytes(buffer[self._fed : self._fed + _STEP_BYTES])
                self._fed += len(step)
                self._pieces += self._body.feed(step)
            if not self._body.done:
                self._body.feed(b"")  # raises what came after the last good piece
                return None
        except HandshakeError as error:
            self.broken = error.sentence
            return None
        return self._finish()

    def end(self, data: bytes, why: str) -> list[Read]:
        """Half a message, when nothing more comes; `why` is empty after a FIN."""
        if self._events:
            return self._events.end(data, why)
        if not self._head:
            return [unread(data, why or MIDDLE)]
        try:
            self._body.close()
        except HandshakeError as error:
            why = why or error.sentence
        read = self._finish(why)
        rest = data[len(read[2]) :]
        return [read, unread(rest, why)] if rest else [read]

    def _read_head(self, buffer: bytearray) -> Read | None:
        end = buffer.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES) + 4
        if end < 4:
            if len(buffer) > MAX_HEAD_BYTES:
                self.broken = f"The head is longer than {MAX_HEAD_BYTES} bytes."
            return None
        head = bytes(buffer[:end])
        try:
            return self._open(head)
        except HandshakeError as error:
            # The end of this head is known, so it is shown where it stands; where the
            # next message begins is not.
            self.broken = error.sentence
            return unread(head, error.sentence)

    def _open(self, head: bytes) -> Read | None:
        parsed = parse_response(head) if self._is_response else parse_request(head)
        request = self._take_head(parsed)
        length = measure_body(parsed, request.method)
        if isinstance(parsed, Response):
            summary = f"HTTP/{parsed.version} {parsed.status} {parsed.reason}"
        else:
            summary = f"{parsed.method} {parsed.target}"
        self._head, self._summary, self._target = head, summary, request.target
        self._fed = len(head)
        self._body = BodyReader(length, _NO_LIMIT_BYTES)
        if length != 0 and self._is_response and _is_event_stream(parsed):
            self._events = EventMessages(self._body, length == CHUNKED)
            return ("response", summary, head, tuple(_list_head(head)), "")
        return None

    def _finish(self, error: str = "") -> Read:
        fields = _list_head(self._head)
        data = self._head
        chunks = join_chunks(self._pieces)
        is_whole = sum(piece.name == "data" for piece in chunks) == 1
        for piece in chunks:
            fields += self._list_piece(piece, len(data), is_whole)
            data += piece.data
        kind = "response" if self._is_response else "request"
        read = (kind, self._summary, data, tuple(fields), error)
        self._forget()
        return read

    def _list_piece(self, piece: Piece, start: int, is_whole: bool) -> list[Field]:
        if piece.name != "data":
            return [list_framing(piece, start)]
        if is_whole and is_engineio(self._target):
            packets = list_payload(piece.data, start, self._target)
            if packets:
                return packets
        text = piece.data.decode("utf-8", "replace").strip()
        end = start + len(piece.data)
        return [Field("body", text, start, end, "RFC 9110 §6.4")]


def _is_event_stream(head: Request | Response) -> bool:
    values = head.all("Content-Type")
    return any(
        v.partition(";")[0].strip().lower() == "text/event-stream" for v in values
    )


def _list_head(head: bytes) -> list[Field]:
    lines = head.decode("latin-1").split("\r\n")
    is_answer = lines[0].startswith("HTTP/")
    name, source = (
        ("status line", "RFC 9112 §4") if is_answer else ("request line", "RFC 9112 §3")
    )
    fields = [Field(name, lines[0], 0, len(lines[0]) + 2, source)]
    for line in lines[1:-2]:
        start = fields[-1].end
        header, _, value = line.partition(":")
        source = _SOURCES.get(header.lower(), "RFC 9110 §5")
        fields.append(
            Field(header, value.strip(), start, start + len(line) + 2, source)
        )
    end = fields[-1].end
    fields.append(Field("empty line", "", end, end + 2, "RFC 9112 §2.1"))
    return fields
