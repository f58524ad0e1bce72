"""Records the same messages over four transports, as book/gallery/race.json.

    python tools/record_race.py

Real sockets on 127.0.0.1, aiohttp at both ends, a tap in between that counts bytes.
No transport may leave a message out: an answer carries all that the client lacks.
"""

import asyncio
import json
import random
import time
from pathlib import Path

from aiohttp import ClientSession, WSMsgType, web

from servers.network.tap import tapping

TARGET = Path(__file__).parents[1] / "book" / "gallery" / "race.json"
MESSAGES = 16
POLL_S = 0.5


class Feed:
    """All messages said so far, each with its number and its time."""

    def __init__(self):
        self.grown = asyncio.Condition()
        self.said = []

    async def run(self, rng):
        for number in range(1, MESSAGES + 1):
            await asyncio.sleep(rng.uniform(0.08, 0.5))
            async with self.grown:
                message = {"number": number, "sent_ms": now_ms(), "text": "Xin chào"}
                self.said.append(message)
                self.grown.notify_all()

    async def after(self, number):
        async with self.grown:
            await self.grown.wait_for(lambda: len(self.said) > number)
            return self.said[number:]


def now_ms():
    return time.perf_counter() * 1000


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


def routes(feed):
    async def poll(request):
        return web.Response(text=as_json(feed.said[int(request.query["after"]) :]))

    async def wait(request):
        news = await feed.after(int(request.query["after"]))
        return web.Response(text=as_json(news))

    async def stream(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        number = 0
        while True:
            for message in await feed.after(number):
                await response.write(f"data: {as_json(message)}\n\n".encode())
                number += 1

    async def socket(request):
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        number = 0
        while True:
            for message in await feed.after(number):
                await websocket.send_str(as_json(message))
                number += 1

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
        lane.took([])
        async for line in response.content:
            if line.startswith(b"data: "):
                lane.took([json.loads(line[6:])])


async def web_socket(session, url, lane):
    lane.requests += 1
    async with session.ws_connect(url("/socket", "ws")) as websocket:
        lane.took([])
        async for message in websocket:
            if message.type is WSMsgType.TEXT:
                lane.took([json.loads(message.data)])


class Lane:
    """What one client got, when, and what had passed through its tap by then."""

    def __init__(self, tap, start_ms):
        self.tap, self.start_ms, self.events = tap, start_ms, []
        self.got = self.requests = self.counted_requests = self.counted_bytes = 0

    def took(self, messages):
        """Notes an answer: its cost once, and each message in it."""
        at_ms, passed = now_ms(), sum(len(sent.data) for sent in self.tap.trace)
        cost = {"time_ms": round(at_ms - self.start_ms, 1)}
        cost["bytes"] = passed - self.counted_bytes
        cost["requests"] = self.requests - self.counted_requests
        self.counted_bytes, self.counted_requests = passed, self.requests
        for message in messages or [None]:
            event = {name: value for name, value in cost.items() if value}
            if message:
                event["message"] = message["number"]
                event["latency_ms"] = round(at_ms - message["sent_ms"], 1)
                self.got = message["number"]
            self.events.append(event)
            cost = {"time_ms": cost["time_ms"]}


async def record(name, client, port, start_ms, feeding):
    """One transport's lane, from its own tap."""
    async with tapping(port) as tap, ClientSession() as session:
        lane = Lane(tap, start_ms)
        running = asyncio.create_task(client(session, tap.url, lane))
        await feeding
        await asyncio.sleep(POLL_S + 0.05)  # so that every client has asked once more
        lane.took([])  # what is still on its way has been paid for too
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    if set(lane.events[-1]) == {"time_ms"}:
        lane.events.pop()
    return {"name": name, "events": lane.events}


async def main():
    feed = Feed()
    app = web.Application()
    app.add_routes(routes(feed))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    start_ms = now_ms()
    feeding = asyncio.create_task(feed.run(random.Random(4)))
    clients = {
        "short polling": short_polling,
        "long polling": long_polling,
        "Server-Sent Events": event_stream,
        "WebSocket": web_socket,
    }
    lanes = await asyncio.gather(
        *(record(name, c, port, start_ms, feeding) for name, c in clients.items())
    )
    await runner.cleanup()
    TARGET.write_text(json.dumps(lanes, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
