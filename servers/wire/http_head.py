"""The head of an HTTP/1.1 message: a start line and header lines, as values and bytes.

No socket, no asyncio, no clock: values to bytes and back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_HEAD_BYTES = 16 * 1024
MAX_HEADERS = 100

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET = re.compile(r"[\x21-\x7e]+")
_VERSION = re.compile(r"HTTP/([0-9])\.([0-9])")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

REASONS = {
    101: "Switching Protocols",
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    426: "Upgrade Required",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    505: "HTTP Version Not Supported",
}


class HandshakeError(ValueError):
    """A handshake that must fail, and how to say so.

    Args:
        status: The status a server answers with, or refused a client with; 0 where
            the client found the fault and there is nobody left to answer.
        sentence: What was wrong, for the person at the other end.
        headers: Header lines that the answer must carry, such as ("Allow", "GET").
    """

    def __init__(
        self, status: int, sentence: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers


@dataclass(frozen=True, slots=True)
class _Head:
    headers: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> list[str]:
        """The values of every header line called `name`, in order."""
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def one(self, name: str) -> str | None:
        """The value of the only line called `name`; None without such a line.

        Raises:
            HandshakeError: 400, the line stands there more than once.
        """
        values = self.all(name)
        if len(values) > 1:
            raise HandshakeError(400, f"{name} stands {len(values)} times, not once.")
        return values[0] if values else None

    def tokens(self, name: str) -> list[str]:
        """The comma-separated words of all lines called `name`, in order."""
        words = ",".join(self.all(name)).split(",")
        return [word.strip() for word in words if word.strip()]


@dataclass(frozen=True, slots=True)
class Request(_Head):
    """A request's head. `target` is what stands after the method: "/chat?room=1"."""

    method: str = "GET"
    target: str = "/"
    version: str = "1.1"


@dataclass(frozen=True, slots=True)
class Response(_Head):
    """An answer's head, and the body that a refusal explains itself with."""

    status: int = 200
    reason: str = "OK"
    version: str = "1.1"
    body: bytes = b""


class HeadReader:
    """Collects bytes until a head is complete, however they were cut into pieces.

    Source: RFC 9112 §2.1 (a head ends at the first empty line).

    >>> reader = HeadReader()
    >>> reader.feed(b"GET / HTTP/1.1\\r\\nHost: a") is None
    True
    >>> reader.feed(b"\\r\\n\\r\\nmore")
    b'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'
    >>> reader.rest
    b'more'
    """

    def __init__(self, limit: int = MAX_HEAD_BYTES) -> None:
        self.limit = limit
        self.rest = b""
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes | None:
        """Add bytes; the head with its empty line once it is complete, else None.

        What came after the head is in `rest` then: the first bytes of whatever the
        two ends speak next.

        Raises:
            HandshakeError: 431, no empty line within `limit` bytes.
        """
        searched = max(0, len(self._buffer) - 3)
        self._buffer += data
        found = self._buffer.find(b"\r\n\r\n", searched)
        size = found + 4 if found >= 0 else len(self._buffer)
        if size > self.limit:
            raise HandshakeError(
                431, f"The head is longer than {self.limit} bytes: send fewer headers."
            )
        if found < 0:
            return None
        head, self.rest = bytes(self._buffer[:size]), bytes(self._buffer[size:])
        self._buffer.clear()
        return head


def parse_request(head: bytes) -> Request:
    r"""The request that a complete head holds.

    Args:
        head: From the first byte to the empty line, as `HeadReader` gives it.

    Raises:
        HandshakeError: 400 with the rule that was broken; 431 or 505 where those say
            it better. Answer with `refuse(error)`.

    Source: RFC 9112 §3 and §5; RFC 6455 §4.2.1.
    Not handled here: bodies, obsolete line folding (refused). Taught in 20-handshake.

    >>> parse_request(b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\n\r\n")
    Request(headers=(('Host', 'server.example.com'),), method='GET', target='/chat',
    version='1.1')
    """
    start, headers = _parse_lines(head)
    words = start.split(" ")
    if len(words) != 3:
        raise HandshakeError(
            400, "The first line is not METHOD, one space, target, one space, version."
        )
    method, target, version = words
    if not _TOKEN.fullmatch(method):
        raise HandshakeError(400, "The method has a character no method may have.")
    if not _TARGET.fullmatch(target):
        raise HandshakeError(400, "The target has a character that must be escaped.")
    request = Request(headers, method, target, _parse_version(version))
    if request.one("Host") is None:
        raise HandshakeError(400, "Host is missing: which server do you mean?")
    return request


def parse_response(head: bytes, *, takes_1_0: bool = False) -> Response:
    r"""The answer that a complete head holds; its body is not part of a head.

    Args:
        takes_1_0: Also from a server that speaks HTTP/1.0; a WebSocket wants 1.1.

    Raises:
        HandshakeError: status 0, with the rule that was broken.

    Source: RFC 9112 §4.

    >>> parse_response(b"HTTP/1.1 403 Forbidden\r\n\r\n").status
    403
    """
    try:
        start, headers = _parse_lines(head)
        version, status, *reason = start.split(" ", 2)
        if not re.fullmatch("[1-5][0-9][0-9]", status, re.ASCII):
            raise HandshakeError(0, "The status is not a number from 100 to 599.")
        spoken = (
            "1.0" if takes_1_0 and version == "HTTP/1.0" else _parse_version(version)
        )
        return Response(headers, int(status), "".join(reason), spoken)
    except HandshakeError as error:
        raise HandshakeError(0, error.sentence) from None
    except ValueError:
        raise HandshakeError(0, "The first line is not version, status.") from None


def serialise_request(request: Request) -> bytes:
    r"""The bytes of a request's head.

    Raises:
        ValueError: A part holds a line break or another character that would let it
            be read as something else.

    >>> serialise_request(Request((("Host", "a"),)))
    b'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    """
    start = f"{request.method} {request.target} HTTP/{request.version}"
    return _serialise(start, request.headers)


def serialise_response(response: Response) -> bytes:
    r"""The bytes of an answer, its body included.

    Raises:
        ValueError: As `serialise_request`.

    >>> serialise_response(Response((), 101, "Switching Protocols"))
    b'HTTP/1.1 101 Switching Protocols\r\n\r\n'
    """
    start = f"HTTP/{response.version} {response.status} {response.reason}"
    return _serialise(start, response.headers) + response.body


def refuse(error: HandshakeError) -> Response:
    """The answer that tells the other end what was wrong, and closes.

    >>> refuse(HandshakeError(400, "Host is missing.")).body
    b'Host is missing.\\n'
    """
    body = f"{error.sentence}\n".encode()
    headers = (
        *error.headers,
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        # An answer that needs Upgrade must also list it as a connection option.
        (
            "Connection",
            "close, Upgrade" if ("Upgrade", "websocket") in error.headers else "close",
        ),
    )
    return Response(headers, error.status, REASONS[error.status], body=body)


def _parse_lines(head: bytes) -> tuple[str, tuple[tuple[str, str], ...]]:
    # Latin-1 gives every byte a character, so nothing is lost on the way back.
    lines = head.decode("latin-1").split("\r\n")
    if lines[-2:] != ["", ""]:
        raise HandshakeError(400, "The head does not end with an empty line.")
    if len(lines) > MAX_HEADERS + 3:
        raise HandshakeError(431, f"More than {MAX_HEADERS} headers: send fewer.")
    return lines[0], tuple(_parse_header(line) for line in lines[1:-2])


def _parse_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise HandshakeError(400, "A header line has no colon.")
    if not _TOKEN.fullmatch(name):
        raise HandshakeError(
            400, "A header's name has a space or another character it may not have."
        )
    value = value.strip(" \t")
    if not _VALUE.fullmatch(value):
        raise HandshakeError(400, f"{name} holds a control character.")
    return name, value


def _parse_version(word: str) -> str:
    match = _VERSION.fullmatch(word)
    if not match:
        raise HandshakeError(400, "The version is not written HTTP/1.1.")
    if match[1] != "1" or match[2] == "0":
        raise HandshakeError(505, "This server speaks HTTP/1.1.")
    return f"{match[1]}.{match[2]}"


def _serialise(start: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if not all(_VALUE.fullmatch(line) for line in lines):
        raise ValueError("a line break or control character in a head")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
