"""From bytes back to what was said: any recorded trace as messages with fields.

No socket, no asyncio, no clock: a trace in, messages out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from servers.wire.frames import (
    BINARY,
    CLOSE,
    OPCODES,
    TEXT,
    Frame,
    FrameError,
    parse_frame,
)
from servers.wire.http_head import (
    HandshakeError,
    HeadReader,
    parse_request,
    parse_response,
)
from servers.wire.message import Field, Message

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
    "allow": "RFC 9110 §10.2.1",
    "content-length": "RFC 9110 §8.6",
    "content-type": "RFC 9110 §8.3",
    "date": "RFC 9110 §6.6.1",
    "server": "RFC 9110 §10.2.4",
    "user-agent": "RFC 9110 §10.1.5",
}


def dissect(trace: Iterable[Any]) -> list[Message]:
    """The messages of a trace, in the order in which they were completed.

    Args:
        trace: A `servers.network.trace.Trace`, or any of its segments in order.

    Returns:
        One message per HTTP head (with its body), per frame after a 101, and per end
        of a stream. Bytes that cannot be read come as one message of kind "bytes"
        whose `error` says why; nothing is left out and nothing is raised.

    Not handled here: chunked bodies, compressed payloads (shown as they travel).
    """
    conversations: dict[int, _Conversation] = {}
    messages: list[Message] = []
    for segment in trace:
        talk = conversations.setdefault(segment.connection, _Conversation())
        reads = talk.take(segment)
        where = (segment.time_ms, segment.connection, segment.sender)
        messages += [Message(*where, *read) for read in reads]
        last_ms = segment.time_ms
    for number, talk in conversations.items():
        for sender, direction in talk.directions.items():
            reads = direction.flush()
            messages += [Message(last_ms, number, sender, *read) for read in reads]
    return messages


# A message without its time, connection and sender.
_Read = tuple[str, str, bytes, tuple[Field, ...], str]


class _Conversation:
    """What is known of one connection: both directions, and whether it switched."""

    def __init__(self) -> None:
        self.directions = {
            "client": _Direction(_read_request),
            "server": _Direction(_read_response),
        }

    def take(self, segment: Any) -> list[_Read]:
        direction = self.directions[segment.sender]
        direction.buffer += segment.data
        reads = direction.read_all()
        if any(summary.startswith("HTTP/1.1 101") for _, summary, *_ in reads):
            # From here on both ends speak frames; what the client may have sent too
            # early waits in its buffer and is read with its next segment.
            direction.read = self.directions["client"].read = _read_frame
            reads += direction.read_all()
        if segment.event != "data":
            reads += direction.flush()
            reads.append((segment.event, segment.event.upper(), b"", (), ""))
        return reads


class _Direction:
    """The bytes of one direction that are not read yet, and how to read them."""

    def __init__(self, read: Callable[[bytes], tuple[_Read, int] | None]) -> None:
        self.read = read
        self.buffer = b""
        self.broken = ""

    def read_all(self) -> list[_Read]:
        reads: list[_Read] = []
        while self.buffer and not self.broken:
            try:
                found = self.read(self.buffer)
            except (HandshakeError, FrameError) as error:
                self.broken = error.sentence
                return reads + self._give_up_head()
            if found is None:
                break
            reads.append(found[0])
            self.buffer = self.buffer[found[1] :]
        return reads

    def flush(self) -> list[_Read]:
        """What is left when nothing more comes: bytes that make no message."""
        if not self.buffer:
            return []
        why = self.broken or "The stream ended in the middle of a message."
        data, self.buffer = self.buffer, b""
        return [_unread(data, why)]

    def _give_up_head(self) -> list[_Read]:
        # A head whose end is known is shown where it stands; other bytes that cannot
        # be read wait for the end, so that their cut into segments does not matter.
        end = self.buffer.find(b"\r\n\r\n") + 4
        if self.read is _read_frame or end < 4:
            return []
        head, self.buffer = self.buffer[:end], self.buffer[end:]
        return [_unread(head, self.broken)]


def _unread(data: bytes, why: str) -> _Read:
    return "bytes", f"{len(data)} bytes", data, (), why


def _read_request(data: bytes) -> tuple[_Read, int] | None:
    head = HeadReader().feed(data)
    if head is None:
        return None
    request = parse_request(head)
    summary = f"{request.method} {request.target}"
    return _read_http("request", summary, data, head, request.one("Content-Length"))


def _read_response(data: bytes) -> tuple[_Read, int] | None:
    head = HeadReader().feed(data)
    if head is None:
        return None
    response = parse_response(head)
    summary = f"HTTP/{response.version} {response.status} {response.reason}"
    return _read_http("response", summary, data, head, response.one("Content-Length"))


def _read_http(
    kind: str, summary: str, data: bytes, head: bytes, length: str | None
) -> tuple[_Read, int] | None:
    body_size = int(length) if length and length.isascii() and length.isdigit() else 0
    size = len(head) + body_size
    if len(data) < size:
        return None
    fields = _head_fields(head)
    if body_size:
        body = data[len(head) : size].decode("utf-8", "replace").strip()
        fields.append(Field("body", body, len(head), size, "RFC 9110 §6.4"))
    return (kind, summary, data[:size], tuple(fields), ""), size


def _head_fields(head: bytes) -> list[Field]:
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


def _read_frame(data: bytes) -> tuple[_Read, int] | None:
    found = parse_frame(data)
    if found is None:
        return None
    frame, size = found
    kind = OPCODES[frame.opcode]
    fields = tuple(_frame_fields(data, frame, size))
    return (kind, _frame_summary(frame), data[:size], fields, ""), size


def _frame_summary(frame: Frame) -> str:
    kind = OPCODES[frame.opcode]
    if frame.rsv:
        return f"{kind}, {len(frame.payload)} bytes, RSV {frame.rsv:03b}"
    if frame.opcode == TEXT:
        return f"{kind} “{frame.payload.decode('utf-8', 'replace')}”"
    if frame.opcode == CLOSE and len(frame.payload) >= 2:
        code = int.from_bytes(frame.payload[:2])
        return f"{kind} {code} {frame.payload[2:].decode('utf-8', 'replace')}".strip()
    if frame.opcode == BINARY or frame.payload:
        return f"{kind}, {len(frame.payload)} bytes"
    return kind


def _frame_fields(data: bytes, frame: Frame, size: int) -> list[Field]:
    start = size - len(frame.payload)
    key_start = start - 4 if frame.masking_key else start
    fields = _first_fields(frame, key_start)
    if frame.masking_key is not None:
        key = frame.masking_key.hex(" ")
        fields.append(Field("masking key", key, key_start, start, "RFC 6455 §5.3"))
    if not frame.payload:
        return fields
    if frame.opcode == CLOSE and len(frame.payload) >= 2:
        code = str(int.from_bytes(frame.payload[:2]))
        reason = frame.payload[2:].decode("utf-8", "replace")
        fields.append(Field("close code", code, start, start + 2, "RFC 6455 §7.4"))
        if reason:
            fields.append(Field("reason", reason, start + 2, size, "RFC 6455 §7.1.6"))
        return fields
    text = frame.payload.decode("utf-8", "replace")
    shown = text if frame.opcode == TEXT and not frame.rsv else frame.payload.hex(" ")
    fields.append(Field("payload", shown, start, size, "RFC 6455 §5.6"))
    return fields


def _first_fields(frame: Frame, key_start: int) -> list[Field]:
    length_bits = 8 * (key_start - 1) - 1  # 7, 7 + 16 or 7 + 64
    opcode = f"{frame.opcode:#x} {OPCODES[frame.opcode]}"
    masked = str(int(frame.masking_key is not None))
    length = f"{len(frame.payload)} bytes"
    return [
        Field("FIN", str(int(frame.fin)), 0, 1, "RFC 6455 §5.2", (0, 1)),
        Field("RSV", f"{frame.rsv:03b}", 0, 1, "RFC 6455 §5.2", (1, 3)),
        Field("opcode", opcode, 0, 1, "RFC 6455 §5.2", (4, 4)),
        Field("MASK", masked, 1, 2, "RFC 6455 §5.2", (0, 1)),
        Field(
            "payload length", length, 1, key_start, "RFC 6455 §5.2", (1, length_bits)
        ),
    ]
