"""What the browser saw beside what the kernel saw: two orders made into one table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from servers.wire.engineio_packets import MESSAGE
from servers.wire.engineio_packets import PACKET_TYPES as ENGINE_TYPES
from servers.wire.message import Message
from servers.wire.socketio_packets import PACKET_TYPES as SOCKET_TYPES

# What the browser notes, who then speaks on the wire, and what it is there.
_FITS = {
    "new": ("client", {"request"}),
    "open": ("server", {"response"}),
    "connect": ("server", {"CONNECT"}),
    "upgrade": ("client", {"upgrade"}),
    "send": ("client", {"text", "binary"}),
    "emit": ("client", {"EVENT", "BINARY_EVENT"}),
    "message": ("server", {"text", "binary", "event"}),
    "event": ("server", {"EVENT", "BINARY_EVENT"}),
    "close": ("client", {"close", "DISCONNECT"}),
    "closed": ("server", {"close", "DISCONNECT"}),
    "error": ("server", {"fin", "reset"}),
}
KINDS = tuple(_FITS)
# All that is shown of a head besides its first line. Never more: the proxy hands
# Jupyter's own cookies to the server.
_HEADERS = (
    "content-type",
    "last-event-id",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
)
_TYPES = ("Engine.IO type", "Socket.IO type")
_PACKET = re.compile(r"text “([0-6])([0-6]?)")


def pair(seen: Iterable[dict], messages: Iterable[Message]) -> list[dict[str, Any]]:
    """One row for each thing that happened: both columns in their own true order.

    Args:
        seen: What the browser noted, {"kind", "text"}; the kinds are `KINDS`.
        messages: What the kernel's tap recorded, without secrets.

    Returns:
        Rows {"way", "browser", "kernel"}: who spoke ("client" or "server"), what the
        browser saw or "", and the lines that the kernel saw. What only one of them
        saw, or what they saw in another order, has a row of its own; FIN has none,
        unless the browser noticed it.

    >>> said = [Message(0, 1, "client", "request", "GET /")]
    >>> pair([{"kind": "new", "text": "new WebSocket"}], said)
    [{'way': 'client', 'browser': 'new WebSocket', 'kernel': ['GET /']}]
    """
    messages = list(messages)
    things: dict[str, list[tuple[int, set[str]]]] = {"client": [], "server": []}
    for index, message in enumerate(messages):
        things[message.sender] += [(index, labels) for labels in labels_of(message)]
    rows: list[dict[str, Any]] = []
    shown = 0
    for event in seen:
        sender, labels = _FITS[event["kind"]]
        index = _take(things[sender], labels)
        lines: list[str] = []
        if index is not None and index >= shown:
            rows += _alone(messages[shown:index])
            lines, shown = lines_of(messages[index]), index + 1
        rows.append({"way": sender, "browser": event["text"], "kernel": lines})
    return rows + _alone(messages[shown:])


def labels_of(message: Message) -> list[set[str]]:
    """What a message may be: a set for each packet that a polling body holds.

    >>> (labels,) = labels_of(Message(0, 1, "client", "text", "text “42[1]”"))
    >>> sorted(labels)  # or just text
    ['EVENT', 'text']
    """
    types = [f.value.split()[-1] for f in message.fields if f.name in _TYPES]
    if message.kind == "text":
        types = []
        if found := _PACKET.match(message.summary):
            engine, inner = int(found[1]), found[2]
            is_inner = engine == MESSAGE and inner
            types = [SOCKET_TYPES[int(inner)] if is_inner else ENGINE_TYPES[engine]]
        return [{message.kind, *types}]
    return [{word} for word in types] or [{message.kind}]


def lines_of(message: Message) -> list[str]:
    """A message as the kernel's column shows it."""
    lines = [message.summary]
    if message.kind in ("request", "response"):
        fields = [(f.name, f.value) for f in message.fields]
        lines += [f"{n}: {value}" for n, value in fields if n.lower() in _HEADERS]
        lines += ["Cookie: …" for name, _ in fields if name.lower() == "cookie"]
        lines += [value for name, value in fields if name in _TYPES]
    return lines


def _take(things: list[tuple[int, set[str]]], labels: set[str]) -> int | None:
    for place, (index, known) in enumerate(things):
        if known & labels:
            del things[: place + 1]
            return index
    return None


def _alone(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [
        {"way": message.sender, "browser": "", "kernel": lines_of(message)}
        for message in messages
        if message.kind != "fin"
    ]
