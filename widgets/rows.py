"""Messages as plain values for a page, and many of them in little space."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from servers.wire.message import Message

# A longer message is shown by its beginning: the stored output stays small.
MAX_BYTES_SHOWN = 1024
# More messages than these travel packed.
MANY = 1000
# More clients than these share one column.
MOST_CLIENTS = 6

KEYS = (
    "step",
    "time_ms",
    "connection",
    "sender",
    "receiver",
    "kind",
    "summary",
    "hex",
    "size",
    "fields",
    "error",
)
FIELD_KEYS = ("name", "value", "start", "end", "source")

# The columns of a connection: who opened it, and who took it.
Ends = Mapping[int, tuple[str, str]]


def row_of(step: int, message: Message, ends: Ends) -> tuple:
    """A message as the values of `KEYS`; its fields as those of `FIELD_KEYS`.

    Args:
        step: Its number, from 1.
        message: Its `sender` is "client" or "server", an end of its connection, or the
            name of a column; then its `receiver` may be another.
        ends: The columns of connections that are not between a client and the server.
    """
    number, sender = message.connection, message.sender
    client, server = ends.get(number) or (f"client-{number}", "server")
    receiver = getattr(message, "receiver", "")
    if sender == "client":
        sender, receiver = client, receiver or server
    elif sender == "server":
        sender, receiver = server, receiver or client
    return (
        step,
        round(message.time_ms, 3),
        number,
        sender,
        receiver or server,
        message.kind,
        message.summary,
        message.data[:MAX_BYTES_SHOWN].hex(),
        len(message.data),
        [(f.name, f.value, f.start, f.end, f.source) for f in message.fields],
        message.error,
    )


def dict_of(row: tuple) -> dict[str, Any]:
    """A row with its names, as a page gets it."""
    message = dict(zip(KEYS, row, strict=True))
    message["fields"] = [dict(zip(FIELD_KEYS, f, strict=True)) for f in row[9]]
    return message


def pack(rows: Iterable[tuple]) -> dict[str, list]:
    """Rows in a third of the space: a word that repeats is written once.

    >>> pack([(1, 0.5, 1, "client-1", "server", "ping", "ping", "8900", 2, [], "")])
    ... # doctest: +NORMALIZE_WHITESPACE
    {'words': ['client-1', 'server', 'ping'],
     'rows': [[1, 0.5, 1, 0, 1, 2, 'ping', '8900', 2, [], '']]}
    """
    at = _Words()
    packed = []
    for *start, sender, receiver, kind, summary, data, size, fields, error in rows:
        ends = at[sender], at[receiver], at[kind]
        short = [(at[f[0]], f[1], f[2], f[3], at[f[4]]) for f in fields]
        packed.append([*start, *ends, summary, data, size, short, error])
    return {"words": list(at), "rows": packed}


class _Words(dict):
    """Numbers for words, in the order in which they are first asked for."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


def packed_if_many(messages: list[dict]) -> list[dict] | dict[str, list]:
    """What a page gets for `messages`: themselves, or packed when they are many."""
    if len(messages) <= MANY:
        return messages
    rows = [[message[key] for key in KEYS] for message in messages]
    for row in rows:
        row[9] = [[field[key] for key in FIELD_KEYS] for field in row[9]]
    return pack(rows)


def derive_columns(ids: Iterable[str], words: Mapping[str, str]) -> list[dict]:
    """The columns of these ends: clients, others by name, servers, brokers.

    >>> words = {"client": "client", "server": "server", "broker": "broker"}
    >>> [c["label"] for c in derive_columns(["broker", "server", "client-1"], words)]
    ['client', 'server', 'broker']
    """
    known = dict.fromkeys(ids) or dict.fromkeys(("client-1", "server"))
    groups: dict[str, list[str]] = {"client": [], "": [], "server": [], "broker": []}
    for name in known:
        groups[_role(name)].append(name)
    clients = groups["client"]
    if len(clients) > MOST_CLIENTS:
        crowd = {"id": "clients", "label": words["clients"].format(len(clients))}
        return [crowd, *derive_columns([n for n in known if n not in clients], words)]
    for role in ("client", "server", "broker"):
        groups[role].sort(key=_number)
    return [
        {"id": name, "label": label_of(name, words, alone=len(group) == 1)}
        for group in groups.values()
        for name in group
    ]


def label_of(name: str, words: Mapping[str, str], alone: bool = False) -> str:
    """A column's name for a reader: "client 2" for client-2, others as they are."""
    role = _role(name)
    if not role:
        return name
    number = name[len(role) + 1 :]
    return words[role] + (f" {number}" if number and not alone else "")


def _role(name: str) -> str:
    found = re.fullmatch(r"(client|server|broker)(-\d+)?", name)
    return found[1] if found else ""


def _number(name: str) -> int:
    return int(name.partition("-")[2] or 0)
