"""A WebSocket server that keeps to the rules, also with peers that do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from servers.live.ws_connection import Connection, ConnectionEnded
from servers.network.listening import HOST, Tasks, accepting
from servers.wire.deflate_offer import DeflateParameters
from servers.wire.handshake import answer as standard_answer
from servers.wire.http_head import HandshakeError, Request, Response
from servers.wire.websocket import Limits, WebSocket
from servers.wire.ws_opening import ServerOpening
from servers.wire.ws_whole import serialise_whole

HEAD_DEADLINE_S = 5.0
# How long the other end may take to answer a close, to end its stream after the last
# word, and to take what was written before it.
LAST_DEADLINES_S = {"finishing": 2.0, "closing": 2.0, "ending": 1.0, "closed": 1.0}
# Clients that the system lets wait for us when many come at once.
BACKLOG = 1024


@dataclass(frozen=True)
class Server:
    """A running server, and the connections that are open now."""

    port: int
    connections: set[Connection] = field(default_factory=set)

    def url(self, target: str = "/", scheme: str = "ws") -> str:
        return f"{scheme}://{HOST}:{self.port}{target}"


async def echo(connection: Connection) -> None:
    """Send every message back."""
    async for message in connection:
        await connection.send(message)


@asynccontextmanager
async def serving(
    handler: Callable[[Connection], Awaitable[None]] = echo,
    *,
    answer: Callable[[Request], Response] = standard_answer,
    deflate: DeflateParameters | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    heartbeat_s: float | None = None,
    head_deadline_s: float = HEAD_DEADLINE_S,
    port: int = 0,
) -> AsyncIterator[Server]:
    """A WebSocket server on 127.0.0.1 that ends with the block.

    Args:
        handler: Called with each open connection; when it returns, the connection is
            closed with 1000. It may let `ConnectionEnded` pass.
        answer: What the server says to a request; with `functools.partial` the
            standard one knows subprotocols and origins.
        deflate: What the server wants of permessage-deflate; None: it declines it.
        limits: How much of a peer's bytes is too much.
        heartbeat_s: Ask silent peers for a sign of life; None: never.
        head_deadline_s: How long a client may take to send its request.
        port: 0 lets the system choose.

    Raises:
        OSError: The port is in use.

    Not handled here: TLS, HTTP besides the handshake. Taught in
    23-server-from-scratch.
    """
    tasks, connected = Tasks(), set[Connection]()
    deadlines_s = {"connecting": head_deadline_s, **LAST_DEADLINES_S}
    reply = _noting_failures(answer, tasks)

    def accept() -> Connection:
        opening = ServerOpening(reply, deflate)
        connection = Connection(
            WebSocket(opening, limits=limits),
            deadlines_s=deadlines_s,
            heartbeat_s=heartbeat_s,
            on_open=open_,
            on_lost=lose,
        )
        connected.add(connection)
        return connection

    def open_(connection: Connection) -> None:
        server.connections.add(connection)
        tasks.start(_serve(connection, handler, tasks))

    def lose(connection: Connection) -> None:
        connected.discard(connection)
        server.connections.discard(connection)

    def abort_all() -> None:
        for connection in list(connected):
            connection.abort()

    creating = asyncio.get_running_loop().create_server(
        accept, HOST, port, backlog=BACKLOG
    )
    async with accepting(creating, tasks, at_end=abort_all) as chosen_port:
        server = Server(chosen_port)
        yield server


def broadcast(
    connections: Iterable[Connection], message: str | bytes
) -> list[Connection]:
    """Send one message to many, and wait for none of them.

    Returns:
        Those that it was not sent to, since they do not take what was sent before.
        Decide what they get instead: nothing, the newest, or a close.

    Taught in 25-chat-with-websockets.
    """
    # Without masks and compression the bytes are the same for all: made once.
    frame = serialise_whole(message)
    return [c for c in connections if not c.try_send(message, frame)]


async def _serve(
    connection: Connection,
    handler: Callable[[Connection], Awaitable[None]],
    tasks: Tasks,
) -> None:
    try:
        await handler(connection)
    except asyncio.CancelledError:
        await connection.close(1001, "The server stops.")
        raise
    except Exception as error:
        # That a connection ended is no failure, if it was this one.
        if connection.state == "open" or not isinstance(error, ConnectionEnded):
            tasks.failures.append(error)
            await connection.close(1011, "The server failed.")
    await connection.close()


def _noting_failures(
    answer: Callable[[Request], Response], tasks: Tasks
) -> Callable[[Request], Response]:
    def reply(request: Request) -> Response:
        try:
            response = answer(request)
            if not isinstance(response, Response):
                raise TypeError(f"a server answers with a Response, not {response!r}")
            return response
        except HandshakeError:
            raise
        except Exception as error:
            tasks.failures.append(error)
            headers = (("Content-Length", "0"), ("Connection", "close"))
            return Response(headers, 500, "Internal Server Error")

    return reply
