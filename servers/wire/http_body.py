"""The body of an HTTP/1.1 message: where it ends, and what it holds.

No socket, no asyncio, no clock: values to bytes and back.

Written by hand, although h11 reads bodies too: chapter 10 opens a chunked body byte by
byte, and `dissect` shows where every chunk stands, which h11 does not tell. h11 judges
this file in the tests instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from servers.wire.http_head import MAX_HEAD_BYTES, HandshakeError, Request, Response

MAX_BODY_BYTES = 16 * 1024 * 1024
# Long enough for every extension anyone sends; both lines are thrown away.
MAX_CHUNK_LINE_BYTES = 1024
CHUNKED, UNTIL_CLOSE = "chunked", "until close"
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
# The size in hex, and extensions that are read and dropped (RFC 9112 §7.1.1).
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_TRAILER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n|\r\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a body as it travels.

    Args:
        name: "data", or what frames it: "chunk size", "chunk end", "last chunk",
            "trailer", "trailers end".
        data: The bytes, line ends included. Data comes in the pieces it arrived in.
    """

    name: str
    data: bytes


def measure_body(head: Request | Response, method: str = "GET") -> int | str:
    """How the end of a body is found: a number of bytes, CHUNKED or UNTIL_CLOSE.

    Args:
        head: The head before the body.
        method: What a response answers; the answer to HEAD has no body.

    Raises:
        HandshakeError: 400 for lengths that contradict each other, 501 for codings
            other than chunked. Answer with `refuse(error)` and close: where the next
            message begins is not known.

    Source: RFC 9112 §6.1 to §6.3. Taught in 10-tcp-and-keep-alive.

    >>> measure_body(Request((("Host", "a"), ("Content-Length", "5"))))
    5
    """
    is_response = isinstance(head, Response)
    if is_response and (
        method == "HEAD" or head.status in (204, 304) or head.status < 200
    ):
        return 0
    codings = [word.lower() for word in head.tokens("Transfer-Encoding")]
    lengths = set(head.tokens("Content-Length"))
    if codings and lengths:
        raise HandshakeError(400, "A body has a length or is chunked, not both.")
    if codings and codings != ["chunked"]:
        raise HandshakeError(501, f"Only chunked is read here, not {codings[0]}.")
    if codings:
        return CHUNKED
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(length) for length in lengths):
        raise HandshakeError(400, "Content-Length is not one number.")
    if lengths:
        return int(lengths.pop())
    return UNTIL_CLOSE if is_response else 0


# What a line of a chunked body is read as, and what may follow it.
#   state → (pattern, state if the line says "more", state if it says "no more")
_LINES = {
    "chunk size": (_CHUNK_SIZE, "data", "trailer"),
    "chunk end": (re.compile(rb"\r\n"), "chunk size", "chunk size"),
    "trailer": (_TRAILER, "trailer", "done"),
}


class BodyReader:
    r"""Reads a body, however its bytes were cut into pieces.

    Args:
        length: What `measure_body` gave.
        max_body_bytes: Refuse longer bodies.

    Source: RFC 9112 §6.3, §7.1 and §8. Trailers and extensions are read and dropped.
    Not handled here: content codings such as gzip. Taught in 10-tcp-and-keep-alive.

    >>> reader = BodyReader(CHUNKED)
    >>> [p.name for p in reader.feed(b"5\r\nHello\r\n0\r\n\r\nmore")]
    ['chunk size', 'data', 'chunk end', 'last chunk', 'trailers end']
    >>> reader.done, reader.rest
    (True, b'more')
    """

    def __init__(self, length: int | str, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self.rest = b""
        self.max_body_bytes = max_body_bytes
        self._is_chunked = length == CHUNKED
        self._ends_with_stream = length == UNTIL_CLOSE
        self._left_bytes = length if isinstance(length, int) else 0
        self._body_bytes = 0
        self._trailer_bytes = 0
        self._buffer = bytearray()
        self._error: HandshakeError | None = None
        self.state = "chunk size" if self._is_chunked else "data"
        self._count(self._left_bytes)
        if length == 0:
            self.state = "done"

    @property
    def done(self) -> bool:
        """Whether the body is complete; what came after it is in `rest` then."""
        return self.state == "done"

    def feed(self, data: bytes) -> list[Piece]:
        """Add bytes; the pieces that they complete.

        Raises:
            HandshakeError: 400 for a line that breaks the rules, 413 for a body that
                is too long. The pieces before the fault came from `feed`; the fault
                itself is raised by the call after them, and by every further call.
        """
        self._raise_again()
        self._buffer += data
        pieces: list[Piece] = []
        try:
            while (piece := self._next_piece()) is not None:
                pieces.append(piece)
        except HandshakeError as error:
            self._error = error
            if not pieces:
                raise
        if self.done:
            self.rest, self._buffer = self.rest + bytes(self._buffer), bytearray()
        return pieces

    def close(self) -> None:
        """The stream has ended.

        Raises:
            HandshakeError: 400, the body is not complete.
        """
        self._raise_again()
        if self._ends_with_stream:
            self.state = "done"
        if not self.done:
            raise HandshakeError(400, "The stream ended in the middle of a body.")

    def _raise_again(self) -> None:
        if self._error:
            raise self._error

    def _next_piece(self) -> Piece | None:
        if self.state == "data":
            return self._take_data()
        return None if self.done else self._take_line()

    def _take_data(self) -> Piece | None:
        size = len(self._buffer)
        if not self._ends_with_stream:
            size = min(size, self._left_bytes)
            self._left_bytes -= size
        else:
            self._count(size)
        if not size:
            return None
        if not self._left_bytes and not self._ends_with_stream:
            self.state = "chunk end" if self._is_chunked else "done"
        return Piece("data", self._cut(size))

    def _take_line(self) -> Piece | None:
        state = self.state
        end = self._buffer.find(b"\n") + 1
        if (end or len(self._buffer)) > MAX_CHUNK_LINE_BYTES:
            raise HandshakeError(400, f"A {state} line is too long.")
        if not end:
            return None
        pattern, more, no_more = _LINES[state]
        match = pattern.fullmatch(self._buffer, 0, end)
        if not match:
            raise HandshakeError(400, f"This is no {state}.")
        name, is_last = state, False
        if state == "chunk size":
            self._left_bytes = int(match[1], 16)
            is_last = not self._left_bytes
            self._count(self._left_bytes)
            name = "last chunk" if is_last else name
        elif state == "trailer":
            is_last = end == 2
            self._count_trailer(end)
            name = "trailers end" if is_last else name
        self.state = no_more if is_last else more
        return Piece(name, self._cut(end))

    def _cut(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _count(self, size: int) -> None:
        self._body_bytes += size
        if self._body_bytes > self.max_body_bytes:
            raise HandshakeError(413, f"More than {self.max_body_bytes} bytes of body.")

    def _count_trailer(self, size: int) -> None:
        self._trailer_bytes += size
        if self._trailer_bytes > MAX_HEAD_BYTES:
            raise HandshakeError(431, "The trailers are too long.")


def join_data(pieces: Iterable[Piece]) -> bytes:
    """The body itself: the data of its pieces.

    >>> join_data([Piece("chunk size", b"1\\r\\n"), Piece("data", b"x")])
    b'x'
    """
    return b"".join(piece.data for piece in pieces if piece.name == "data")


def serialise_chunk(data: bytes) -> bytes:
    r"""One chunk; of no bytes, the last one with the end of the body.

    Source: RFC 9112 §7.1. Taught in 10-tcp-and-keep-alive.

    >>> serialise_chunk(b"Hello"), serialise_chunk(b"")
    (b'5\r\nHello\r\n', b'0\r\n\r\n')
    """
    return b"%x\r\n%b\r\n" % (len(data), data)
