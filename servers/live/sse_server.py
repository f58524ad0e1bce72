"""An event-stream server: one log, and clients that follow it, each at its own pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from servers.live.sse_connection import EventConnection
from servers.network.listening import HOST, Tasks, accepting
from servers.wire.event_log import MAX_EVENTS, EventLog

HEAD_DEADLINE_S = 5.0
HEARTBEAT_S = 15.0  # WHATWG HTML §9.2.7: proxies drop what is silent
RETRY_MS = 1000
# Clients that the system lets wait for us when many come at once.
BACKLOG = 4096


class EventServer:
    """A running server. Made by `streaming`, whose arguments these are."""

    def __init__(
        self,
        log: EventLog,
        *,
        paths: Sequence[str],
        retry_ms: int,
        from_beginning: bool,
        head_deadline_s: float,
    ) -> None:
        self.log = log
        self.paths = paths
        self.retry_ms = retry_ms
        self.from_beginning = from_beginning
        self.head_deadline_s = head_deadline_s
        self.port = 0
        self.is_finished = False
        # A dict, because a set's order differs from run to run.
        self._clients: dict[EventConnection, None] = {}
        self._empty = asyncio.Event()

    def url(self, target: str | None = None, scheme: str = "http") -> str:
        return f"{scheme}://{HOST}:{self.port}{target or self.paths[0]}"

    @property
    def listeners(self) -> int:
        """How many clients are getting the stream."""
        return sum(client.is_listening for client in self._clients)

    def send(self, data: str, event: str | None = None) -> int:
        """Send an event to everybody; its id.

        Never waits. A client that reads too slowly goes on from the log later; one
        that lags behind what the log keeps is disconnected, and is told what it has
        missed when it comes again.

        Raises:
            ValueError: The type holds a line end.
        """
        event_id = self.log.append(data, event)
        self._follow()
        return event_id

    def finish(self) -> None:
        """No more events. Clients get what they lack, then 204: do not come again."""
        self.is_finished = True
        self._follow()

    def disconnect(self) -> None:
        """End every connection now; the clients will come again."""
        for client in list(self._clients):
            client.drop()

    def _follow(self) -> None:
        for client in list(self._clients):
            client.follow()

    async def beat(self, every_s: float) -> None:
        """Send a comment to everybody whenever nothing else was sent for so long."""
        while True:
            end = self.log.end
            await asyncio.sleep(every_s)
            if self.log.end == end:
                for client in list(self._clients):
                    client.beat()

    def came(self, client: EventConnection) -> None:
        self._clients[client] = None

    def went(self, client: EventConnection) -> None:
        del self._clients[client]
        if not self._clients:
            self._empty.set()

    async def close(self) -> None:
        self.disconnect()
        self._empty.clear()
        if self._clients:
            await self._empty.wait()


@asynccontextmanager
async def streaming(
    *,
    paths: Sequence[str] = ("/",),
    keep: int = MAX_EVENTS,
    retry_ms: int = RETRY_MS,
    heartbeat_s: float = HEARTBEAT_S,
    from_beginning: bool = False,
    head_deadline_s: float = HEAD_DEADLINE_S,
    port: int = 0,
) -> AsyncIterator[EventServer]:
    """An event-stream server on 127.0.0.1 that ends with the block.

    Args:
        paths: Where the stream is found; every other path is refused.
        keep: How many events are kept for those who come again.
        retry_ms: How long clients shall wait before they reconnect.
        heartbeat_s: After so long a silence, at the latest after twice as long, a
            comment is sent.
        from_beginning: A client that comes without an id gets what is kept, not only
            what is still to come.
        head_deadline_s: How long a client may take to send its request.
        port: 0 lets the system choose.

    Raises:
        OSError: The port is in use.

    Source: WHATWG HTML §9.2. Not handled here: TLS, cookies, several streams, clients
    that are gone without a word (the system gives them up after some minutes, or the
    log outruns them). Taught in 30-event-stream and 31-resume.
    """
    server = EventServer(
        EventLog(keep),
        paths=paths,
        retry_ms=retry_ms,
        from_beginning=from_beginning,
        head_deadline_s=head_deadline_s,
    )
    creating = asyncio.get_running_loop().create_server(
        lambda: EventConnection(server), HOST, port, backlog=BACKLOG
    )
    tasks = Tasks()
    async with accepting(creating, tasks) as server.port:
        tasks.start(server.beat(heartbeat_s))
        try:
            yield server
        finally:
            await server.close()
