"""Our EventSource: it reads, and comes again with the id of the last event."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from servers.live.sse_asking import Answer, ask
from servers.network.deadline import within
from servers.network.listening import HasPort
from servers.wire.event_source import (
    ANNOUNCE,
    CLOSE,
    CLOSED,
    CONNECTING,
    FAIL,
    REESTABLISH,
    STEPS,
    parse_url,
)
from servers.wire.event_stream import Event, EventStreamError, EventStreamReader
from servers.wire.http_body import BodyReader, join_data
from servers.wire.http_head import HandshakeError

OPEN_DEADLINE_S = 10.0
RECEIVE_DEADLINE_S = 10.0
# "Probably in the region of a few seconds", says the standard; Chromium takes 3.
RECONNECT_MS = 3000
READ_BYTES = 64 * 1024
MAX_EVENT_CHARACTERS = 16 * 1024 * 1024
NO_CONTENT = 204

# Called with what a page's listener would hear, "open" or "error", the state after it,
# and why.
OnChange = Callable[[str, str, str], object]


class SourceClosed(Exception):
    """No more events will come: it was closed, or the server said something final.

    Args:
        sentence: What happened.
        is_failure: False when we closed it, or the server did with 204.
    """

    def __init__(self, sentence: str, is_failure: bool) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.is_failure = is_failure


class EventSource:
    """An event stream that goes on when its connection is cut. Made by `subscribing`.

    It reads only while somebody waits in `receive`, so that nothing piles up here:
    the server finds out who is slow. `state` is "connecting", "open" or "closed".
    """

    def __init__(
        self,
        url: str,
        *,
        at: HasPort | None = None,
        last_event_id: str = "",
        receive_deadline_s: float | None = RECEIVE_DEADLINE_S,
        silence_s: float | None = None,
        max_event_characters: int = MAX_EVENT_CHARACTERS,
        on_change: OnChange | None = None,
    ) -> None:
        self.url = url
        self.state = CONNECTING
        self.reconnect_ms = RECONNECT_MS
        # Where to dial instead of what a URL names, by what it names.
        authority = parse_url(url).authority
        self._dial = {authority: at} if at else {}
        self._receive_deadline_s = receive_deadline_s
        self._silence_s = silence_s
        self._on_change = on_change
        self._max_event_characters = max_event_characters
        self._stream = EventStreamReader(max_event_characters, last_event_id)
        self._answer: Answer | None = None
        self._ended = ""  # why this connection gives no more bytes
        self._due_s = -math.inf  # when to ask again
        self._closed = SourceClosed("It was closed.", is_failure=False)

    @property
    def last_event_id(self) -> str:
        """What it sends when it comes again."""
        return self._stream.last_event_id

    async def receive(self) -> Event:
        """The next event, over as many connections as it takes.

        Raises:
            SourceClosed: None will come.
            TimeoutError: None came within the deadline; call it again to go on.
        """
        async with within(self._receive_deadline_s, "event"):
            while (event := self._read_event()) is None:
                if self.state == CLOSED:
                    raise self._closed
                if self.state == CONNECTING:
                    await self.connect()
                elif self._ended:
                    self._step(REESTABLISH, self._ended)
                else:
                    await self._read_bytes()
            return event

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Events until the server says with 204 that there are no more.

        Raises:
            SourceClosed: The server's answer was another that is final.
            TimeoutError: As `receive`.
        """
        try:
            while True:
                yield await self.receive()
        except SourceClosed as closed:
            if closed.is_failure:
                raise

    def close(self) -> None:
        """Want no more events."""
        self._step(CLOSE, "It was closed.")

    def _step(self, happening: str, why: str = "") -> None:
        self.state, heard = STEPS[self.state, happening]
        if happening != ANNOUNCE:
            self._hang_up()
        if happening == REESTABLISH:
            now_s = asyncio.get_running_loop().time()
            self._due_s = now_s + self.reconnect_ms / 1000
        if heard and self._on_change:
            self._on_change(heard, self.state, why)

    def _hang_up(self) -> None:
        if self._answer:
            self._answer.close()
        self._answer, self._ended = None, ""

    def _read_event(self) -> Event | None:
        try:
            event = self._stream.read()
        except EventStreamError as error:
            self._fail(error.sentence)
            return None
        if self._stream.retry_ms is not None:
            self.reconnect_ms = self._stream.retry_ms
        return event

    def _fail(self, sentence: str, is_failure: bool = True) -> None:
        if self.state != CLOSED:
            self._closed = SourceClosed(sentence, is_failure)
            self._step(FAIL, sentence)

    async def connect(self) -> None:
        """Ask once; `state` says what came of it."""
        await asyncio.sleep(self._due_s - asyncio.get_running_loop().time())
        answer, why = None, ""
        try:
            async with within(OPEN_DEADLINE_S, "answer"):
                answer = await ask(self.url, self.last_event_id, self._dial)
        except (OSError, HandshakeError) as error:
            why = str(error)
        self._answer = answer
        if self.state == CLOSED:  # meanwhile, by another task
            self._hang_up()
        elif answer is None:
            self._step(REESTABLISH, why)
        elif answer.verdict.action == FAIL:
            self._fail(answer.verdict.sentence, answer.response.status != NO_CONTENT)
        else:
            self._begin(answer)

    def _begin(self, answer: Answer) -> None:
        self.url = answer.url  # where it was led to it asks from now on, as browsers do
        # What the last connection left unfinished is forgotten, its id is not.
        self._stream = EventStreamReader(self._max_event_characters, self.last_event_id)
        self._step(ANNOUNCE)
        self._take(answer.body, answer.rest)

    async def _read_bytes(self) -> None:
        answer = self._answer
        try:
            async with within(self._silence_s, "byte"):
                data = await answer.reader.read(READ_BYTES)
        except OSError as error:
            self._ended = str(error) or "The connection broke."
            return
        if data:
            self._take(answer.body, data)
        else:
            self._ended = "The connection has ended."

    def _take(self, body: BodyReader, data: bytes) -> None:
        """Bytes of the body: to the stream, as far as they keep to the framing."""
        try:
            self._stream.feed(join_data(body.feed(data)))
            body.feed(b"")  # tells of a fault behind the last piece
        except HandshakeError as error:
            self._ended = error.sentence
            return
        if body.done:
            self._ended = "The body has ended."


@asynccontextmanager
async def subscribing(
    url: str,
    *,
    at: HasPort | None = None,
    last_event_id: str = "",
    receive_deadline_s: float | None = RECEIVE_DEADLINE_S,
    silence_s: float | None = None,
    max_event_characters: int = MAX_EVENT_CHARACTERS,
    on_change: OnChange | None = None,
) -> AsyncIterator[EventSource]:
    """The event stream at `url`, asked for once; leaving the block closes it.

    What the server sends from here on will be heard. If the attempt failed, `receive`
    tries again, or says what is final.

    Args:
        url: "http://host:port/target"; no TLS.
        at: Dial this server or tap on 127.0.0.1, whatever host the URL names.
        last_event_id: Go on behind this event.
        receive_deadline_s: How long `receive` waits for an event; None: for ever.
        silence_s: Take so long a silence for a dead connection, and come again; wants
            a server with heartbeats. None, as the standard has it: wait for ever.
        max_event_characters: A longer event ends it for good.
        on_change: Called with what a page would hear, "open" or "error", the state
            after it, and why.

    Raises:
        ValueError: The URL is none that this client can open.

    Source: WHATWG HTML §9.2.
    Not handled here: TLS, proxies, cookies, and waits that grow from attempt to
    attempt, which the standard allows (chapter 52). Taught in 31-resume.
    """
    source = EventSource(
        url,
        at=at,
        last_event_id=last_event_id,
        receive_deadline_s=receive_deadline_s,
        silence_s=silence_s,
        max_event_characters=max_event_characters,
        on_change=on_change,
    )
    try:
        await source.connect()
        yield source
    finally:
        source.close()
