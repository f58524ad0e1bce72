"""One attempt of an EventSource: a request, redirects, and the answer at their end."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass

from servers.network.listening import HOST, HasPort
from servers.wire.event_source import (
    ANNOUNCE,
    MAX_REDIRECTS,
    REDIRECT,
    Address,
    Verdict,
    judge_answer,
    parse_url,
    serialise_asking,
)
from servers.wire.http_body import BodyReader, measure_body
from servers.wire.http_head import (
    HandshakeError,
    HeadReader,
    Response,
    parse_response,
)

READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, with the connection on which it goes on.

    Args:
        url: Where it came from, after all redirects.
        rest: Bytes of the body that came with the head.
    """

    url: str
    response: Response
    verdict: Verdict
    body: BodyReader
    rest: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def close(self) -> None:
        self.writer.close()


async def ask(
    url: str, last_event_id: str = "", dial: Mapping[str, HasPort] | None = None
) -> Answer:
    """The answer to the request of an EventSource. Close it when done.

    Args:
        dial: What to dial in place of what a URL names, by its host and port.

    Raises:
        OSError: Nobody listens, or the connection broke.
        HandshakeError: The answer is no HTTP, or leads round in circles.

    Source: Fetch §4.4: 20 redirects are followed.
    """
    for _ in range(MAX_REDIRECTS + 1):
        answer = await _ask_once(url, last_event_id, dial or {})
        if answer.verdict.action != REDIRECT:
            return answer
        answer.close()
        url = answer.verdict.url
    raise HandshakeError(0, f"More than {MAX_REDIRECTS} redirects.")


async def _ask_once(
    url: str, last_event_id: str, dial: Mapping[str, HasPort]
) -> Answer:
    address = parse_url(url)
    reader, writer = await asyncio.open_connection(*_place(address, dial))
    try:
        writer.write(serialise_asking(address, last_event_id))
        response, rest = await _read_response(reader)
        verdict = judge_answer(response, url)
        # Of an answer that is no stream the body is not read.
        length = measure_body(response) if verdict.action == ANNOUNCE else 0
        body = BodyReader(length, math.inf)
    except BaseException:
        writer.close()
        raise
    return Answer(url, response, verdict, body, rest, reader, writer)


def _place(address: Address, dial: Mapping[str, HasPort]) -> tuple[str, int]:
    other = dial.get(address.authority)
    return (HOST, other.port) if other else (address.host, address.port)


async def _read_response(reader: asyncio.StreamReader) -> tuple[Response, bytes]:
    rest = b""
    while True:
        response, rest = await _read_head(reader, rest)
        if response.status >= 200 or response.status == 101:
            return response, rest  # a 1xx only says that the answer will come


async def _read_head(
    reader: asyncio.StreamReader, data: bytes
) -> tuple[Response, bytes]:
    head_reader = HeadReader()
    while not (head := head_reader.feed(data)):
        data = await reader.read(READ_BYTES)
        if not data:
            raise HandshakeError(0, "The server hung up without an answer.")
    return parse_response(head, takes_1_0=True), head_reader.rest
