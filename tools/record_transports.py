"""Records what four transports show of one price, as book/gallery/transports.json.

    python tools/record_transports.py

Real sockets on 127.0.0.1, aiohttp at both ends, a tap in between that counts bytes.
"""

import asyncio
import json
import random
import time
from pathlib import Path

from aiohttp import ClientSession, WSMsgType, web

from servers.network.tap import tapping

TARGET = Path(__file__).parents[1] / "book" / "gallery" / "transports.json"
SECONDS = 4.0
POLL_S = 0.5


class Price:
    """A price, and when it was set."""

    def __init__(self):
        self.changed = asyncio.Condition()
        self.number, self.set_ms = 0, now_ms()

    async def run(self, rng):
        while True:
            await asyncio.sleep(rng.uniform(0.08, 0.5))
            async with self.changed:
                self.number, self.set_ms = self.number + 1, now_ms()
                self.changed.notify_all()

    async def after(self, number):
        async with self.changed:
            await self.changed.wait_for(lambda: self.number > number)
            return self.as_json()

    def as_json(self):
        return json.dumps({"number": self.number, "set_ms": self.set_ms})


def now_ms():
    return time.perf_counter() * 1000


def routes(price):
    async def poll(request):
        return web.Response(text=price.as_json())

    async def wait(request):
        return web.Response(text=await price.after(int(request.query["after"])))

    async def stream(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        said = price.as_json()
        while True:
            await response.write(f"data: {said}\n\n".encode())
            said = await price.after(json.loads(said)["number"])

    async def socket(request):
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        said = price.as_json()
        while True:
            await websocket.send_str(said)
            said = await price.after(json.loads(said)["number"])

    pages = {"/poll": poll, "/wait": wait, "/stream": stream, "/socket": socket}
    return [web.get(path, handler) for path, handler in pages.items()]


async def short_polling(session, url, took):
    while True:
        asked_ms = now_ms()
        async with session.get(url("/poll")) as response:
            took(await response.text(), 1)
        await asyncio.sleep(max(0, POLL_S - (now_ms() - asked_ms) / 1000))


async def long_polling(session, url, took):
    number = -1
    while True:
        async with session.get(url(f"/wait?after={number}")) as response:
            said = await response.text()
        number = json.loads(said)["number"]
        took(said, 1)


async def event_stream(session, url, took):
    async with session.get(url("/stream")) as response:
        requests = 1
        async for line in response.content:
            if line.startswith(b"data: "):
                took(line[6:], requests)
                requests = 0


async def web_socket(session, url, took):
    async with session.ws_connect(url("/socket", "ws")) as websocket:
        requests = 1
        async for message in websocket:
            if message.type is WSMsgType.TEXT:
                took(message.data, requests)
                requests = 0


async def record(name, client, port, start_ms):
    """One transport's events, from its own tap."""
    events, shown, counted = [], -1, 0
    async with tapping(port) as tap, ClientSession() as session:

        def took(said, requests):
            nonlocal shown, counted
            value, passed = json.loads(said), sum(len(s.data) for s in tap.trace)
            at = round(now_ms() - start_ms, 1)
            age = round(now_ms() - value["set_ms"], 1)
            event = {"time_ms": at, "age_ms": age, "bytes": passed - counted}
            if value["number"] != shown:
                event["latency_ms"] = age
            if requests:
                event["requests"] = requests
            events.append(event)
            shown, counted = value["number"], passed

        running = asyncio.create_task(client(session, tap.url, took))
        await asyncio.sleep(max(0, SECONDS - (now_ms() - start_ms) / 1000))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return {"name": name, "events": events}


async def main():
    price = Price()
    app = web.Application()
    app.add_routes(routes(price))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    changing = asyncio.create_task(price.run(random.Random(4)))
    start_ms = now_ms()
    clients = {
        "short polling": short_polling,
        "long polling": long_polling,
        "Server-Sent Events": event_stream,
        "WebSocket": web_socket,
    }
    series = await asyncio.gather(
        *(record(name, client, port, start_ms) for name, client in clients.items())
    )
    changing.cancel()
    await runner.cleanup()
    TARGET.write_text(json.dumps(series, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
