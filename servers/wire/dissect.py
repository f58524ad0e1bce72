"""From bytes back to what was said: any recorded trace as messages with fields.

No socket, no asyncio, no clock: a trace in, messages out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from servers.wire.deflate_offer import (
    NAME,
    DeflateParameters,
    check_acceptance,
)
from servers.wire.dissect_frames import FrameReader
from servers.wire.dissect_http import HttpReader
from servers.wire.handshake import Extension, parse_extensions
from servers.wire.http_head import HandshakeError, Request, Response
from servers.wire.message import Message
from servers.wire.unread import MIDDLE, Framed, Later, RawReader, Read


def dissect(trace: Iterable[Any]) -> list[Message]:
    """The messages of a trace, in the order in which they were completed.

    Args:
        trace: A `servers.network.trace.Trace`, or any of its segments in order.

    Returns:
        One message per HTTP request or response with its body, per event of an event
        stream, per frame after a 101 (compressed ones with what they hold), and per
        end of a stream. Where the request's target is an Engine.IO one, text frames
        and polling bodies show the packets in them. Bytes that cannot be read come as
        one message of kind "bytes" whose `error` says why; nothing is left out and
        nothing is raised. How the bytes were cut into segments makes no difference.

    Not handled here: HTTP/2, TLS, content codings (shown as they travel).
    Taught in 20-handshake, which first uses it; every chapter after it looks through
    it.
    """
    dissector = Dissector()
    return dissector.take(trace) + dissector.rest()


class Dissector:
    """`dissect`, a few segments at a time: the same messages, however they are cut."""

    def __init__(self) -> None:
        self._conversations: dict[int, _Conversation] = {}
        self._last_ms = 0.0

    def take(self, segments: Iterable[Any]) -> list[Message]:
        """The messages that these segments complete."""
        return [framed.message() for framed in self.frame(segments)]

    def frame(self, segments: Iterable[Any]) -> list[Framed]:
        """The messages that these segments complete, to be read when they are needed.

        Frames only are put off; what is read at once is HTTP, its bodies and events.
        """
        framed: list[Framed] = []
        for segment in segments:
            number = segment.connection
            talk = self._conversations.get(number)
            if talk is None:
                talk = self._conversations[number] = _Conversation()
            where = (segment.time_ms, number, segment.sender)
            framed += [Framed(*where, found) for found in talk.take(segment)]
            self._last_ms = segment.time_ms
        return framed

    def rest(self) -> list[Message]:
        """What is left when nothing more comes: bytes that make no message."""
        return [
            Message(self._last_ms, number, sender, *read)
            for number, talk in self._conversations.items()
            for sender, direction in talk.directions.items()
            for read in direction.flush()
        ]


class _Conversation:
    """What is known of one connection: both directions, and whether it switched."""

    def __init__(self) -> None:
        # Requests whose answer has not come yet: it depends on what was asked.
        self._asked: deque[Request] = deque()
        self.directions = {
            "client": _Direction(HttpReader(self._ask)),
            "server": _Direction(HttpReader(self._answer, is_response=True)),
        }

    def take(self, segment: Any) -> list[Read | Later]:
        direction = self.directions[segment.sender]
        direction.buffer += segment.data
        reads = direction.read_all()
        if segment.event != "data":
            reads += direction.flush(is_fin=segment.event == "fin")
            direction.reader = RawReader("Nothing may follow the end of a stream.")
            reads.append((segment.event, segment.event.upper(), b"", (), ""))
        return reads

    def _ask(self, head: Request | Response) -> Request:
        assert isinstance(head, Request)
        self._asked.append(head)
        return head

    def _answer(self, head: Request | Response) -> Request:
        # A server's first words on a connection of which only half was recorded
        # answer nothing we know of.
        assert isinstance(head, Response)
        request = self._asked[0] if self._asked else Request()
        if self._asked and (head.status == 101 or head.status >= 200):
            self._asked.popleft()
        if head.status == 101:
            self._switch(request, head)
        return request

    def _switch(self, request: Request, response: Response) -> None:
        # From here on both ends speak frames; what the client may have sent too early
        # waits in its buffer and is read with its next segment.
        others = [u for u in response.tokens("Upgrade") if u.lower() != "websocket"]
        agreed = _agreed_deflate(request, response)
        for sender, direction in self.directions.items():
            if direction.reader.broken:
                continue
            if others:
                sentence = f"The connection switched to {others[0]}, not read here."
                direction.reader = RawReader(sentence)
            else:
                is_client = sender == "client"
                direction.reader = FrameReader(is_client, agreed, request.target)


def _agreed_deflate(request: Request, response: Response) -> DeflateParameters | None:
    # A client may make several offers; the server's answer fits the one it took.
    for offer in _extensions(request):
        try:
            agreed = check_acceptance(offer, _extensions(response))
        except HandshakeError:
            continue
        if offer.name == NAME:
            return agreed
    return None  # the client ends such a connection; its frames show as they are


def _extensions(head: Request | Response) -> list[Extension]:
    try:
        return parse_extensions(", ".join(head.all("Sec-WebSocket-Extensions")))
    except HandshakeError:
        return []


class _Direction:
    """The bytes of one direction that are not read yet, and how to read them."""

    def __init__(self, reader: HttpReader | FrameReader | RawReader) -> None:
        self.reader = reader
        self.buffer = bytearray()

    def read_all(self) -> list[Read | Later]:
        reads: list[Read | Later] = []
        while self.buffer and not self.reader.broken:
            found = self.reader.read(self.buffer)
            if found is None:
                break
            reads.append(found)
            data = found.data if isinstance(found, Later) else found[2]
            del self.buffer[: len(data)]
        return reads

    def flush(self, is_fin: bool = False) -> list[Read]:
        """What is left when nothing more comes, however little of a message it is."""
        if not self.buffer:
            return []
        data = bytes(self.buffer)
        self.buffer.clear()
        if self.reader.broken:
            return self.reader.end(data, self.reader.broken)
        return self.reader.end(data, "" if is_fin else MIDDLE)
