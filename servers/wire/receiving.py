"""What a receiver does with bytes: hand over, answer, wait, or close and say why.

No socket, no asyncio, no clock: bytes in, deeds out.
"""

from __future__ import annotations

from dataclasses import dataclass

from servers.wire.close_codes import parse_close
from servers.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    Frame,
    FrameError,
    parse_frame,
)
from servers.wire.handshake import answer
from servers.wire.http_head import HandshakeError, HeadReader, parse_request


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

    Source: RFC 6455 §4.2, §5 and §7; the rules of `answer` and of `parse_frame`.
    Not handled here: fragments that came earlier, extensions.

    >>> receive(bytes.fromhex("810548656c6c6f"))
    [Deed(what='close', number=1002, text='A client masks, a server does not.')]
    """
    if kind == "request":
        return _receive_request(data)
    deeds: list[Deed] = []
    fragments: list[Frame] = []
    while data or not deeds:
        try:
            found = parse_frame(data)
            if found is None:
                return [*deeds, Deed("wait", missing_bytes(data))]
            frame, size = found
            data = data[size:]
            deeds.append(_receive_frame(frame, fragments, is_client))
        except FrameError as error:
            return [*deeds, Deed("close", error.close_code, error.sentence)]
        if deeds[-1].what == "goodbye":
            return deeds + ([Deed("unread", len(data))] if data else [])
    return deeds


def _receive_frame(frame: Frame, fragments: list[Frame], is_client: bool) -> Deed:
    if frame.rsv:
        raise FrameError(1002, "RSV is set and no extension uses it.")
    if (frame.masking_key is None) != is_client:
        raise FrameError(1002, "A client masks, a server does not.")
    if frame.opcode in (PING, PONG):
        return Deed("ping" if frame.opcode == PING else "pong", len(frame.payload))
    if frame.opcode == CLOSE:
        return _receive_close(frame.payload)
    if (frame.opcode == CONTINUATION) != bool(fragments):
        raise FrameError(1002, "A fragment stands where none may stand.")
    fragments.append(frame)
    if not frame.fin:
        return Deed("fragment", len(frame.payload))
    opcode, payload = fragments[0].opcode, b"".join(f.payload for f in fragments)
    fragments.clear()
    if opcode == BINARY:
        return Deed("binary", len(payload))
    return Deed("text", len(payload), _decode(payload, "The text is not UTF-8."))


def _receive_close(payload: bytes) -> Deed:
    close = parse_close(payload)
    return Deed("goodbye", close.code, close.reason)


def _decode(payload: bytes, sentence: str) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise FrameError(1007, sentence) from None


def _receive_request(data: bytes) -> list[Deed]:
    reader = HeadReader()
    try:
        head = reader.feed(data)
        if head is None:
            return [Deed("wait")]
        response = answer(parse_request(head))
        sentence = response.body.decode().strip()
    except HandshakeError as error:
        return [Deed("status", error.status, error.sentence)]
    deeds = [Deed("status", response.status, sentence)]
    if not reader.rest:
        return deeds
    if response.status != 101:
        return [*deeds, Deed("unread", len(reader.rest))]
    return deeds + receive(reader.rest)


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
