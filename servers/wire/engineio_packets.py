"""Engine.IO 4 packets: one by one over WebSocket, several together over polling.

No socket, no asyncio, no clock: values to text or bytes and back.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = range(7)
PACKET_TYPES = dict(
    enumerate(("open", "close", "ping", "pong", "message", "upgrade", "noop"))
)
RECORD_SEPARATOR = "\x1e"
MAX_PAYLOAD_CHARACTERS = 1_000_000  # what servers announce as maxPayload by default
MAX_PACKETS = 1000


class PacketError(ValueError):
    """Text or bytes that are no packet: close the session."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class EnginePacket:
    """An Engine.IO packet.

    Args:
        type: One of the seven types above.
        data: Text, or bytes, which only a message can carry.
    """

    type: int
    data: str | bytes = ""


def parse_packet(packet: str | bytes) -> EnginePacket:
    r"""The packet that one WebSocket message holds.

    Args:
        packet: A str from a text message, bytes from a binary one.

    Raises:
        PacketError: The text begins with none of the seven types. Close the session.

    Source: Engine.IO protocol 4, "Packet encoding". Taught in 40-engine-io.

    >>> parse_packet("4hello"), parse_packet(b"\x01\x02")
    (EnginePacket(type=4, data='hello'), EnginePacket(type=4, data=b'\x01\x02'))
    """
    if isinstance(packet, bytes):
        return EnginePacket(MESSAGE, packet)
    # Comparing characters, because int() also takes the digits of other scripts.
    if packet[:1] not in tuple("0123456"):
        raise PacketError("A packet begins with its type, 0 to 6.")
    return EnginePacket(int(packet[0]), packet[1:])


def serialise_packet(packet: EnginePacket) -> str | bytes:
    """What one WebSocket message carries: text, or the bare bytes of a binary message.

    Raises:
        ValueError: Bytes in a packet that is no message, or a type that is none.

    Source: Engine.IO protocol 4, "Packet encoding". Taught in 40-engine-io.

    >>> serialise_packet(EnginePacket(PING, "probe"))
    '2probe'
    """
    if packet.type not in PACKET_TYPES:
        raise ValueError(f"there is no packet type {packet.type}")
    if isinstance(packet.data, str):
        return f"{packet.type}{packet.data}"
    if packet.type != MESSAGE:
        raise ValueError("only a message carries bytes")
    return packet.data


def parse_payload(
    payload: str,
    max_packets: int = MAX_PACKETS,
    max_characters: int = MAX_PAYLOAD_CHARACTERS,
) -> list[EnginePacket]:
    r"""The packets of a polling body, in order.

    Args:
        payload: The body as text; packets stand between record separators, and a "b"
            says that base64 follows.
        max_packets, max_characters: Refuse longer bodies.

    Raises:
        PacketError: A packet is none, or there is too much. Close the session.

    Source: Engine.IO protocol 4, "HTTP long-polling". Taught in 40-engine-io.
    Not handled here: JSONP, which browsers no longer need.

    >>> parse_payload("4hello\x1ebAQID")
    [EnginePacket(type=4, data='hello'), EnginePacket(type=4, data=b'\x01\x02\x03')]
    """
    if len(payload) > max_characters:
        raise PacketError(f"A payload has at most {max_characters} characters.")
    packets = payload.split(RECORD_SEPARATOR, max_packets)
    if len(packets) > max_packets:
        raise PacketError(f"A payload has at most {max_packets} packets.")
    return [parse_record(packet) for packet in packets]


def parse_record(record: str) -> EnginePacket:
    r"""The packet that stands between two record separators.

    Raises:
        PacketError: As `parse_payload`.

    Source: Engine.IO protocol 4, "HTTP long-polling". Taught in 40-engine-io.

    >>> parse_record("bAQID")
    EnginePacket(type=4, data=b'\x01\x02\x03')
    """
    if not record.startswith("b"):
        return parse_packet(record)
    try:
        return EnginePacket(MESSAGE, base64.b64decode(record[1:], validate=True))
    except (ValueError, binascii.Error):
        raise PacketError("What follows the b is not base64.") from None


def serialise_payload(packets: Iterable[EnginePacket]) -> str:
    r"""The polling body of these packets.

    Raises:
        ValueError: As `serialise_packet`; no packets at all; or text with a record
            separator, which would be read as two packets.

    Source: Engine.IO protocol 4, "HTTP long-polling". Taught in 40-engine-io.

    >>> serialise_payload([EnginePacket(MESSAGE, "hello"), EnginePacket(MESSAGE, b"x")])
    '4hello\x1ebeA=='
    """
    records = [_serialise_record(packet) for packet in packets]
    if not records or any(RECORD_SEPARATOR in record for record in records):
        raise ValueError("no packets, or a record separator inside a packet")
    return RECORD_SEPARATOR.join(records)


def _serialise_record(packet: EnginePacket) -> str:
    record = serialise_packet(packet)
    if isinstance(record, bytes):
        return "b" + base64.b64encode(record).decode()
    return record
