"""What a receiver does with bytes: hand over, answer, wait, or close and say why.

No socket, no asyncio, no clock: bytes in, deeds out.
"""

from __future__ import annotations

from dataclasses import dataclass

from servers.wire.close_codes import CloseReason
from servers.wire.frames import OPCODES, FrameError, parse_head
from servers.wire.ws_messages import WsMessage
from servers.wire.ws_opening import ServerOpening
from servers.wire.ws_reader import MessageReader


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a receiver does.

    Args:
        what: "status": it answers a request. "text", "binary": it hands a message to
            the application. "fragment": it keeps a part of one. "ping": it answers
            with a pong. "pong": it takes one. "goodbye": it answers a close.
            "close": it closes, because a rule is broken. "wait": more has to come.
            "unread": bytes that it never reads.
        number: The status, the close code, or how many bytes; for "wait" the least
            that is missing, 0 when nobody can know.
        text: The message, the reason of a close, or the rule that was broken.
    """

    what: str
    number: int = 0
    text: str = ""


def receive(data: bytes, *, kind: str = "frame", is_client: bool = False) -> list[Deed]:
    """What the receiver of `data` does, in order.

    Args:
        data: All that arrives; may hold less than a frame or head, or more than one.
        kind: "frame" on a connection that has just opened, or "request".
        is_client: Whether the receiver is the client, to whom nobody masks.

    Source: RFC 6455 §4.2, §5 and §7; the rules are those of `ServerOpening` and of
    `MessageReader`, which a connection runs on too.
    Not handled here: fragments that came earlier, extensions.

    >>> receive(bytes.fromhex("810548656c6c6f"))
    [Deed(what='close', number=1002, text='A client masks, a server does not.')]
    """
    if kind == "request":
        return _receive_request(data)
    reader, deeds = MessageReader(is_client=is_client), list[Deed]()
    while data or not deeds:
        missing = missing_bytes(data)
        end = len(data) + missing
        frame, data = data[:end], data[end:]
        reader.feed(frame)
        try:
            message = reader.read()
        except FrameError as error:
            return [*deeds, Deed("close", error.close_code, error.sentence)]
        if missing > 0:
            return [*deeds, Deed("wait", missing)]
        deeds.append(_deed(message) if message else _keep(frame))
        if deeds[-1].what == "goodbye":
            return deeds + ([Deed("unread", len(data))] if data else [])
    return deeds


def _deed(message: WsMessage) -> Deed:
    if isinstance(message.data, CloseReason):
        return Deed("goodbye", message.data.code, message.data.reason)
    if isinstance(message.data, str):
        return Deed("text", len(message.data.encode()), message.data)
    return Deed(OPCODES[message.opcode], len(message.data))


def _keep(frame: bytes) -> Deed:
    head = parse_head(frame)
    assert head is not None
    return Deed("fragment", head.payload_bytes)


def _receive_request(data: bytes) -> list[Deed]:
    opening = ServerOpening()
    response = opening.feed(data)
    if response is None:
        return [Deed("wait")]
    deeds = [Deed("status", response.status, response.body.decode().strip())]
    if not opening.rest:
        return deeds
    if response.status != 101:
        return [*deeds, Deed("unread", len(opening.rest))]
    return deeds + receive(opening.rest)


def missing_bytes(data: bytes) -> int:
    """How many bytes the first frame in `data` still lacks, as far as it shows.

    >>> missing_bytes(bytes.fromhex("81054865"))
    3
    """
    if len(data) < 2:
        return 2 - len(data)
    size = data[1] & 0b0111_1111
    start = 2 + {126: 2, 127: 8}.get(size, 0)
    if len(data) < start:
        return start - len(data)
    if start > 2:
        size = int.from_bytes(data[2:start])
    start += 4 if data[1] & 0b1000_0000 else 0
    return start + size - len(data)
