"""One feed over four transports: what record_race.py and record_transports.py record.

Real sockets on 127.0.0.1, aiohttp at both ends, a tap in between that counts bytes.
"""

import asyncio
import json
import time
from contextlib import asynccontextmanager

from aiohttp import ClientSession, WSMsgType, web

from servers.network.tap import tapping

POLL_S = 0.5


def now_ms():
    return time.perf_counter() * 1000


class Feed:
    """All that was said so far, each with its number and its time.

    Args:
        latest: Whether only the latest counts, as with a price: then an answer holds
            it, new or not. Otherwise an answer holds all that the client lacks.
    """

    def __init__(self, latest=False):
        self.grown, self.latest = asyncio.Condition(), latest
        self.said = []

    async def say(self):
        async with self.grown:
            number = len(self.said) + 1
            message = {"number": number, "sent_ms": now_ms(), "text": "Xin chào"}
            self.said.append(message)
            self.grown.notify_all()

    def news(self, number):
        return self.said[-1:] if self.latest else self.said[number:]

    async def after(self, number):
        async with self.grown:
            await self.grown.wait_for(lambda: len(self.said) > number)
            return self.news(number)


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


def routes(feed):
    async def poll(request):
        return web.Response(text=as_json(feed.news(int(request.query["after"]))))

    async def wait(request):
        news = await feed.after(int(request.query["after"]))
        return web.Response(text=as_json(news))

    async def each():
        number = 0
        while True:
            for message in await feed.after(number):
                yield as_json(message)
                number = message["number"]

    async def stream(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        async for said in each():
            await response.write(f"data: {said}\n\n".encode())

    async def socket(request):
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        async for said in each():
            await websocket.send_str(said)

    pages = {"/poll": poll, "/wait": wait, "/stream": stream, "/socket": socket}
    return [web.get(path, handler) for path, handler in pages.items()]


async def short_polling(session, url, lane):
    while True:
        asked_ms = now_ms()
        lane.requests += 1
        async with session.get(url(f"/poll?after={lane.got}")) as response:
            lane.took(json.loads(await response.text()))
        await asyncio.sleep(max(0, POLL_S - (now_ms() - asked_ms) / 1000))


async def long_polling(session, url, lane):
    while True:
        lane.requests += 1
        async with session.get(url(f"/wait?after={lane.got}")) as response:
            lane.took(json.loads(await response.text()))


async def event_stream(session, url, lane):
    lane.requests += 1
    async with session.get(url("/stream")) as response:
        lane.opened()
        async for line in response.content:
            if line.startswith(b"data: "):
                lane.took([json.loads(line[6:])])


async def web_socket(session, url, lane):
    lane.requests += 1
    async with session.ws_connect(url("/socket", "ws")) as websocket:
        lane.opened()
        async for message in websocket:
            if message.type is WSMsgType.TEXT:
                lane.took([json.loads(message.data)])


CLIENTS = {
    "short polling": short_polling,
    "long polling": long_polling,
    "Server-Sent Events": event_stream,
    "WebSocket": web_socket,
}


class Lane:
    """What one client got, and what it cost; a recorder says what it notes of it.

    A subclass has `took(messages)`, called with what an answer held, and may have
    `opened()`, called when a lasting connection stands.
    """

    def __init__(self, tap, start_ms):
        self.tap, self.start_ms, self.events = tap, start_ms, []
        self.got = self.requests = self.counted_requests = self.counted_bytes = 0

    def cost(self, at_ms):
        """When it was, and what has passed and was asked since the last time."""
        passed = sum(len(sent.data) for sent in self.tap.trace)
        cost = {
            "time_ms": round(at_ms - self.start_ms, 1),
            "bytes": passed - self.counted_bytes,
            "requests": self.requests - self.counted_requests,
        }
        self.counted_bytes, self.counted_requests = passed, self.requests
        return cost

    def opened(self):
        """Nothing is noted by itself."""


@asynccontextmanager
async def serving(feed):
    """The feed's server; gives its port."""
    app = web.Application()
    app.add_routes(routes(feed))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def record(make_lane, client, port, start_ms, over):
    """One transport's lane, from its own tap, until `over` is done."""
    async with tapping(port) as tap, ClientSession() as session:
        lane = make_lane(tap, start_ms)
        running = asyncio.create_task(client(session, tap.url, lane))
        await over
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return lane


async def record_all(make_lane, feed, say):
    """For each transport its lane; `say` is awaited while the feed is served."""
    async with serving(feed) as port:
        start_ms, over = now_ms(), asyncio.create_task(say)
        lanes = await asyncio.gather(
            *(record(make_lane, c, port, start_ms, over) for c in CLIENTS.values())
        )
    return dict(zip(CLIENTS, lanes, strict=True))


def store(target, tracks):
    """Writes {name, events} as the book's gallery has them."""
    named = [{"name": name, "events": events} for name, events in tracks.items()]
    target.write_text(json.dumps(named, indent=1) + "\n", "utf-8")
