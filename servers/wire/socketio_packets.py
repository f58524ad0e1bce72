"""Socket.IO 5 packets: text with holes, and the bytes that fill them.

No socket, no asyncio, no clock: values to text and bytes, and back.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from servers.wire.engineio_packets import PacketError

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = range(7)
PACKET_TYPES = {
    CONNECT: "CONNECT",
    DISCONNECT: "DISCONNECT",
    EVENT: "EVENT",
    ACK: "ACK",
    CONNECT_ERROR: "CONNECT_ERROR",
    BINARY_EVENT: "BINARY_EVENT",
    BINARY_ACK: "BINARY_ACK",
}
_BINARY_TYPES = {EVENT: BINARY_EVENT, ACK: BINARY_ACK}
MAX_ATTACHMENTS = 100
MAX_PACKET_BYTES = 1_000_000
# JavaScript counts exactly up to 2^53, which has 16 digits.
_PACKET = re.compile(
    r"(?P<type>[0-6])(?:(?<=[56])(?P<attachments>[0-9]{1,6})-)?"
    r"(?P<namespace>/[^,]*,?)?(?P<id>[0-9]{1,15}(?![0-9]))?(?P<data>[^0-9].*)?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class SocketPacket:
    """A Socket.IO packet.

    Args:
        type: One of the seven types above.
        data: What was said: a list for events and acks, a dict or nothing for
            connections. Bytes may stand anywhere in it.
        namespace: "/" is the main one.
        id: The acknowledgement id, in an event that asks for one and in its answer.
    """

    type: int
    data: Any = None
    namespace: str = "/"
    id: int | None = None


def match_packet(text: str) -> re.Match[str]:
    """The parts of a packet's text and where they stand, by name.

    Returns:
        A match with the groups type, attachments, namespace, id and data.

    Raises:
        PacketError: The text is not built like a packet.

    Source: Socket.IO protocol 5, "Packet encoding". Taught in 41-events-and-acks.

    >>> match_packet('2/admin,13["foo"]')["namespace"]
    '/admin,'
    """
    match = _PACKET.fullmatch(text)
    if not match:
        raise PacketError("This is not built like a Socket.IO packet.")
    return match


def parse_packet(text: str) -> tuple[SocketPacket, int]:
    """The packet in a text, and how many attachments must come before it is whole.

    Raises:
        PacketError: The text breaks a rule; close the session.

    Source: Socket.IO protocol 5, "Packet encoding". Taught in 41-events-and-acks.
    Not handled here: filling in the attachments; that is `PacketReader`.

    >>> parse_packet('2/admin,13["foo"]')
    (SocketPacket(type=2, data=['foo'], namespace='/admin', id=13), 0)
    """
    if len(text) > MAX_PACKET_BYTES:
        raise PacketError(f"A packet has at most {MAX_PACKET_BYTES} bytes.")
    match = match_packet(text)
    packet = SocketPacket(
        int(match["type"]),
        _load(match["data"]),
        (match["namespace"] or "/").removesuffix(","),
        None if match["id"] is None else int(match["id"]),
    )
    if not _RULES[packet.type](packet.data):
        raise PacketError(f"{PACKET_TYPES[packet.type]} does not carry such data.")
    if packet.type in (BINARY_EVENT, BINARY_ACK) and match["attachments"] is None:
        raise PacketError("A binary packet says how many attachments follow.")
    attachments = int(match["attachments"] or 0)
    if attachments > MAX_ATTACHMENTS:
        raise PacketError(f"A packet has at most {MAX_ATTACHMENTS} attachments.")
    return packet, attachments


def serialise_packet(packet: SocketPacket) -> list[str | bytes]:
    r"""The text of a packet, and then its attachments.

    Args:
        packet: An event or ack that holds bytes is written as its binary type.

    Raises:
        ValueError: The data is not JSON and bytes, or the packet may not carry it.

    Source: Socket.IO protocol 5, "Packet encoding". Taught in 41-events-and-acks.

    >>> serialise_packet(SocketPacket(EVENT, ["baz", b"\x01\x02"]))
    ['51-["baz",{"_placeholder":true,"num":0}]', b'\x01\x02']
    """
    attachments: list[str | bytes] = []
    data = _take_out(packet.data, attachments)
    kind = _BINARY_TYPES.get(packet.type, packet.type) if attachments else packet.type
    is_binary = kind in (BINARY_EVENT, BINARY_ACK)
    if kind not in _RULES or not _RULES[kind](data) or (attachments and not is_binary):
        raise ValueError(f"packet type {packet.type} does not carry such data")
    if not re.fullmatch("/[^,]*", packet.namespace):
        raise ValueError("a namespace begins with a slash and has no comma")
    text = str(kind)
    text += f"{len(attachments)}-" if is_binary else ""
    text += "" if packet.namespace == "/" else f"{packet.namespace},"
    text += "" if packet.id is None else str(packet.id)
    # As JSON.stringify writes: no spaces, and letters as they are.
    options = {"separators": (",", ":"), "ensure_ascii": False, "allow_nan": False}
    text += "" if data is None else json.dumps(data, **options)
    return [text, *attachments]


class PacketReader:
    r"""Reads the packets of one session, and fills in their attachments.

    Args:
        max_packet_bytes: Refuse packets that have more, attachments included.

    Source: Socket.IO protocol 5, "Packet encoding". Taught in 41-events-and-acks.

    >>> reader = PacketReader()
    >>> reader.feed('51-["baz",{"_placeholder":true,"num":0}]') is None
    True
    >>> reader.feed(b"\x01\x02").data
    ['baz', b'\x01\x02']
    """

    def __init__(self, max_packet_bytes: int = MAX_PACKET_BYTES) -> None:
        self.max_packet_bytes = max_packet_bytes
        self._packet: SocketPacket | None = None
        self._missing = 0
        self._attachments: list[bytes] = []
        self._packet_bytes = 0

    def feed(self, data: str | bytes) -> SocketPacket | None:
        """The packet that the data of one Engine.IO message completes, if it does.

        Raises:
            PacketError: The peer broke a rule. Close the session; what was collected
                is dropped.
        """
        try:
            self._count(data)
            return self._take(data)
        except PacketError:
            self._forget()
            raise

    def _count(self, data: str | bytes) -> None:
        size = len(data.encode("utf-8", "replace") if isinstance(data, str) else data)
        self._packet_bytes += size
        if self._packet_bytes > self.max_packet_bytes:
            raise PacketError(f"More than {self.max_packet_bytes} bytes in a packet.")

    def _take(self, data: str | bytes) -> SocketPacket | None:
        if isinstance(data, bytes) != (self._packet is not None):
            raise PacketError("Attachments come right after their packet, only there.")
        if isinstance(data, str):
            self._packet, self._missing = parse_packet(data)
        else:
            self._attachments.append(data)
        if len(self._attachments) < self._missing:
            return None
        packet, attachments = self._packet, self._attachments
        self._forget()
        if packet.type in (BINARY_EVENT, BINARY_ACK):
            return replace(packet, data=_put_back(packet.data, attachments))
        return packet

    def _forget(self) -> None:
        self._packet, self._missing = None, 0
        self._attachments, self._packet_bytes = [], 0


# What a packet's data must be, by type ("Exchange protocol").
def _is_event(data: Any) -> bool:
    # An event's name is text; JavaScript lets it be a number too.
    return isinstance(data, list) and bool(data) and type(data[0]) in (str, int, float)


def _is_list(data: Any) -> bool:
    return isinstance(data, list)


_RULES = {
    CONNECT: lambda data: data is None or isinstance(data, dict),
    DISCONNECT: lambda data: data is None,
    EVENT: _is_event,
    ACK: _is_list,
    CONNECT_ERROR: lambda data: isinstance(data, dict | str),
    BINARY_EVENT: _is_event,
    BINARY_ACK: _is_list,
}


def _load(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise PacketError("The data of the packet is not JSON.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is Python's, not JSON's")


def _take_out(data: Any, attachments: list[str | bytes]) -> Any:
    if isinstance(data, bytes):
        attachments.append(data)
        return {"_placeholder": True, "num": len(attachments) - 1}
    if isinstance(data, list):
        return [_take_out(item, attachments) for item in data]
    if isinstance(data, dict):
        return {name: _take_out(item, attachments) for name, item in data.items()}
    return data


def _put_back(data: Any, attachments: list[bytes]) -> Any:
    try:
        return _fill(data, attachments)
    except RecursionError:
        raise PacketError("The data of the packet is nested too deeply.") from None


def _fill(data: Any, attachments: list[bytes]) -> Any:
    if isinstance(data, list):
        return [_fill(item, attachments) for item in data]
    if not isinstance(data, dict):
        return data
    if data.get("_placeholder") is not True:
        return {name: _fill(item, attachments) for name, item in data.items()}
    number = data.get("num")
    if type(number) is not int or not 0 <= number < len(attachments):
        raise PacketError("A placeholder stands for an attachment that is not there.")
    return attachments[number]
