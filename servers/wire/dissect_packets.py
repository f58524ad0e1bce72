"""Engine.IO and Socket.IO packets as fields, where a frame or a body holds them.

No socket, no asyncio, no clock: bytes in, fields out.
"""

from __future__ import annotations

from servers.wire.engineio_packets import (
    MESSAGE,
    PACKET_TYPES,
    PacketError,
    parse_record,
)
from servers.wire.message import Field
from servers.wire.socketio_packets import PACKET_TYPES as SOCKET_TYPES
from servers.wire.socketio_packets import match_packet, parse_packet

ENGINE = "Engine.IO protocol 4, “Packet encoding”"
POLLING = "Engine.IO protocol 4, “HTTP long-polling”"
SOCKET = "Socket.IO protocol 5, “Packet encoding”"
_NAMES = {
    "attachments": "attachments",
    "namespace": "namespace",
    "id": "acknowledgement id",
    "data": "data",
}


def is_engineio(target: str) -> bool:
    """Whether a request's target is one that Engine.IO 4 answers.

    Source: Engine.IO protocol 4, "Protocol": the query parameter EIO is mandatory.

    >>> is_engineio("/socket.io/?EIO=4&transport=polling"), is_engineio("/chat")
    (True, False)
    """
    return "EIO=4" in target.partition("?")[2].split("&")


def list_packet(data: bytes, start: int, target: str) -> list[Field]:
    """The fields of one packet in text; none when it is no packet.

    Args:
        data: The packet's bytes, as UTF-8.
        start: Where they stand in their message.
        target: What the request asked for: under /engine.io/ there is no Socket.IO.
    """
    try:
        text = data.decode()
        packet = parse_record(text)
    except (UnicodeDecodeError, PacketError):
        return []
    if isinstance(packet.data, bytes):
        kind, value = "b message in base64", packet.data.hex(" ")
    else:
        kind, value = f"{packet.type} {PACKET_TYPES[packet.type]}", packet.data
    fields = [Field("Engine.IO type", kind, start, start + 1, ENGINE)]
    if packet.type == MESSAGE and isinstance(packet.data, str):
        inner = _list_socketio(packet.data, start + 1, target)
        if inner:
            return fields + inner
    if data[1:]:
        fields.append(Field("data", value, start + 1, start + len(data), ENGINE))
    return fields


def list_payload(data: bytes, start: int, target: str) -> list[Field]:
    """The fields of a polling body; none when it holds anything but packets.

    Args:
        data, start, target: As `list_packet`; there may be several packets.
    """
    fields: list[Field] = []
    for number, record in enumerate(data.split(b"\x1e")):
        if number:
            fields.append(Field("record separator", "1e", start, start + 1, POLLING))
            start += 1
        packet = list_packet(record, start, target)
        if not packet:
            return []
        fields += packet
        start += len(record)
    return fields


def _list_socketio(text: str, start: int, target: str) -> list[Field]:
    if target.startswith("/engine.io"):
        return []
    try:
        packet, _ = parse_packet(text)
        match = match_packet(text)
    except PacketError:
        return []
    kind = f"{packet.type} {SOCKET_TYPES[packet.type]}"
    fields = [Field("Socket.IO type", kind, start, start + 1, SOCKET)]
    for group, name in _NAMES.items():
        if match[group] is None:
            continue
        # Up to the next part, so that the "-" after a number is shown with it.
        end = match.end(group) + (group == "attachments")
        until = start + len(text[:end].encode())
        value = match[group] if group == "data" else match[group].removesuffix(",")
        fields.append(Field(name, value, fields[-1].end, until, SOCKET))
    return fields
