"""The short way through a reader, for what nearly every message is.

No socket, no asyncio, no clock: bytes in, a message out.

`MessageReader` reads everything and says what is wrong; it is the one to learn from.
A message in one whole frame, without an extension, can be read in one step: less work
for an echo server, whose cost a message `make bench` prints.
"""

from __future__ import annotations

from servers.wire.frames import BINARY, TEXT, apply_mask
from servers.wire.ws_messages import WsMessage

_FIN = _MASK = 0b1000_0000


def parse_whole(
    data: bytes | bytearray, at: int, is_masked: bool, max_message_bytes: int
) -> tuple[WsMessage, int] | None:
    """A text or binary message that is one whole frame, and where it ends in `data`.

    Args:
        data: What came; may hold less than a frame, or more than one.
        at: Where the frame starts.
        is_masked: Whether it has to be.

    Returns:
        None for everything else, faults included: the reader knows what they are.

    Source: RFC 6455 §5.2, §5.3 and §8.1.
    Not handled here: 64-bit lengths. A frame as long as that gains nothing.

    >>> parse_whole(bytes.fromhex("810548656c6c6f"), 0, False, 100)
    (WsMessage(opcode=1, data='Hello'), 7)
    """
    if len(data) < at + 2:
        return None
    opcode, size, start = data[at] ^ _FIN, data[at + 1], at + 2
    if is_masked:
        size ^= _MASK
        start += 4
    if (opcode != TEXT and opcode != BINARY) or size > 126:
        return None
    if size == 126:
        size = int.from_bytes(data[at + 2 : at + 4])
        start += 2
        if size < 126:
            return None
    end = start + size
    if len(data) < end or size > max_message_bytes:
        return None
    payload = data[start:end]
    if is_masked:
        payload = apply_mask(payload, data[start - 4 : start])
    else:
        payload = bytes(payload)
    try:
        return WsMessage(opcode, payload.decode() if opcode == TEXT else payload), end
    except UnicodeDecodeError:
        return None
