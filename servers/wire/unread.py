"""What dissecting gives before it is read, and for bytes that make no message.

No socket, no asyncio, no clock: bytes in, values out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from servers.wire.message import Field, Message

# A message without its time, connection and sender: kind, summary, data, fields, error.
Read = tuple[str, str, bytes, tuple[Field, ...], str]


class Later(NamedTuple):
    """The bytes of a message whose end is known, and how to read them when asked."""

    data: bytes
    read: Callable[[], Read]


class Framed(NamedTuple):
    """A message of a trace that nobody may ever look at: it is read when asked for.

    Reading costs ten times as much as finding where a message ends.
    """

    time_ms: float
    connection: int
    sender: str
    found: Read | Later

    def message(self) -> Message:
        """The message, read now."""
        found = self.found
        read = found.read() if isinstance(found, Later) else found
        return Message(self.time_ms, self.connection, self.sender, *read)


MIDDLE = "The stream ended in the middle of a message."


def unread(data: bytes, why: str) -> Read:
    """The bytes as they are, with the reason why they could not be read.

    >>> unread(b"??", "Nobody knows.")
    ('bytes', '2 bytes', b'??', (), 'Nobody knows.')
    """
    return "bytes", f"{len(data)} bytes", data, (), why


class RawReader:
    """Reads a protocol that is not known: everything waits for the end."""

    def __init__(self, broken: str) -> None:
        self.broken = broken

    def read(self, buffer: bytearray) -> Read | None:
        return None

    def end(self, data: bytes, why: str) -> list[Read]:
        return [unread(data, why)]
