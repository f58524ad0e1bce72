"""An open WebSocket, the same for both ends: messages in, messages out.

What the bytes mean is `servers.wire.websocket`; here they travel, and time passes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from servers.live.ws_waiter import Waiter
from servers.network.deadline import within
from servers.wire.close_codes import CloseReason
from servers.wire.frames import CLOSE
from servers.wire.http_head import HandshakeError, Request, Response
from servers.wire.websocket import WebSocket

# Messages that nobody has received yet, in bytes; then the other end has to wait.
MAX_WAITING_BYTES = 64 * 1024
# What a message weighs besides its bytes: so empty ones are bounded too.
MESSAGE_WEIGHT_BYTES = 64
# As much as asyncio reads at once.
READ_BYTES = 256 * 1024


class ConnectionEnded(Exception):
    """The connection is over; `code` and `reason` say how (1006: without a close)."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code
        self.reason = reason


class _Thread(threading.local):
    """What all connections of a thread share."""

    def __init__(self) -> None:
        # For each read asyncio makes a buffer of its own, as long as this one, for
        # whatever comes. That may cost more than all the rest: the system maps memory
        # for it, and unmaps it again.
        self.inbox = memoryview(bytearray(READ_BYTES))


_thread = _Thread()


class Connection(asyncio.BufferedProtocol):
    """One end of a WebSocket. Made by `serving` and `connecting`.

    Args:
        websocket: What the bytes mean.
        deadlines_s: How long it may stay in a state, by the names in `ws_states`.
        heartbeat_s: The time between two questions whether the peer lives; None: none.
        receive_deadline_s: How long `receive` waits; None: for ever.
        on_open, on_lost: Called with the connection when it opens, and when it is gone.
    """

    # Ten thousand of them may be waiting: no dictionary each.
    __slots__ = (
        *("_ws", "_state", "_transport", "_messages", "_waiting_bytes", "_waiter"),
        *("_writable", "_gone", "_timer", "_deadlines_s", "_heartbeat_s", "_loop"),
        *("_receive_deadline_s", "_on_open", "_on_lost", "_reading_paused"),
        *("_is_answering", "_is_aborted", "_inbox"),
        *("__weakref__",),
    )

    def __init__(
        self,
        websocket: WebSocket,
        *,
        deadlines_s: Mapping[str, float],
        heartbeat_s: float | None = None,
        receive_deadline_s: float | None = None,
        on_open: Callable[[Connection], object] | None = None,
        on_lost: Callable[[Connection], object] | None = None,
    ) -> None:
        self._ws = websocket
        self._state = websocket.state
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._inbox = _thread.inbox
        self._messages: list[str | bytes] = []
        self._waiting_bytes = 0
        self._reading_paused = False
        # Whether the application has taken a message and not asked for the next.
        self._is_answering = False
        self._is_aborted = False
        self._waiter: Waiter | None = None
        self._writable: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadlines_s = deadlines_s
        self._heartbeat_s = heartbeat_s
        self._receive_deadline_s = receive_deadline_s
        self._on_open = on_open
        self._on_lost = on_lost

    # What the application does

    @property
    def request(self) -> Request:
        """The request that opened it."""
        return self._ws.request

    @property
    def response(self) -> Response:
        """The answer that opened it."""
        return self._ws.response

    @property
    def subprotocol(self) -> str | None:
        return self._ws.response.one("Sec-WebSocket-Protocol")

    @property
    def error(self) -> HandshakeError | None:
        """Why it did not open."""
        return self._ws.error

    @property
    def ended(self) -> CloseReason | None:
        """How it ended; None until that is known."""
        return self._ws.ended

    @property
    def state(self) -> str:
        """One of `servers.wire.ws_states.STATES`."""
        return self._ws.state

    async def send(self, message: str | bytes) -> None:
        """Send one message: text for a str, binary for bytes.

        Waits while the other end reads too slowly.

        Raises:
            ConnectionEnded: The connection is closing or closed.
        """
        if not self._ws.can_send:
            raise self._ending()
        self._transport.write(self._ws.say(message))
        if self._writable is not None:
            await asyncio.shield(self._writable)

    def ping(self, payload: bytes = b"") -> None:
        """Ask the other end for a pong, which is taken in silence.

        Raises:
            ValueError: The connection is not open, or more than 125 bytes.

        Source: RFC 6455 §5.5.2.
        """
        self._ws.ping(payload)
        self._settle()

    def try_send(self, message: str | bytes, frame: bytes) -> bool:
        """Send a message without waiting; False where it would have to wait.

        Args:
            frame: The same message as a server writes it without compression.
        """
        if not self._ws.can_send or self._writable is not None:
            return False
        if self._ws.is_plain:
            self._transport.write(frame)
        else:
            self._transport.write(self._ws.say(message))
        return True

    def receive(self) -> Coroutine[Any, Any, str | bytes]:
        """The next whole message.

        Raises:
            ConnectionEnded: No more messages come; `code` says why.
            TimeoutError: None came within the deadline.
        """
        return self._receive(self._ending)

    async def _receive(self, at_end: Callable[[], Exception]) -> str | bytes:
        self._is_answering = False
        message = None
        while message is None and not self._messages:
            waiter = self._waiter
            if waiter is None or waiter.is_taken or self._ws.state != "open":
                waiter = self._start_waiting(at_end)
            if self._receive_deadline_s is None:
                message = await waiter
            else:
                async with within(self._receive_deadline_s, "message"):
                    message = await waiter
        self._is_answering = True
        return self._take_waiting() if message is None else message

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, and wait until the connection is gone.

        Messages that nobody has received by then are dropped.

        Source: RFC 6455 §7.1.2; §7.1.1: the server closes the TCP connection first.
        """
        self._ws.close(code, reason)
        self._messages.clear()
        self._waiting_bytes = 0
        self._step()
        if self._state != "gone":
            self._gone = self._gone or self._loop.create_future()
            await asyncio.shield(self._gone)

    def __aiter__(self) -> Connection:
        """Messages until the connection ends."""
        return self

    def __anext__(self) -> Coroutine[Any, Any, str | bytes]:
        return self._receive(StopAsyncIteration)

    def abort(self) -> None:
        """Cut it off, without a word."""
        if self._transport is not None:
            self._transport.abort()
        self._is_aborted = True

    def _ending(self) -> ConnectionEnded:
        ended = self._ws.ended or CloseReason(1000)
        return ConnectionEnded(ended.code, ended.reason)

    def _take_waiting(self) -> str | bytes:
        message = self._messages.pop(0)
        self._waiting_bytes -= len(message) + MESSAGE_WEIGHT_BYTES
        if self._reading_paused:
            self._step()
        return message

    def _start_waiting(self, at_end: Callable[[], Exception]) -> Waiter:
        if self._ws.state == "finishing":
            self._step()
        if self._ws.state != "open":
            raise at_end()
        waiter = self._waiter = self._waiter or Waiter(self._loop)
        if waiter.is_taken:
            raise RuntimeError("only one task can wait for a message")
        return waiter

    # What asyncio tells it

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if self._is_aborted:
            # It was accepted, and given up before asyncio told us.
            transport.abort()
            return
        self._watch()
        self._step()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._inbox

    def buffer_updated(self, size: int) -> None:
        # Copied first: the next one to read may be another connection.
        data = bytes(self._inbox[:size])
        waiter = self._waiter
        if waiter is not None and waiter.is_waiting:
            # What nearly every message is: whole, and somebody waits for it.
            message = self._ws.feed_message(data)
            if message is not None:
                waiter.go_on(message)
                return
        self.data_received(data)

    def data_received(self, data: bytes) -> None:
        """Bytes came, however they were read."""
        self._ws.feed(data, self._loop.time())
        self._step()

    def eof_received(self) -> None:
        self._ws.feed_end()
        self._step()

    def connection_lost(self, error: Exception | None) -> None:
        self._ws.feed_end()
        self._step()
        self._state = "gone"
        self._watch()
        for future in (self._gone, self._writable):
            if future is not None and not future.done():
                future.set_result(None)
        self._writable = None
        if self._on_lost is not None:
            self._on_lost(self)

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()
        self._ws.holds_pongs = True

    def resume_writing(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None:
            writable.set_result(None)
        self._ws.release_pongs()
        self._step()

    # How it goes on, after anything has happened

    def _step(self) -> None:
        ws = self._ws
        if self._state == "connecting":
            self._settle()
        while self._waiting_bytes <= MAX_WAITING_BYTES:
            message = ws.read()
            if message is None:
                break
            if message.opcode < CLOSE and ws.can_send:
                self._messages.append(message.data)
                self._waiting_bytes += len(message.data) + MESSAGE_WEIGHT_BYTES
        if ws.state == "finishing" and not (self._messages or self._is_answering):
            ws.finish()
        self._settle()
        too_much = self._waiting_bytes > MAX_WAITING_BYTES and ws.state == "open"
        if too_much != self._reading_paused:
            self._pause_reading(too_much)
        waiter = self._waiter
        if waiter is not None and (self._messages or ws.state != "open"):
            waiter.wake()

    def _settle(self) -> None:
        if data := self._ws.take():
            self._transport.write(data)
        if self._ws.state != self._state and self._state != "gone":
            self._enter(self._ws.state)

    def _pause_reading(self, pause: bool) -> None:
        self._reading_paused = pause
        if pause:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _enter(self, state: str) -> None:
        self._state = state
        self._watch()
        if state == "open":
            self._on_open(self)
        elif state == "closed":
            self._transport.close()
        elif state == "ending" and not self._ws.is_client:
            # No close yet: bytes left unread would reset what is still on its way.
            self._transport.write_eof()

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._state == "open" and self._heartbeat_s is not None:
            self._timer = self._loop.call_later(self._heartbeat_s, self._beat)
        elif seconds := self._deadlines_s.get(self._state):
            self._timer = self._loop.call_later(seconds, self._give_up, seconds)

    def _beat(self) -> None:
        self._ws.beat()
        self._step()
        if self._state == "open":
            self._watch()

    def _give_up(self, waited_s: float) -> None:
        if self._state == "closed":
            # The other end takes nothing any more, not even the rest of our bytes.
            self._transport.abort()
            return
        self._ws.give_up(waited_s)
        self._step()
