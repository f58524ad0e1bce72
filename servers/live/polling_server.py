"""A price over plain HTTP: ask now, ask whether it changed, or ask and wait."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from servers.live.ticker import GoneError, Quote, Ticker
from servers.live.web_application import running
from servers.live.ws_server import Server

PATIENCE_S = 25.0
PATHS = "/price, /next and /changes?after=ID"
HEADERS = {
    "Server": "ticker",
    # Kept by a cache, but never shown without asking here first.
    "Cache-Control": "no-cache",
    # Pages of every origin may read this: the price is public and knows no cookies.
    "Access-Control-Allow-Origin": "*",
}


@asynccontextmanager
async def serving(
    ticker: Ticker, *, patience_s: float = PATIENCE_S, port: int = 0
) -> AsyncIterator[Server]:
    """An HTTP server for a ticker on 127.0.0.1 that ends with the block.

    `GET /price` answers at once with the newest quote and its ETag, or with 304 to
    a request whose If-None-Match holds that ETag. `GET /next` waits for the next
    change: naive long polling, which loses what happens between two requests.
    `GET /changes?after=3` answers with all quotes after id 3, and waits when there
    are none: long polling with a cursor.

    Args:
        ticker: Whose price it is.
        patience_s: After so many seconds without a change a question that waits is
            answered with 204, "nothing yet".
        port: 0 lets the system choose.

    Raises:
        OSError: The port is in use.

    Source: RFC 9110 §8.8.3, §13.1.2, §15.4.5 (ETag, If-None-Match, 304); RFC 6202 §2
    (long polling) and §5.5 (why patience ends); WHATWG Fetch §3.3 (CORS).
    Not handled here: TLS, compression, who may ask. Taught in 02-polling.
    """
    answers = _Answers(ticker, patience_s)
    application = web.Application(middlewares=[_explain])
    application.on_response_prepare.append(_add_headers)
    application.add_routes(
        [
            web.get("/price", answers.price),
            web.options("/price", allow_conditional),
            web.get("/next", answers.next),
            web.get("/changes", answers.changes),
        ]
    )
    async with running(application, port) as chosen_port:
        yield Server(chosen_port)


class _Answers:
    def __init__(self, ticker: Ticker, patience_s: float) -> None:
        self._ticker = ticker
        self._patience_s = patience_s

    async def price(self, request: web.Request) -> web.Response:
        """The newest quote, unless the client has it."""
        newest = self._ticker.newest
        known = {tag.value for tag in request.if_none_match or ()}
        if known & {str(newest.id), "*"}:
            response = web.Response(status=304)
        else:
            response = _news(newest.as_dict())
        response.etag = str(newest.id)
        return response

    async def next(self, request: web.Request) -> web.Response:
        """The next quote from now on."""
        newer = await self._wait(self._ticker.newest.id)
        return _news(newer and newer[0].as_dict())

    async def changes(self, request: web.Request) -> web.Response:
        """Every quote after the one the client knows."""
        after = request.query.get("after", "")
        if not (after.isascii() and after.isdigit()):
            raise web.HTTPBadRequest(
                text="after is the id of the newest quote you have, such as"
                f" /changes?after=3; not {after!r}."
            )
        try:
            newer = await self._wait(int(after))
        except GoneError as error:
            start = "Ask /price, show that, and go on after its id."
            raise web.HTTPGone(text=f"{error} {start}") from error
        return _news([quote.as_dict() for quote in newer])

    async def _wait(self, quote_id: int) -> list[Quote]:
        """What came after `quote_id`; [] when patience ended first."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._ticker.after(quote_id)
        except TimeoutError:
            return []


async def allow_conditional(request: web.Request) -> web.Response:
    """Tells a browser that a script of another origin may set If-None-Match.

    Source: WHATWG Fetch §3.3.2 (the preflight), for headers that it does not call safe.
    """
    allowed = {
        "Access-Control-Allow-Headers": "If-None-Match",
        "Access-Control-Max-Age": "600",
    }
    return web.Response(status=204, headers=allowed)


def _news(value: object) -> web.Response:
    if not value:
        return web.Response(status=204)
    return web.json_response(text=as_json(value))


def as_json(value: object) -> str:
    """JSON with letters as they are, not as \\u escapes, and without spaces.

    >>> as_json({"name": "Đắk Lắk"})
    '{"name":"Đắk Lắk"}'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    if response.etag:
        response.headers["Access-Control-Expose-Headers"] = "ETag"


@web.middleware
async def _explain(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.Response]]
) -> web.StreamResponse:
    """A sentence for whoever asked for a path or with a method that is none here."""
    try:
        return await handler(request)
    except web.HTTPNotFound as error:
        error.text = f"There is no {request.path} here, only {PATHS}.\n"
        raise
    except web.HTTPMethodNotAllowed as error:
        error.text = f"A price is only read: GET, not {request.method}.\n"
        raise
