"""The ticker, and its price over plain HTTP: in virtual time, where waiting is free."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import pairwise
from queue import Queue
from threading import Event

import pytest
from aiohttp import ClientSession

from servers.live.polling_server import serving
from servers.live.ticker import GoneError, Ticker, ticking
from servers.network.faults import Link
from servers.network.leftovers import leftovers
from servers.network.memory import in_memory
from servers.network.tap import tapping
from servers.network.virtual_time import simulate
from servers.wire.dissect import dissect


def run(test):
    """Run a coroutine function in virtual time, and let it leave nothing behind."""

    async def checked():
        await test()
        return leftovers()

    assert simulate(checked) == []


@asynccontextmanager
async def asking(ticker, **options):
    """A function that asks the ticker's server; gives the status and what it said."""

    async def ask(path, method="GET", **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with http.request(method, path, headers=names) as answer:
            is_json = answer.content_type == "application/json"
            said = await (answer.json() if is_json else answer.text())
            return answer.status, said, answer.headers

    async with serving(ticker, **options) as server:
        async with ClientSession(server.url("/", "http")) as http:
            yield ask


# The ticker


def test_a_ticker_when_seeded_gives_the_same_prices_at_the_same_times():
    async def quotes():
        async with ticking(seed=5) as ticker:
            await asyncio.sleep(100)
        return list(ticker.quotes)

    first = simulate(quotes)
    assert len(first) > 10
    assert first == simulate(quotes)
    assert [quote.id for quote in first] == list(range(len(first)))
    assert all(a.price != b.price for a, b in pairwise(first))


def test_a_ticker_when_given_gaps_keeps_to_them_and_rests():
    async def quotes():
        async with ticking(gaps_s=[1, 0.03]) as ticker:
            await asyncio.sleep(100)
        return [quote.set_s for quote in ticker.quotes]

    assert simulate(quotes) == [0, 1, 1.03]


def test_after_when_there_is_news_gives_it_at_once_and_else_waits():
    async def test():
        now_s = asyncio.get_running_loop().time
        async with ticking(gaps_s=[1, 1, 5]) as ticker:
            await asyncio.sleep(3)
            assert [q.id for q in await ticker.after(0)] == [1, 2]
            assert now_s() == 3
            assert [q.id for q in await ticker.after(2)] == [3]
            assert now_s() == 7

    run(test)


@pytest.mark.parametrize(
    ("after", "sentence"), [(6, "ahead of the newest id, 5"), (1, "remembered is 3")]
)
def test_after_when_the_id_is_unknown_says_so(after, sentence):
    async def test():
        ticker = Ticker(keep=3)
        for price in range(5):
            ticker.change(price)
        assert [q.id for q in await ticker.after(2)] == [3, 4, 5]
        with pytest.raises(GoneError, match=sentence):
            await ticker.after(after)

    run(test)


# The server


def test_price_when_known_is_not_sent_again():
    async def test():
        ticker = Ticker()
        async with asking(ticker) as ask:
            status, said, headers = await ask("/price")
            assert (status, said["id"], said["price"]) == (200, 0, 118_000)
            tag = headers["ETag"]
            assert tag == '"0"'
            status, said, headers = await ask("/price", If_None_Match=f'"x", {tag}')
            assert (status, said, headers["ETag"]) == (304, "", tag)
            assert headers["Cache-Control"] == "no-cache"
            ticker.change(118_500)
            status, said, _ = await ask("/price", If_None_Match=tag)
            assert (status, said["price"]) == (200, 118_500)

    run(test)


def test_next_when_nothing_happens_says_204_and_else_the_news():
    async def test():
        now_s = asyncio.get_running_loop().time
        async with ticking(gaps_s=[30]) as ticker, asking(ticker) as ask:
            status, said, _ = await ask("/next")
            assert (status, said, now_s()) == (204, "", 25)
            status, said, _ = await ask("/next")
            assert (status, said["id"], now_s()) == (200, 1, 30)

    run(test)


def test_next_when_two_changes_are_close_loses_one_and_changes_does_not():
    async def ids(path, seen):
        heard = []
        async with (
            in_memory(Link(rtt_ms=100)),
            ticking(gaps_s=[1, 0.03]) as ticker,
            asking(ticker) as ask,
        ):
            for _ in range(2):
                status, said, _ = await ask(path(heard))
                if status == 200:
                    heard += seen(said)
        return heard

    async def test():
        assert await ids(lambda heard: "/next", lambda said: [said["id"]]) == [1]
        assert (
            await ids(
                lambda heard: f"/changes?after={max(heard, default=0)}",
                lambda said: [quote["id"] for quote in said],
            )
        ) == [1, 2]

    run(test)


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/changes", 400, "not ''"),
        ("GET", "/changes?after=-1", 400, "not '-1'"),
        ("GET", "/changes?after=%C2%B2", 400, "not '²'"),
        ("GET", "/changes?after=99", 410, "ahead of the newest id, 0. Ask /price"),
        ("GET", "/prices", 404, "There is no /prices here, only /price, /next"),
        ("POST", "/price", 405, "GET, not POST"),
    ],
)
def test_a_request_when_it_makes_no_sense_is_told_why(method, path, status, sentence):
    async def test():
        async with asking(Ticker()) as ask:
            got, said, headers = await ask(path, method)
            assert got == status
            assert sentence in said
            assert headers["Access-Control-Allow-Origin"] == "*"
            assert ("Allow" in headers) == (status == 405)

    run(test)


def test_a_waiting_question_when_its_client_hangs_up_does_not_go_on():
    async def test():
        ticker = Ticker()
        async with serving(ticker) as server, tapping(server) as tap:
            async with ClientSession(tap.url("/", "http")) as http:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(1):
                        await http.get("/next")
            assert not [m for m in dissect(tap.trace) if m.kind == "response"]
            await asyncio.sleep(1)
            assert not any("/next" in str(task) for task in asyncio.all_tasks())
            assert leftovers() == [f"a server listens on port {server.port}"]

    run(test)


PAGE = """async (url) => {
  const ask = () => fetch(url, { cache: "no-cache" });
  const first = await ask(), second = await ask();
  const tag = second.headers.get("ETag");
  const third = await fetch(url, { headers: { "If-None-Match": tag } });
  return [first.status, second.status, (await second.json()).id, third.status];
}"""


@pytest.mark.chromium
def test_a_page_of_another_origin_when_it_polls_revalidates_by_itself(browser):
    """The page is told 200 while the wire says 304; its own header asks leave first."""
    urls, done = Queue(), Event()

    async def serve():
        async with (
            serving(Ticker()) as elsewhere,
            serving(Ticker()) as server,
            tapping(server) as tap,
        ):
            urls.put((elsewhere.url("/price", "http"), tap.url("/price", "http")))
            await asyncio.to_thread(done.wait)
        return tap.trace

    with ThreadPoolExecutor() as pool:
        running = pool.submit(asyncio.run, serve())
        page_url, url = urls.get(timeout=20)
        page = browser.new_page()
        try:
            page.goto(page_url)
            seen = page.evaluate(PAGE, url)
        finally:
            page.close()
            done.set()
        trace = running.result(timeout=20)
    assert seen == [200, 200, 0, 304]
    said = [m for m in dissect(trace) if m.kind in ("request", "response")]
    assert [m.summary for m in said] == [
        "GET /price",
        "HTTP/1.1 200 OK",
        "GET /price",
        "HTTP/1.1 304 Not Modified",
        "OPTIONS /price",
        "HTTP/1.1 204 No Content",
        "GET /price",
        "HTTP/1.1 304 Not Modified",
    ]
