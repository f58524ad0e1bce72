"""What a trace is read as: messages, and the fields inside them.

No socket, no asyncio, no clock: values only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A named stretch of a message's bytes.

    Args:
        name: The specification's word for it, such as "Sec-WebSocket-Key".
        value: What the bytes say, for a reader.
        start: First byte, counted from the start of the message.
        end: One past its last byte.
        source: Where the rule stands, such as "RFC 6455 §11.3.1".
        bits: Where the field does not fill its bytes: how many bits of them come
            before it, and how many it has. FIN is (0, 1), an opcode (4, 4).
    """

    name: str
    value: str
    start: int
    end: int
    source: str
    bits: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that one end said, whole, however many segments carried it.

    Args:
        time_ms: When its last byte passed.
        connection: The trace's number of the connection.
        sender: "client" or "server".
        kind: "request", "response", a frame's opcode in words ("text", "ping",
            "close" …), "event", "comment" and "end" of an event stream, "fin",
            "reset", or "bytes" for what could not be read.
        summary: One line for a reader, such as "GET /chat".
        data: Its bytes as they passed.
        fields: What the bytes mean, in the order in which they stand.
        error: Why the bytes could not be read, or not to their end; empty when they
            could.
    """

    time_ms: float
    connection: int
    sender: str
    kind: str
    summary: str
    data: bytes = b""
    fields: tuple[Field, ...] = ()
    error: str = ""
