"""WebSocket messages: what is said, and the bytes that say it.

No socket, no asyncio, no clock, no randomness: values to bytes. The way back, from
bytes to messages, is `servers.wire.ws_reader`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from servers.wire.close_codes import CloseReason, serialise_close
from servers.wire.deflate import Deflater
from servers.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Frame,
    serialise_frame,
)

_RSV1 = 0b100


class WsMessage(NamedTuple):
    """A whole message.

    Args:
        opcode: TEXT, BINARY, PING, PONG or CLOSE.
        data: A str for text, a `CloseReason` for close, bytes for the others.
    """

    opcode: int
    data: str | bytes | CloseReason


class MessageWriter:
    """Writes one direction of a WebSocket.

    Args:
        make_masking_key: Gives four fresh random bytes a frame; None for a server,
            which does not mask.
        deflater: For permessage-deflate, when it was agreed on.

    Source: RFC 6455 §5.1, §5.3, §5.4; RFC 7692 §6.1. Taught in 21-frames.

    >>> MessageWriter().write(TEXT, "Hello", max_fragment_bytes=3).hex()
    '010348656c80026c6f'
    """

    __slots__ = ("_closed", "_deflater", "_make_masking_key", "is_plain")

    def __init__(
        self,
        make_masking_key: Callable[[], bytes] | None = None,
        deflater: Deflater | None = None,
    ) -> None:
        self._make_masking_key = make_masking_key
        self._deflater = deflater
        self._closed = False
        # Whether payloads travel as they are: no mask, no compression.
        self.is_plain = make_masking_key is None and deflater is None

    def write(
        self,
        opcode: int,
        data: str | bytes | CloseReason = b"",
        max_fragment_bytes: int | None = None,
    ) -> bytes:
        """The bytes of one message.

        Args:
            opcode, data: As in `WsMessage`.
            max_fragment_bytes: Cut text and binary into frames of at most this size.

        Raises:
            ValueError: Nothing may follow a close, a control payload has more than
                125 bytes, or the close cannot be written: see `serialise_close`.
            TypeError: `data` is not what the opcode carries.
        """
        if self._closed:
            raise ValueError("nothing may follow a close")
        payload = _to_payload(opcode, data)
        if opcode >= CLOSE:
            if len(payload) > 125:
                raise ValueError(f"{len(payload)} bytes in a control frame; 125 fit")
            self._closed = opcode == CLOSE
            return self._write_frame(opcode, payload)
        if self._deflater:
            payload = self._deflater.deflate(payload)
        return self._write_fragments(opcode, payload, max_fragment_bytes)

    def _write_fragments(
        self, opcode: int, payload: bytes, max_fragment_bytes: int | None
    ) -> bytes:
        step = max_fragment_bytes or len(payload) or 1
        starts = range(0, len(payload) or 1, step)
        rsv = _RSV1 if self._deflater else 0  # RFC 7692 §6.1: in the first frame only
        return b"".join(
            self._write_frame(
                CONTINUATION if start else opcode,
                payload[start : start + step],
                start == starts[-1],
                0 if start else rsv,
            )
            for start in starts
        )

    def _write_frame(
        self, opcode: int, payload: bytes, fin: bool = True, rsv: int = 0
    ) -> bytes:
        key = self._make_masking_key() if self._make_masking_key else None
        return serialise_frame(Frame(opcode, payload, fin, key, rsv))


def _to_payload(opcode: int, data: str | bytes | CloseReason) -> bytes:
    if opcode == TEXT and isinstance(data, str):
        return data.encode()
    if opcode == CLOSE and isinstance(data, CloseReason):
        return serialise_close(data)
    if opcode in (BINARY, PING, PONG) and isinstance(data, bytes):
        return data
    raise TypeError(f"opcode {opcode:#x} does not carry {type(data).__name__}")
