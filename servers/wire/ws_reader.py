"""Reads WebSocket messages: what is said, whatever frames carry it.

No socket, no asyncio, no clock: bytes in, messages out.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from servers.wire.close_codes import parse_close
from servers.wire.deflate import Inflater
from servers.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    OPCODES,
    TEXT,
    FrameError,
    FrameHead,
    apply_mask,
    parse_head,
)
from servers.wire.ws_messages import WsMessage
from servers.wire.ws_whole import parse_whole

MAX_MESSAGE_BYTES = 1024 * 1024
MAX_FRAGMENTS = 4096
_RSV1 = 0b100

# Which frame may come next. A message is open after a fragment that is not the last;
# control frames may stand anywhere and change nothing.
#   (message open, opcode kind, fin) → message open afterwards; missing: 1002
_NEXT = {
    (False, "data", True): False,
    (False, "data", False): True,
    (True, "continuation", False): True,
    (True, "continuation", True): False,
    (False, "control", True): False,
    (True, "control", True): True,
}


class MessageReader:
    r"""Reads one direction of a WebSocket, however its bytes were cut into pieces.

    Args:
        is_client: Whether this is the client's end, to which nothing comes masked.
        inflater: For permessage-deflate, when it was agreed on.
        max_message_bytes: Refuse longer messages, decompressed or not.
        max_fragments: Refuse messages in more frames.

    Source: RFC 6455 §5.1, §5.4, §5.5, §8.1; RFC 7692 §6.
    Not handled here: answering a ping or a close; that is the connection's business.
    Taught in 21-frames and 23-server-from-scratch.

    >>> reader = MessageReader(is_client=True)
    >>> reader.feed(bytes.fromhex("010348656c"))
    >>> reader.read() is None
    True
    >>> reader.feed(bytes.fromhex("80026c6f"))
    >>> reader.read()
    WsMessage(opcode=1, data='Hello')
    """

    __slots__ = (
        *("is_client", "max_message_bytes", "max_fragments", "_inflater"),
        *("_buffer", "_at", "_head", "_taken", "_control", "_message", "_is_open"),
        *("_error", "_closed", "is_between"),
    )

    def __init__(
        self,
        *,
        is_client: bool,
        inflater: Inflater | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        max_fragments: int = MAX_FRAGMENTS,
    ) -> None:
        self.is_client = is_client
        self.max_message_bytes = max_message_bytes
        self.max_fragments = max_fragments
        self._inflater = inflater
        # What came and was not read starts at `_at`. As long as whole messages come,
        # it is the very bytes that came: no copy, and nothing held while idle.
        self._buffer: bytes | bytearray = b""
        self._at = 0
        self._head: FrameHead | None = None
        self._taken = 0  # bytes of the payload at hand that were read already
        self._control = b""
        self._message: _OpenMessage | None = None
        self._is_open = False
        self._error: FrameError | None = None
        self._closed = False
        # Whether nothing is left to read, and no message has begun.
        self.is_between = True

    def feed(self, data: bytes) -> None:
        """Add bytes; `read` then gives what they complete."""
        if self._closed or not data:
            return
        self.is_between = False
        if self._at == len(self._buffer):
            self._buffer, self._at = data, 0
        else:
            self._to_front()
            self._buffer += data

    def read(self) -> WsMessage | None:
        """The next whole message; None until more bytes are fed, or after a close.

        Raises:
            FrameError: The peer broke the protocol. Send a close with its
                `close_code`; every further call raises it again.
        """
        if self._error:
            raise self._error
        if self._at == len(self._buffer):
            self._buffer, self._at = b"", 0
            has_begun = self._head is not None or self._is_open
            self.is_between = not (has_begun or self._closed)
            return None
        if self._head is None and not self._is_open:
            found = parse_whole(
                self._buffer, self._at, not self.is_client, self.max_message_bytes
            )
            if found:
                message, self._at = found
                return WsMessage(TEXT if isinstance(message, str) else BINARY, message)
        self._to_front()
        try:
            while not self._closed:
                if self._head is None and not self._read_head():
                    return None
                message = self._read_payload()
                if message is not None:
                    return message
                if self._head is not None:
                    return None
        except FrameError as error:
            self._error, self._closed = error, True
            self._buffer, self._at = b"", 0
            raise
        return None

    def __iter__(self) -> Iterator[WsMessage]:
        """What can be read now.

        Raises:
            FrameError: As `read`, after the messages that came before the fault.
        """
        while (message := self.read()) is not None:
            yield message

    def _to_front(self) -> None:
        # The long way takes what it has read from the front.
        if isinstance(self._buffer, bytes):
            self._buffer = bytearray(self._buffer[self._at :])
        else:
            del self._buffer[: self._at]
        self._at = 0

    def _read_head(self) -> bool:
        # Rules that the first two bytes can break are checked when they are there.
        if len(self._buffer) >= 2:
            self._check_first(self._buffer[0], self._buffer[1])
        head = parse_head(self._buffer, self._room_bytes())
        if head is None:
            return False
        self._head, self._taken, self._control = head, 0, b""
        del self._buffer[: head.head_bytes]
        if head.opcode in (TEXT, BINARY):
            inflater = self._inflater if head.rsv & _RSV1 else None
            self._message = _OpenMessage(head.opcode, inflater, self.max_message_bytes)
        if head.opcode < CLOSE and self._message:
            self._message.count(head.payload_bytes, self.max_fragments)
        self._is_open = _NEXT[self._is_open, _kind(head.opcode), head.fin]
        return True

    def _room_bytes(self) -> int:
        opcode = self._buffer[0] & 0b1111 if self._buffer else CONTINUATION
        if opcode >= CLOSE:
            return 125  # a control frame takes no room from the message around it
        used = self._message.frame_bytes if self._message and self._is_open else 0
        return self.max_message_bytes - used

    def _check_first(self, first: int, second: int) -> None:
        opcode, fin, rsv = first & 0b1111, bool(first >> 7), first >> 4 & 0b111
        if opcode not in OPCODES:
            raise FrameError(1002, f"Opcode {opcode:#x} is reserved.")
        allowed = _RSV1 if self._inflater and opcode in (TEXT, BINARY) else 0
        if rsv & ~allowed:
            raise FrameError(1002, "RSV is set and no extension uses it.")
        if bool(second >> 7) == self.is_client:
            raise FrameError(1002, "A client masks, a server does not.")
        if opcode < CLOSE and (self._is_open, _kind(opcode), fin) not in _NEXT:
            raise FrameError(1002, "A fragment stands where none may stand.")

    def _read_payload(self) -> WsMessage | None:
        head = self._head
        assert head is not None
        piece = bytes(self._buffer[: head.payload_bytes - self._taken])
        del self._buffer[: len(piece)]
        if head.masking_key:
            shift = self._taken % 4
            piece = apply_mask(
                piece, head.masking_key[shift:] + head.masking_key[:shift]
            )
        self._taken += len(piece)
        is_whole = self._taken == head.payload_bytes
        self._head = None if is_whole else head
        if head.opcode >= CLOSE:
            self._control += piece
            return self._end_control(head.opcode) if is_whole else None
        assert self._message is not None
        self._message.take(piece)
        return self._message.finish() if is_whole and head.fin else None

    def _end_control(self, opcode: int) -> WsMessage:
        if opcode != CLOSE:
            return WsMessage(opcode, self._control)
        message = WsMessage(CLOSE, parse_close(self._control))
        # RFC 6455 §5.5.1: nothing may follow a close, and §1.4 lets us ignore it.
        self._closed = True
        self._buffer, self._at = b"", 0
        return message


def _kind(opcode: int) -> str:
    if opcode >= CLOSE:
        return "control"
    return "continuation" if opcode == CONTINUATION else "data"


class _OpenMessage:
    """A message whose frames are still coming."""

    def __init__(self, opcode: int, inflater: Inflater | None, max_bytes: int) -> None:
        self.opcode = opcode
        self.frame_bytes = 0
        self._frames = 0
        self._inflater = inflater
        self._room_bytes = max_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._parts: list[str | bytes] = []

    def count(self, payload_bytes: int, max_fragments: int) -> None:
        self.frame_bytes += payload_bytes
        self._frames += 1
        if self._frames > max_fragments:
            raise FrameError(1009, f"More than {max_fragments} fragments.")

    def take(self, piece: bytes) -> None:
        if self._inflater:
            piece = self._inflater.inflate(piece, self._room_bytes)
        self._keep(piece)

    def finish(self) -> WsMessage:
        if self._inflater:
            self._keep(self._inflater.finish(self._room_bytes))
        if self.opcode == BINARY:
            return WsMessage(BINARY, b"".join(self._parts))  # type: ignore[arg-type]
        self._parts.append(self._decode(b"", final=True))
        return WsMessage(TEXT, "".join(self._parts))  # type: ignore[arg-type]

    def _keep(self, piece: bytes) -> None:
        kept = piece[: self._room_bytes]
        self._parts.append(kept if self.opcode == BINARY else self._decode(kept))
        if len(piece) > self._room_bytes:
            raise FrameError(1009, "The message is too big once it is decompressed.")
        self._room_bytes -= len(piece)

    def _decode(self, piece: bytes, final: bool = False) -> str:
        try:
            return self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            raise FrameError(1007, "The text is not UTF-8.") from None
