"""What dissecting gives for bytes that make no message.

No socket, no asyncio, no clock: bytes in, values out.
"""

from __future__ import annotations

from servers.wire.message import Field

# A message without its time, connection and sender: kind, summary, data, fields, error.
Read = tuple[str, str, bytes, tuple[Field, ...], str]
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
