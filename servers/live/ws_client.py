"""The smallest WebSocket client, and a way to send a server any bytes at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from servers.live.ws_connection import READ_BYTES, Connection
from servers.network.deadline import within
from servers.network.listening import HOST
from servers.network.seeding import random_bytes
from servers.network.tap import HasPort
from servers.wire.handshake import (
    Extension,
    build_request,
    check_answer,
    make_key,
)
from servers.wire.http_head import (
    HandshakeError,
    HeadReader,
    Response,
    parse_response,
    serialise_request,
)

OPEN_DEADLINE_S = 5.0
RECEIVE_DEADLINE_S = 10.0
MAX_BODY_BYTES = 64 * 1024


@asynccontextmanager
async def connecting(
    url: str,
    *,
    at: HasPort | None = None,
    subprotocols: Sequence[str] = (),
    extensions: Sequence[Extension] = (),
    origin: str | None = None,
    receive_deadline_s: float | None = RECEIVE_DEADLINE_S,
) -> AsyncIterator[Connection]:
    """An open WebSocket to `url`; leaving the block closes it.

    Args:
        url: "ws://host:port/target"; no TLS.
        at: Dial this server or tap on 127.0.0.1, whatever host the URL names. The
            Host header still says what the URL says.
        subprotocols: What to offer, best first.
        extensions: What to offer; the connection uses none, so offer none that would
            change the frames unless you want to see the answer only.
        origin: What a browser would say of the page.
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
    request = build_request(
        parts.netloc,
        target,
        key=make_key(random_bytes(16)),
        subprotocols=subprotocols,
        extensions=extensions,
        origin=origin,
    )
    address = (HOST, at.port) if at else (parts.hostname, parts.port or 80)
    async with within(OPEN_DEADLINE_S, "connection"):
        reader, writer = await asyncio.open_connection(*address)
    try:
        async with within(OPEN_DEADLINE_S, "answer to the handshake"):
            writer.write(serialise_request(request))
            response, rest = await _read_response(reader)
        check_answer(request, response)
        connection = Connection(
            reader,
            writer,
            is_client=True,
            request=request,
            response=response,
            rest=rest,
            receive_deadline_s=receive_deadline_s,
        )
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        writer.close()


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


async def _read_response(reader: asyncio.StreamReader) -> tuple[Response, bytes]:
    head_reader = HeadReader()
    while data := await reader.read(READ_BYTES):
        if head := head_reader.feed(data):
            response = parse_response(head)
            if response.status == 101:
                return response, head_reader.rest
            return await _read_body(reader, response, head_reader.rest), b""
    raise HandshakeError(0, "The server hung up without an answer.")


async def _read_body(
    reader: asyncio.StreamReader, response: Response, body: bytes
) -> Response:
    length = response.one("Content-Length") or ""
    size = int(length) if length.isascii() and length.isdigit() else MAX_BODY_BYTES
    while len(body) < min(size, MAX_BODY_BYTES):
        data = await reader.read(READ_BYTES)
        if not data:
            break
        body += data
    return replace(response, body=body[:size])
