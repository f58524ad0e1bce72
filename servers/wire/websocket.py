"""One end of a WebSocket, from its first byte to its last.

No socket, no asyncio, no clock: bytes in, messages and bytes out. Whoever owns it
carries the bytes, and watches the time for what `state` waits for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from servers.wire.close_codes import CloseReason
from servers.wire.deflate import Deflater, Inflater
from servers.wire.deflate_offer import DeflateParameters
from servers.wire.frames import BINARY, CLOSE, PING, PONG, TEXT, FrameError
from servers.wire.http_head import (
    HandshakeError,
    Request,
    Response,
    parse_request,
    parse_response,
    serialise_request,
    serialise_response,
)
from servers.wire.ws_messages import MessageWriter, WsMessage
from servers.wire.ws_opening import ClientOpening, ServerOpening
from servers.wire.ws_reader import MAX_FRAGMENTS, MAX_MESSAGE_BYTES, MessageReader
from servers.wire.ws_states import next_state
from servers.wire.ws_whole import parse_whole, serialise_whole

# What may still come after the last word; then the peer is cut off.
MAX_UNREAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of the other end's bytes is too much.

    Args:
        message_bytes: The longest message, decompressed or not; then 1009.
        fragments: The most frames of one message; then 1009.
        controls_per_s: The most pings and pongs in a second; then 1008.
    """

    message_bytes: int = MAX_MESSAGE_BYTES
    fragments: int = MAX_FRAGMENTS
    controls_per_s: int = 1000


class WebSocket:
    r"""One end of a WebSocket.

    Args:
        opening: Whose end it is, with what it asks or answers.
        limits: How much is too much.
        make_masking_key: For a client: gives four fresh random bytes a frame.

    Bytes that came go into `feed`, and `read` gives messages until it gives None. What
    `take` gives after any call is to be sent. `state` is one of `ws_states.STATES`;
    when it is "ending" a server sends no more, a client waits for the server to end the
    stream; when it is "closed" the stream is to be closed.

    Source: RFC 6455 §4 to §7. Taught in 23-server-from-scratch.

    >>> server = WebSocket(ServerOpening())
    >>> server.feed(b"GET / HTTP/1.1\r\n\r\n")
    >>> server.take()[:24], server.state
    (b'HTTP/1.1 400 Bad Request', 'ending')
    """

    __slots__ = (
        *("state", "is_client", "ended", "error"),
        *("can_send", "is_plain", "holds_pongs", "_heads"),
        *("_opening", "_limits", "_make_masking_key", "_outgoing"),
        *("_reader", "_writer", "_unread_bytes", "_second", "_controls"),
        *("_held_pong", "_heard", "_asked", "_last_word"),
    )

    def __init__(
        self,
        opening: ServerOpening | ClientOpening,
        *,
        limits: Limits = Limits(),
        make_masking_key: Callable[[], bytes] | None = None,
    ) -> None:
        self.state = "connecting"
        self.can_send = False  # whether the other end still takes messages
        # Whether its frames are what any server would send: no mask, no extension.
        self.is_plain = False
        # As bytes: for as long as the connection lives, values would take 2 KB.
        self._heads: tuple[bytes, bytes] | None = None
        self.ended: CloseReason | None = None  # what the application is told
        self.error: HandshakeError | None = None  # why there is no WebSocket
        self.holds_pongs = False
        self.is_client = isinstance(opening, ClientOpening)
        self._opening: ServerOpening | ClientOpening | None = opening
        self._limits = limits
        self._make_masking_key = make_masking_key
        self._outgoing: list[bytes] = []
        self._reader: MessageReader | None = None
        self._writer: MessageWriter | None = None
        self._unread_bytes = 0
        self._second, self._controls = 0, 0
        self._held_pong: bytes | None = None
        self._heard, self._asked = False, False
        self._last_word: CloseReason | FrameError | None = None
        if isinstance(opening, ClientOpening):
            self._outgoing.append(serialise_request(opening.request))

    @property
    def request(self) -> Request | None:
        """The request that opened it; None until it is open."""
        return parse_request(self._heads[0]) if self._heads else None

    @property
    def response(self) -> Response | None:
        """The 101 that opened it; None until it is open."""
        return parse_response(self._heads[1]) if self._heads else None

    # What came from the other end

    def feed(self, data: bytes, now_s: float = 0.0) -> None:
        """Bytes came.

        Args:
            now_s: The time on any clock; for limits that are meant per second.
        """
        self._heard = True
        if self.state == "open" or self.state == "closing":
            self._reader.feed(data)
            if now_s - self._second >= 1:
                self._second, self._controls = now_s, 0
        elif self.state == "connecting":
            self._open(data)
        else:
            self._unread_bytes += len(data)
            if self.state == "ending" and self._unread_bytes > MAX_UNREAD_BYTES:
                self._go("too much unread")

    def feed_message(self, data: bytes) -> str | bytes | None:
        """Bytes came: the message that they are, in place of `feed` and `read`.

        None where they are anything else than one whole message, or something came
        before them that was not read; then they have still to be fed.
        """
        reader = self._reader
        if self.state != "open" or not reader.is_between:
            return None
        found = parse_whole(data, 0, not self.is_client, reader.max_message_bytes)
        if found is None or found[1] != len(data):
            return None
        self._heard = True
        return found[0]

    def feed_end(self) -> None:
        """The stream ended."""
        if self.state == "connecting":
            self._hear_end_of_opening()
        if isinstance(self._last_word, CloseReason):
            self.ended = self._last_word
        self._end(1006, "The stream ended without a close.")
        self._go("stream ended")

    def read(self) -> WsMessage | None:
        """The next message, of any opcode; None when more bytes have to come.

        Pings are answered already. A close or a broken rule is the last thing read;
        it is answered by `finish`.
        """
        if self.state != "open" and self.state != "closing":
            return None
        try:
            message = self._reader.read()
            if message is not None and message.opcode >= CLOSE:
                self._take_control(message)
        except FrameError as error:
            self._hear_last_word(error, "rule broken")
            return None
        return message

    def finish(self) -> None:
        """The application has answered all that it will: so is the last word."""
        last = self._last_word
        if isinstance(last, FrameError):
            # RFC 6455 §7.1.7: say why, and listen no more.
            last = answer = CloseReason(last.close_code, last.sentence)
        else:
            # RFC 6455 §5.5.1: the answer typically echoes the code, not the reason.
            answer = CloseReason(last.code)
        self.ended = last
        self._outgoing.append(self._writer.write(CLOSE, answer))
        self._go("caught up")

    # What this end says

    def take(self) -> bytes:
        """The bytes to send, once."""
        outgoing = self._outgoing
        if not outgoing:
            return b""
        data = outgoing[0] if len(outgoing) == 1 else b"".join(outgoing)
        outgoing.clear()
        return data

    def send(self, message: str | bytes) -> None:
        """Say a message: text for a str, binary for bytes.

        Raises:
            ValueError: The connection is not open.
        """
        if not self.can_send:
            raise ValueError(f"no message can be sent while {self.state}")
        opcode = TEXT if isinstance(message, str) else BINARY
        self._outgoing.append(self._writer.write(opcode, message))

    def say(self, message: str | bytes) -> bytes:
        """`send` and `take`, in one step."""
        if self.is_plain and self.can_send and not self._outgoing:
            return serialise_whole(message)
        self.send(message)
        return self.take()

    def ping(self, payload: bytes = b"") -> None:
        """Ask for a pong.

        Raises:
            ValueError: As `send`, or more than 125 bytes.
        """
        if self.state != "open":
            raise ValueError(f"no ping can be sent while {self.state}")
        self._outgoing.append(self._writer.write(PING, payload))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, unless it was said already.

        Raises:
            ValueError: The code may not travel, or the reason is too long.
        """
        if self.state == "finishing":
            self.finish()
        elif self.state == "open":
            close = self._writer.write(CLOSE, CloseReason(code, reason))
            self._outgoing.append(close)
            self._go("close sent")

    # What the owner's clock says

    def give_up(self, waited_s: float) -> None:
        """What `state` waits for did not come in time."""
        if self.state == "connecting" and isinstance(self._opening, ServerOpening):
            self._answer(self._opening.give_up(waited_s))
        elif self.state == "finishing":
            self.finish()
        elif self.state in ("closing", "ending"):
            self._end(1006, f"No close came within {waited_s:g} seconds.")
            self._go("time is up")

    def beat(self) -> None:
        """The time between two heartbeats has passed: ask whether anybody is there.

        Any byte is a sign of life. Without one a ping is sent; without one after that,
        the connection is given up.

        Source: RFC 6455 §5.5.2 leaves keepalive to the two ends.
        """
        if self.state != "open":
            return
        if not self._heard and self._asked:
            self._end(1006, "Not a byte came since the last ping.")
            self._go("no sign of life")
            return
        self._asked = not self._heard
        self._heard = False
        if self._asked:
            self.ping()

    # How it works

    def _go(self, event: str) -> None:
        self.state = next_state(self.state, event)
        self.can_send = self.state in ("open", "finishing")

    def _open(self, data: bytes) -> None:
        try:
            response = self._opening.feed(data)
        except HandshakeError as error:
            refusal = self._opening.refusal
            status = refusal.status if refusal else 0
            self.error = HandshakeError(status, error.sentence)
            self._go("wrong answer")
            return
        if response is None:
            return
        if self.is_client:
            self._start(response)
        else:
            self._answer(response)

    def _answer(self, response: Response) -> None:
        self._outgoing.append(serialise_response(response))
        if response.status == 101:
            self._start(response)
        else:
            self._opening = None
            self._go("refused")

    def _start(self, response: Response) -> None:
        opening, self._opening = self._opening, None
        self._heads = serialise_request(opening.request), serialise_response(response)
        deflater, inflater = self._make_coders(opening.agreed)
        self._writer = MessageWriter(self._make_masking_key, deflater)
        self.is_plain = self._writer.is_plain
        self._reader = MessageReader(
            is_client=self.is_client,
            inflater=inflater,
            max_message_bytes=self._limits.message_bytes,
            max_fragments=self._limits.fragments,
        )
        self._reader.feed(opening.rest)
        self._go("101")

    def _make_coders(
        self, agreed: DeflateParameters | None
    ) -> tuple[Deflater | None, Inflater | None]:
        if agreed is None:
            return None, None
        ends = (
            (agreed.server_max_window_bits, agreed.server_no_context_takeover),
            (agreed.client_max_window_bits, agreed.client_no_context_takeover),
        )
        return Deflater(*ends[self.is_client]), Inflater(*ends[not self.is_client])

    def _hear_end_of_opening(self) -> None:
        try:
            if isinstance(self._opening, ClientOpening):
                self._opening.feed_end()
        except HandshakeError as error:
            self.error = error

    def _take_control(self, message: WsMessage) -> None:
        if message.opcode == CLOSE:
            self._hear_last_word(message.data, "close received")
            return
        self._controls += 1
        if self._controls > self._limits.controls_per_s:
            raise FrameError(1008, "Too many pings and pongs in a second.")
        if message.opcode == PING and self.state == "open":
            self._pong(message.data)

    def _hear_last_word(self, word: CloseReason | FrameError, event: str) -> None:
        if self.state == "open":
            self._last_word = word
        elif isinstance(word, FrameError):
            self._end(word.close_code, word.sentence)
        else:
            self._end(word.code, word.reason)
        self._go(event)

    def _pong(self, payload: bytes) -> None:
        # RFC 6455 §5.5.3: of pings that wait for their pong, the last one is enough.
        # So a peer that pings and does not read cannot make us grow.
        if self.holds_pongs:
            self._held_pong = payload
        else:
            self._outgoing.append(self._writer.write(PONG, payload))

    def release_pongs(self) -> None:
        """The other end reads again: what `holds_pongs` held back is said."""
        self.holds_pongs = False
        if self._held_pong is not None and self.state == "open":
            self._pong(self._held_pong)
        self._held_pong = None

    def _end(self, code: int, reason: str) -> None:
        if self.ended is None:
            self.ended = CloseReason(code, reason)
