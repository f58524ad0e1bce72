"""WebSocket frames as messages with fields, decompressed where that was agreed on.

No socket, no asyncio, no clock: bytes in, values out.
"""

from __future__ import annotations

import codecs
from functools import partial

from servers.wire.deflate import MAX_INFLATED_BYTES, Inflater
from servers.wire.deflate_offer import DeflateParameters
from servers.wire.dissect_packets import is_engineio, list_packet
from servers.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    OPCODES,
    TEXT,
    Frame,
    FrameError,
    parse_frame,
    parse_head,
)
from servers.wire.message import Field
from servers.wire.unread import MIDDLE, Later, Read, unread


class FrameReader:
    """Reads the frames of one direction.

    Args:
        is_client: Whether the client sends them.
        agreed: What both ends agreed on about permessage-deflate, if they did.
        target: What the handshake asked for.
    """

    def __init__(
        self, is_client: bool, agreed: DeflateParameters | None, target: str
    ) -> None:
        self.broken = ""
        self._target = target
        self._packets = is_engineio(target)
        self._inflater = _make_inflater(is_client, agreed) if agreed else None
        self._inflated: _Inflated | None = None

    def read(self, buffer: bytearray) -> Later | None:
        """The frame that `buffer` begins with; None until it is whole."""
        try:
            head = parse_head(buffer)
        except FrameError as error:
            self.broken = error.sentence
            return None
        size = head.head_bytes + head.payload_bytes if head else 0
        if head is None or len(buffer) < size:
            return None
        data, held, error = bytes(buffer[:size]), None, ""
        if self._inflater and head.opcode < CLOSE:
            # At once: what it holds takes part in reading the next.
            try:
                held = self._inflate(data)
            except FrameError as failure:
                error, self._inflater = failure.sentence, None
        return Later(data, partial(self._tell, data, held, error))

    def _tell(self, data: bytes, held: str | bytes | None, error: str) -> Read:
        frame, size = _parse_whole(data)
        summary = (
            _summarise(frame) if held is None else _summarise_inflated(frame, held)
        )
        fields = _list_head(frame, size) + self._list_payload(frame, size, held)
        return OPCODES[frame.opcode], summary, data, tuple(fields), error

    def end(self, data: bytes, why: str) -> list[Read]:
        """Half a frame, when nothing more comes."""
        return [unread(data, why or MIDDLE)]

    def _inflate(self, data: bytes) -> str | bytes | None:
        # None where nothing was compressed: a message without RSV1.
        frame, _ = _parse_whole(data)
        if frame.opcode != CONTINUATION:
            is_compressed = bool(frame.rsv & 0b100)
            self._inflated = (
                _Inflated(frame.opcode, self._inflater) if is_compressed else None
            )
        return self._inflated.take(frame) if self._inflated else None

    def _list_payload(
        self, frame: Frame, size: int, held: str | bytes | None
    ) -> list[Field]:
        start, payload = size - len(frame.payload), frame.payload
        if not payload:
            return []
        if frame.opcode == CLOSE:
            return _list_close(payload, start)
        if held is not None:
            shown = held if isinstance(held, str) else held.hex(" ")
            return [Field("payload, inflated", shown, start, size, "RFC 7692 §7.2.2")]
        is_text = frame.opcode == TEXT and not frame.rsv
        if is_text and self._packets and frame.fin:
            packet = list_packet(payload, start, self._target)
            if packet:
                return packet
        text = payload.decode("utf-8", "replace")
        shown = text if is_text else payload.hex(" ")
        return [Field("payload", shown, start, size, "RFC 6455 §5.6")]


def _parse_whole(data: bytes) -> tuple[Frame, int]:
    found = parse_frame(data)
    assert found
    return found


def _make_inflater(is_client: bool, agreed: DeflateParameters) -> Inflater:
    if is_client:
        return Inflater(
            agreed.client_max_window_bits, agreed.client_no_context_takeover
        )
    return Inflater(agreed.server_max_window_bits, agreed.server_no_context_takeover)


class _Inflated:
    """A compressed message whose frames are still coming."""

    def __init__(self, opcode: int, inflater: Inflater) -> None:
        self._is_text = opcode == TEXT
        self._inflater = inflater
        self._room_bytes = MAX_INFLATED_BYTES
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def take(self, frame: Frame) -> str | bytes:
        data = self._inflater.inflate(frame.payload, self._room_bytes)
        self._room_bytes -= len(data)
        if self._room_bytes >= 0 and frame.fin:
            data += self._inflater.finish(self._room_bytes)
        if self._room_bytes < 0:
            raise FrameError(1009, "The message is too big once it is decompressed.")
        return self._decoder.decode(data, frame.fin) if self._is_text else data


def _summarise(frame: Frame) -> str:
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


def _summarise_inflated(frame: Frame, held: str | bytes) -> str:
    kind, size = OPCODES[frame.opcode], len(frame.payload)
    said = f" “{held}”" if isinstance(held, str) else f", {len(held)} bytes"
    return f"{kind}{said}, {size} bytes deflated"


def _list_close(payload: bytes, start: int) -> list[Field]:
    size = start + len(payload)
    if len(payload) == 1:
        return [Field("payload", payload.hex(), start, size, "RFC 6455 §5.5.1")]
    code = str(int.from_bytes(payload[:2]))
    fields = [Field("close code", code, start, start + 2, "RFC 6455 §7.4")]
    if reason := payload[2:].decode("utf-8", "replace"):
        fields.append(Field("reason", reason, start + 2, size, "RFC 6455 §7.1.6"))
    return fields


def _list_head(frame: Frame, size: int) -> list[Field]:
    start = size - len(frame.payload)
    if frame.masking_key is None:
        return _list_first(frame, start)
    key = frame.masking_key.hex(" ")
    field = Field("masking key", key, start - 4, start, "RFC 6455 §5.3")
    return [*_list_first(frame, start - 4), field]


def _list_first(frame: Frame, key_start: int) -> list[Field]:
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
