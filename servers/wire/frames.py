"""One WebSocket frame: its bytes as a value and back.

No socket, no asyncio, no clock: values to bytes and back.
"""

from __future__ import annotations

from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
OPCODES = {
    CONTINUATION: "continuation",
    TEXT: "text",
    BINARY: "binary",
    CLOSE: "close",
    PING: "ping",
    PONG: "pong",
}
MAX_PAYLOAD_BYTES = 1024 * 1024


class FrameError(ValueError):
    """Bytes that break the protocol, with the close code to answer them with."""

    def __init__(self, close_code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.close_code = close_code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as RFC 6455 §5.2 draws it.

    Args:
        payload: The application's bytes, never masked.
        masking_key: Four bytes where the frame travels masked (client to server).
        rsv: RSV1 to RSV3 as a number from 0 to 7; 0 unless an extension uses them.
    """

    opcode: int
    payload: bytes = b""
    fin: bool = True
    masking_key: bytes | None = None
    rsv: int = 0


def apply_mask(data: bytes, masking_key: bytes) -> bytes:
    """`data` masked, or unmasked: the same XOR does both.

    Source: RFC 6455 §5.3. The whole is one XOR of two large numbers, because a loop
    over bytes is a hundred times slower in Python.

    >>> apply_mask(bytes.fromhex("7f9f4d5158"), bytes.fromhex("37fa213d"))
    b'Hello'
    """
    size = len(data)
    key = (masking_key * ((size + 3) // 4))[:size]
    # Python reads the last byte first a little faster; both numbers are read alike.
    mixed = int.from_bytes(data, "little") ^ int.from_bytes(key, "little")
    return mixed.to_bytes(size, "little")


def serialise_frame(frame: Frame) -> bytes:
    """The bytes of a frame, masked when it has a masking key.

    Source: RFC 6455 §5.2 and §5.7.

    >>> serialise_frame(Frame(TEXT, b"Hello")).hex()
    '810548656c6c6f'
    """
    size = len(frame.payload)
    mask_bit = 0b1000_0000 if frame.masking_key else 0
    head = bytes([frame.fin << 7 | frame.rsv << 4 | frame.opcode])
    if size < 126:
        head += bytes([mask_bit | size])
    elif size < 2**16:
        head += bytes([mask_bit | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([mask_bit | 127]) + size.to_bytes(8, "big")
    if frame.masking_key is None:
        return head + frame.payload
    return head + frame.masking_key + apply_mask(frame.payload, frame.masking_key)


@dataclass(frozen=True, slots=True)
class FrameHead:
    """What stands before a frame's payload.

    Args:
        payload_bytes: How long the payload is; it may not have arrived yet.
        head_bytes: How long this head is, masking key included.
    """

    opcode: int
    fin: bool
    rsv: int
    payload_bytes: int
    masking_key: bytes | None
    head_bytes: int


def parse_head(
    data: bytes, max_payload_bytes: int = MAX_PAYLOAD_BYTES
) -> FrameHead | None:
    """The head of the first frame in `data`; None until all of it is there.

    Args:
        data: May hold less than a head, or several frames.
        max_payload_bytes: Refuse longer payloads before they have arrived.

    Raises:
        FrameError: 1002 for a frame that no peer may send, 1009 for one too long.
            Answer with that code.

    Source: RFC 6455 §5.2 and §5.5.
    Not handled here: who must mask, and what fragments may follow each other; that
    is `servers.wire.ws_messages`. Taught in 21-frames.

    >>> parse_head(bytes.fromhex("818537fa213d")).payload_bytes
    5
    """
    if len(data) < 2:
        return None
    opcode, fin = data[0] & 0b0000_1111, bool(data[0] & 0b1000_0000)
    size, masked = data[1] & 0b0111_1111, bool(data[1] & 0b1000_0000)
    if opcode not in OPCODES:
        raise FrameError(1002, f"Opcode {opcode:#x} is reserved.")
    if opcode >= CLOSE and (not fin or size > 125):
        raise FrameError(1002, "A control frame is whole and has at most 125 bytes.")
    length_end = 2 + {126: 2, 127: 8}.get(size, 0)
    start = length_end + 4 * masked
    if len(data) >= length_end > 2:
        size = _read_length(data[2:length_end])
    if len(data) >= length_end and size > max_payload_bytes:
        raise FrameError(1009, f"{size} bytes in a frame; {max_payload_bytes} may be.")
    if len(data) < start:
        return None
    masking_key = bytes(data[length_end:start]) if masked else None
    return FrameHead(opcode, fin, data[0] >> 4 & 0b111, size, masking_key, start)


def _read_length(data: bytes) -> int:
    size, least = int.from_bytes(data), 126 if len(data) == 2 else 2**16
    if size < least or size >= 2**63:
        raise FrameError(1002, "The length is not written in its shortest form.")
    return size


def parse_frame(
    data: bytes, max_payload_bytes: int = MAX_PAYLOAD_BYTES
) -> tuple[Frame, int] | None:
    """The first frame in `data` and the number of bytes it took; None if unfinished.

    Args:
        data: May hold less than a frame, or more than one.
        max_payload_bytes: Refuse longer payloads before they have arrived.

    Raises:
        FrameError: As `parse_head`.

    Source: RFC 6455 §5.2 and §5.3.
    Not handled here: as in `parse_head`. Taught in 21-frames.

    >>> parse_frame(bytes.fromhex("818537fa213d7f9f4d5158"))[0].payload
    b'Hello'
    """
    head = parse_head(data, max_payload_bytes)
    if head is None or len(data) < head.head_bytes + head.payload_bytes:
        return None
    end = head.head_bytes + head.payload_bytes
    payload = bytes(data[head.head_bytes : end])
    if head.masking_key:
        payload = apply_mask(payload, head.masking_key)
    return Frame(head.opcode, payload, head.fin, head.masking_key, head.rsv), end
