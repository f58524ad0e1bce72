"""An HTTP/1.1 server that tells on which connection, and as which request, you came."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count

from servers.network.listening import HOST, listening
from servers.wire.http_body import measure_body
from servers.wire.http_head import (
    MAX_HEAD_BYTES,
    HandshakeError,
    Request,
    Response,
    parse_request,
    refuse,
    serialise_response,
)

IDLE_S = 60.0
_WAIT = re.compile(r"[?&]wait_ms=([0-9]{1,4})(?:&|$)", re.ASCII)
HEADERS = (
    ("Content-Type", "application/json; charset=utf-8"),
    # Each question shall travel, and pages of every origin may read the answer.
    ("Cache-Control", "no-store"),
    ("Access-Control-Allow-Origin", "*"),
)


@dataclass
class Server:
    """A running server, and how many connections were opened to it so far."""

    port: int
    opened: int = 0

    def url(self, target: str = "/") -> str:
        return f"http://{HOST}:{self.port}{target}"


@asynccontextmanager
async def serving(*, idle_s: float = IDLE_S, port: int = 0) -> AsyncIterator[Server]:
    """An HTTP server on 127.0.0.1 that keeps connections open and counts them.

    `GET /` answers with JSON: a greeting, the number of the connection, and which
    request on it this was, from 1. `?wait_ms=200` answers so much later; what was
    sent behind it on the same connection waits, too.

    Args:
        idle_s: A connection on which no request came for so long is closed.
        port: 0 lets the system choose.

    Raises:
        OSError: The port is in use.

    Source: RFC 9112 §9.3 (persistence), §9.3.2 (pipelining), §9.5 (time-outs), §9.6
    (tear-down). Not handled here: TLS, HTTP/1.0, requests with a body (refused).
    Taught in 10-tcp-and-keep-alive.
    """
    server = Server(port)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.opened += 1
        with suppress(ConnectionError):  # the client has gone: nobody to tell
            await _answer_all(server.opened, reader, writer, idle_s)

    async with listening(talk, port=port) as server.port:
        yield server


async def _answer_all(
    connection: int,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    idle_s: float,
) -> None:
    for number in count(1):
        try:
            request = await _next_request(reader, idle_s)
            if request is None:
                return
            answer = await _answer(request, connection, number)
        except HandshakeError as error:
            answer = refuse(error)
        writer.write(serialise_response(answer))
        await writer.drain()
        if "close" in answer.tokens("Connection"):
            return


async def _next_request(reader: asyncio.StreamReader, idle_s: float) -> Request | None:
    """None: the client is done, or has been silent for too long."""
    try:
        async with asyncio.timeout(idle_s):
            head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, TimeoutError):
        return None
    except asyncio.LimitOverrunError:
        head = b""
    if not 0 < len(head) <= MAX_HEAD_BYTES:
        raise HandshakeError(431, f"The head is longer than {MAX_HEAD_BYTES} bytes.")
    return parse_request(head)


async def _answer(request: Request, connection: int, number: int) -> Response:
    if request.method != "GET":
        allow = (("Allow", "GET"),)
        raise HandshakeError(405, f"Only GET here, not {request.method}.", allow)
    if measure_body(request) != 0:
        raise HandshakeError(413, "A question to this server has no body.")
    if wait := _WAIT.search(request.target):
        await asyncio.sleep(int(wait[1]) / 1000)
    said = {"text": "Xin chào", "connection": connection, "request": number}
    body = json.dumps(said, ensure_ascii=False).encode()
    answer = Response((*HEADERS, ("Content-Length", str(len(body)))), body=body)
    if "close" in (option.lower() for option in request.tokens("Connection")):
        return replace(answer, headers=(*answer.headers, ("Connection", "close")))
    return answer
