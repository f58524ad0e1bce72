"""Event streams between our ends and those that others wrote."""

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from servers.live.sse_client import subscribing
from servers.live.sse_server import streaming
from servers.network.listening import HOST, listening
from servers.wire.event_stream import Event, EventStreamReader, serialise_event
from tests.conftest import CHROMIUM_FLAGS
from tests.network.chats import running
from tests.network.ways import WAYS

HERE = Path(__file__).parent
SAID = ["Xin chào", "", "Đà Nẵng\nHuế", "x" * 2**20, "tạm biệt"]
ALL = [Event(data, "message", str(number)) for number, data in enumerate(SAID, 1)]
DEADLINE_S = 30


def as_json(events):
    return [{"type": e.type, "data": e.data, "id": e.last_event_id} for e in events]


async def tell(server, hear):
    """Send everything; after each but the first two, everybody is disconnected."""
    for number, data in enumerate(SAID):
        server.send(data)
        yield await hear()
        if number > 0:
            server.disconnect()
    server.finish()


@asynccontextmanager
async def node(node_path, *arguments):
    process = await asyncio.create_subprocess_exec(
        node_path,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield process
    finally:
        # Not killed: `node` may be a wrapper, and would leave the real one behind.
        process.stdin.close()
        await process.wait()


@pytest.mark.node
@pytest.mark.parametrize("name", ["eventsource", "undici"])
def test_an_npm_event_source_when_cut_off_hears_all_of_ours(
    name, tmp_path, node_path, npm_packages
):
    # A bare name is looked up beside the script.
    (tmp_path / "node_modules").symlink_to(npm_packages)
    script = tmp_path / "peer.mjs"
    script.write_text((HERE / "sse_peer.mjs").read_text("utf-8"), "utf-8")

    async def main():
        async with streaming(retry_ms=1, from_beginning=True) as server:
            async with node(node_path, script, name, server.url()) as process:

                async def hear():
                    return json.loads(await process.stdout.readline())

                heard = [event async for event in tell(server, hear)]
                return heard, await process.wait()

    heard, status = asyncio.run(main())
    assert heard == as_json(ALL)
    assert status == 0  # it has understood the 204


@pytest.mark.parametrize("run", WAYS)
def test_aiohttp_when_cut_off_asks_again_and_hears_all_of_ours(run):
    async def main():
        async with streaming(from_beginning=True) as server:
            stream = EventStreamReader(2**22)

            async def ask(session):
                """Events of one connection after another, as a client of one's own."""
                while True:
                    headers = {"Last-Event-ID": stream.last_event_id}
                    url = server.url().replace(HOST, "localhost")
                    async with session.get(url, headers=headers) as response:
                        if response.status == 204:
                            return
                        assert response.content_type == "text/event-stream"
                        async for data in response.content.iter_any():
                            stream.feed(data)
                            for event in stream:
                                yield event

            async with aiohttp.ClientSession() as session:
                events = ask(session)
                heard = [event async for event in tell(server, events.__anext__)]
                assert [event async for event in events] == []
                return heard

    assert run(main) == ALL


@pytest.mark.parametrize("run", WAYS)
def test_our_client_when_aiohttp_serves_hears_all(run):
    async def answer(request):
        after = int(request.headers.get("Last-Event-ID", 0))
        if after == len(SAID):
            return web.Response(status=204)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"retry: 1\n\n")
        for event in ALL[after : after + 2]:
            data = serialise_event(event.data, event_id=event.last_event_id)
            for start in range(0, len(data), 100_000):
                await response.write(data[start : start + 100_000])
        return response

    async def main():
        application = web.Application()
        application.router.add_get("/events", answer)
        async with running(application) as port:
            async with subscribing(f"http://{HOST}:{port}/events") as source:
                return [event async for event in source]

    assert run(main) == ALL


@pytest.mark.node
def test_our_client_when_node_serves_hears_all(node_path):
    async def main():
        async with node(node_path, HERE / "sse_peer_server.mjs") as process:
            port = int(await process.stdout.readline())
            async with subscribing(f"http://{HOST}:{port}/") as source:
                return [event async for event in source]

    assert asyncio.run(main()) == ALL


PAGE = """<!doctype html><link rel="icon" href="data:,"><script>
const heard = [], waiting = [];
const keep = (value) => (waiting.length ? waiting.shift()(value) : heard.push(value));
const hear = () => heard.shift() ?? new Promise((resolve) => waiting.push(resolve));
const listen = (url) => {
  const source = new EventSource(url);
  source.onmessage = ({ type, data, lastEventId: id }) => keep({ type, data, id });
  source.onerror = () => source.readyState === EventSource.CLOSED && keep("closed");
};
</script>"""


@pytest.mark.chromium
def test_chromium_when_cut_off_hears_all_of_ours_from_a_page_elsewhere(chromium_path):
    from playwright.async_api import async_playwright

    async def show(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
        writer.write(f"{head}{PAGE}".encode())

    async def main():
        async with (
            asyncio.timeout(DEADLINE_S),
            listening(show) as port,
            streaming(retry_ms=1, from_beginning=True) as server,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(
                executable_path=chromium_path, args=CHROMIUM_FLAGS
            )
            page = await browser.new_page()
            await page.goto(f"http://{HOST}:{port}/")
            await page.evaluate("url => listen(url)", server.url())

            async def hear():
                return await page.evaluate("hear()")

            heard = [event async for event in tell(server, hear)]
            heard.append(await hear())
            await browser.close()
            return heard

    assert asyncio.run(main()) == [*as_json(ALL), "closed"]
