"""A WebSocket client, and a way to send a server any bytes at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

from servers.live.ws_connection import Connection
from servers.network.deadline import within
from servers.network.listening import HOST
from servers.network.seeding import random_bytes
from servers.network.tap import HasPort
from servers.wire.deflate_offer import DeflateParameters, make_offer
from servers.wire.handshake import Extension, build_request, make_key
from servers.wire.websocket import Limits, WebSocket
from servers.wire.ws_opening import ClientOpening

OPEN_DEADLINE_S = 5.0
RECEIVE_DEADLINE_S = 10.0
# How long the server may take to answer a close, to end the stream after it, and to
# take what was written before.
DEADLINES_S = {"finishing": 2.0, "closing": 2.0, "ending": 2.0, "closed": 1.0}


@asynccontextmanager
async def connecting(
    url: str,
    *,
    at: HasPort | None = None,
    subprotocols: Sequence[str] = (),
    extensions: Sequence[Extension] = (),
    deflate: DeflateParameters | None = None,
    origin: str | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    heartbeat_s: float | None = None,
    receive_deadline_s: float | None = RECEIVE_DEADLINE_S,
) -> AsyncIterator[Connection]:
    """An open WebSocket to `url`; leaving the block closes it.

    Args:
        url: "ws://host:port/target"; no TLS.
        at: Dial this server or tap on 127.0.0.1, whatever host the URL names. The
            Host header still says what the URL says.
        subprotocols: What to offer, best first.
        extensions: What to offer besides; the connection uses none of them, so offer
            none that would change the frames unless you want to see the answer only.
        deflate: What the client wants of permessage-deflate; None: it offers none.
        origin: What a browser would say of the page.
        limits: How much of the server's bytes is too much.
        heartbeat_s: Ask a silent server for a sign of life; None: never.
        receive_deadline_s: How long `receive` waits for a message; None: for ever.

    Raises:
        ValueError: The URL is none that this client can open.
        HandshakeError: The server's answer is no WebSocket; the message says why.
        OSError: Nobody listens there.
        TimeoutError: No answer within 5 seconds.

    Not handled here: TLS, redirects, proxies, reconnecting (chapter 22).
    """
    parts = urlsplit(url)
    if parts.scheme != "ws" or not parts.hostname:
        raise ValueError(f"{url!r} is no ws:// address")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    offer = make_offer(deflate) if deflate else None
    request = build_request(
        parts.netloc,
        target,
        key=make_key(random_bytes(16)),
        subprotocols=subprotocols,
        extensions=[*extensions, *([offer] if offer else [])],
        origin=origin,
    )
    loop = asyncio.get_running_loop()
    opened = loop.create_future()
    connection = Connection(
        WebSocket(
            ClientOpening(request, offer),
            limits=limits,
            make_masking_key=partial(random_bytes, 4),
        ),
        deadlines_s=DEADLINES_S,
        heartbeat_s=heartbeat_s,
        receive_deadline_s=receive_deadline_s,
        on_open=opened.set_result,
        on_lost=partial(_tell_failure, opened),
    )
    address = (HOST, at.port) if at else (parts.hostname, parts.port or 80)
    async with within(OPEN_DEADLINE_S, "connection"):
        await loop.create_connection(lambda: connection, *address)
    try:
        async with within(OPEN_DEADLINE_S, "answer to the handshake"):
            await opened
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        connection.abort()


def _tell_failure(opened: asyncio.Future[Connection], connection: Connection) -> None:
    if not opened.done():
        opened.set_exception(connection.error)


async def exchange(
    data: bytes,
    *,
    at: HasPort | int,
    until: bytes | None = None,
    deadline_s: float = 5.0,
) -> bytes:
    """What a server on 127.0.0.1 says to any bytes at all.

    Args:
        data: What to send.
        at: The server or tap to dial, or its port.
        until: Read up to these bytes, then hang up; None: until the server hangs up.

    Raises:
        TimeoutError: The server did neither within the deadline.
        asyncio.IncompleteReadError: It hung up before `until` came.
    """
    port = at if isinstance(at, int) else at.port
    async with within(deadline_s, "end of the answer"):
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(data)
            return await (reader.readuntil(until) if until else reader.read())
        finally:
            writer.close()
