"""The smallest WebSocket server that keeps to the rules of the handshake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from servers.live.ws_connection import READ_BYTES, Connection
from servers.network.listening import HOST, listening
from servers.wire.handshake import answer as standard_answer
from servers.wire.http_head import (
    MAX_HEAD_BYTES,
    HandshakeError,
    HeadReader,
    Request,
    Response,
    parse_request,
    refuse,
    serialise_response,
)

HEAD_DEADLINE_S = 5.0
LINGER_S = 1.0
LINGER_BYTES = 256 * 1024


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int

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
    head_deadline_s: float = HEAD_DEADLINE_S,
    port: int = 0,
) -> AsyncIterator[Server]:
    """A WebSocket server on 127.0.0.1 that ends with the block.

    Args:
        handler: Called with each open connection; when it returns, the connection is
            closed with 1000.
        answer: What the server says to a request; with `functools.partial` the
            standard one knows subprotocols and origins.
        head_deadline_s: How long a client may take to send its request.
        port: 0 lets the system choose.

    Raises:
        OSError: The port is in use.

    Not handled here: TLS, HTTP besides the handshake, compression (chapter 24),
    heartbeats (chapter 22).
    """

    async def on_connection(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            request, response, rest = await _shake_hands(
                reader, answer, head_deadline_s
            )
            if response is None:
                return
            writer.write(serialise_response(response))
            if request is None or response.status != 101:
                await _hang_up(reader, writer)
                return
            connection = Connection(
                reader,
                writer,
                is_client=False,
                request=request,
                response=response,
                rest=rest,
            )
            await _serve(connection, handler)
            await _hang_up(reader, writer)

    async with listening(on_connection, port=port) as chosen_port:
        yield Server(chosen_port)


async def _shake_hands(
    reader: asyncio.StreamReader,
    answer: Callable[[Request], Response],
    deadline_s: float,
) -> tuple[Request | None, Response | None, bytes]:
    """The request, what to answer, and bytes that came too early; None: left silent."""
    head_reader = HeadReader(MAX_HEAD_BYTES)
    try:
        async with asyncio.timeout(deadline_s):
            while data := await reader.read(READ_BYTES):
                if head := head_reader.feed(data):
                    request = parse_request(head)
                    return request, answer(request), head_reader.rest
        return None, None, b""
    except HandshakeError as error:
        return None, refuse(error), b""
    except TimeoutError:
        late = HandshakeError(408, f"No whole request within {deadline_s:g} seconds.")
        return None, refuse(late), b""


async def _serve(
    connection: Connection, handler: Callable[[Connection], Awaitable[None]]
) -> None:
    try:
        await handler(connection)
    except asyncio.CancelledError:
        await connection.close(1001, "The server stops.")
        raise
    except Exception:
        await connection.close(1011, "The server failed.")
        raise
    await connection.close()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close so that the last words arrive: bytes left unread would cause a reset.

    Source: RFC 9112 §9.6; RFC 6455 §7.1.1.
    """
    await writer.drain()
    writer.write_eof()
    left = LINGER_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while left > 0 and (data := await reader.read(READ_BYTES)):
                left -= len(data)
