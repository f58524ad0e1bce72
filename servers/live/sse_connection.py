"""One connection of an event-stream server: a request, then a place in the log.

A connection costs one object and no task: asyncio's protocol in place of its streams.
That is harder to read than a coroutine, and takes a fraction of the memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from servers.wire.event_stream import serialise_comment, serialise_event
from servers.wire.http_head import (
    REASONS,
    HandshakeError,
    HeadReader,
    Request,
    Response,
    parse_request,
    refuse,
    serialise_response,
)

if TYPE_CHECKING:
    from servers.live.sse_server import EventServer

# What may wait in memory for one client that does not read.
SLICE_BYTES = 16 * 1024
LINGER_S = 1.0

# Pages from anywhere may listen. A 204 without it would be no 204 for them but a
# network error, and they would come again.
OPEN_TO_ALL = ("Access-Control-Allow-Origin", "*")
HEADERS = (
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),  # nginx: do not collect it
    ("Connection", "close"),  # the stream ends with the connection
    OPEN_TO_ALL,
)
GOODBYE = Response((OPEN_TO_ALL, ("Connection", "close")), 204, REASONS[204])


class EventConnection(asyncio.Protocol):
    """A client's connection, while the server listens to it and after.

    Args:
        server: What it follows; it tells the server when it comes and goes.
    """

    __slots__ = (
        "_is_full",
        "_place",
        "_reader",
        "_server",
        "_timer",
        "_transport",
        "is_listening",
    )

    def __init__(self, server: EventServer) -> None:
        self.is_listening = False
        self._server = server
        self._reader: HeadReader | None = HeadReader()
        self._timer: asyncio.TimerHandle | None = None
        self._place = 0  # what comes before it in the log was sent
        self._is_full = False  # something waits in memory for the client to read

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=0)
        self._server.came(self)
        self._set_timer(self._server.head_deadline_s, self._be_late)

    def connection_lost(self, error: Exception | None) -> None:
        self._set_timer()
        self._server.went(self)

    def data_received(self, data: bytes) -> None:
        if self._reader is None:
            return  # a client has nothing to say after its request
        try:
            if head := self._reader.feed(data):
                self._answer(parse_request(head))
        except HandshakeError as error:
            self._refuse(error)

    def _answer(self, request: Request) -> None:
        server = self._server
        _check(request, server.paths)
        oldest = str(server.log.first_id - 1) if server.from_beginning else ""
        last_event_id = request.one("Last-Event-ID") or oldest
        self._place, told = server.log.resume(last_event_id)
        if server.is_finished and self._place == server.log.end:
            self._say_goodbye(GOODBYE)
            return
        self._reader = None
        self._set_timer()
        self.is_listening = True
        head = serialise_response(Response(HEADERS))
        retry = serialise_event(retry_ms=server.retry_ms)
        self._transport.write(head + retry + told)
        self.follow()

    def follow(self) -> None:
        """Send on from the log until all is sent or the client takes no more."""
        if not self.is_listening or self._transport.is_closing():
            return
        log = self._server.log
        if self._place < log.start:
            self.drop()  # what comes next for it is no longer kept
            return
        while not self._is_full and self._place < log.end:
            data = log.read(self._place, SLICE_BYTES)
            self._place += len(data)
            self._transport.write(data)
        if self._server.is_finished and self._place == log.end:
            self._transport.close()

    def beat(self) -> None:
        # Only between events: inside one, a comment would cut it in two.
        if self.is_listening and not self._is_full:
            self._transport.write(serialise_comment())

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self.follow()

    def drop(self) -> None:
        """End the connection, whatever was still to be sent."""
        self.is_listening = False
        self._transport.abort()

    def _be_late(self) -> None:
        seconds = self._server.head_deadline_s
        sentence = f"No whole request within {seconds:g} seconds."
        self._refuse(HandshakeError(408, sentence))

    def _refuse(self, error: HandshakeError) -> None:
        response = refuse(error)
        headers = (OPEN_TO_ALL, *response.headers)
        self._say_goodbye(replace(response, headers=headers))

    def _say_goodbye(self, response: Response) -> None:
        # Closing with bytes unread would be a reset, which may overtake the answer:
        # go on reading until the client has closed too (RFC 9112 §9.6).
        self._reader = None
        self._transport.write(serialise_response(response))
        self._transport.write_eof()
        self._set_timer(LINGER_S, self.drop)

    def _set_timer(
        self, after_s: float = 0.0, then: Callable[[], None] | None = None
    ) -> None:
        """One timer at a time; none without a `then`."""
        if self._timer:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(after_s, then) if then else None


def _check(request: Request, paths: Sequence[str]) -> None:
    path = request.target.partition("?")[0]
    if path not in paths:
        raise HandshakeError(404, f"The event stream is at {paths[0]}.")
    if request.method != "GET":
        sentence = f"An event stream is read with GET, not {request.method}."
        raise HandshakeError(405, sentence, (("Allow", "GET"),))
