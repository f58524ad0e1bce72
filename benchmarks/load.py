"""Traffic to measure the widgets with; a notebook made for the purpose imports it."""

from __future__ import annotations

import asyncio
import json
import resource
import time
from collections.abc import Callable
from typing import Any

from servers.network.trace import Segment, Trace
from servers.wire.dissect import dissect
from servers.wire.message import Message
from widgets import Buffers, Ladder, Race, Rooms, Timeline
from widgets.following import Followed, Following
from widgets.rows import pack, row_of

REQUEST = b"GET /chat HTTP/1.1\r\nHost: live.example\r\nUpgrade: websocket\r\n\r\n"
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
PEOPLE, ROOMS = 40, 8
TRANSPORTS = ("long polling", "Server-Sent Events", "WebSocket")

# Gives the events from one number up to another.
Give = Callable[[int, int], None]


def segment(index: int) -> Segment:
    """Message `index` of an endless chat over one connection: text, and some pings."""
    if index < 2:
        return Segment(index, 1, *(("client", REQUEST), ("server", ANSWER))[index])
    payload = f"Xin chào {index}".encode()
    first = b"\x89" if index % 50 == 0 else b"\x81"
    sender = "server" if index % 3 else "client"
    return Segment(index / 50, 1, sender, first + bytes([len(payload)]) + payload)


def chat(count: int) -> list[Segment]:
    return [segment(index) for index in range(count)]


def from_trace() -> tuple[Following, Give]:
    trace = Trace()

    def give(first: int, last: int) -> None:
        trace.segments += [segment(index) for index in range(first, last)]

    return Ladder().follow(trace), give


def messages(live: Following) -> Give:
    text = dissect(chat(3))[2]
    said = (1, text.sender, "text", text.summary, text.data, text.fields)
    return lambda first, last: live.add(Message(n, *said) for n in range(first, last))


def one_by_one(live: Following) -> Give:
    """Each message in one widget message, as long as the time allows."""
    text = dissect(chat(3))[2]

    def give(first: int, last: int) -> None:
        for step in range(first, min(last, first + 50)):
            batch = json.dumps(pack([row_of(step + 1, text, {})])).encode()
            live._widget.send({"type": "batch", "keep": 2000}, [batch])

    return give


def steps(live: Following) -> Give:
    def step(n: int) -> dict[str, Any]:
        who, room = f"p{n % PEOPLE}", f"room {n % ROOMS}"
        if n % 5 == 0:
            hears = [f"p{k % PEOPLE}" for k in range(n, n + 3)]
            return {"kind": "emit", "room": room, "text": str(n), "hears": hears}
        kind = "leave" if n % 7 == 0 else "join"
        return {"kind": kind, "who": who, "room": room}

    return lambda first, last: live.add(*map(step, range(first, last)))


def samples(live: Following) -> Give:
    def sample(n: int) -> dict[str, Any]:
        fill = abs(n % 200_000 - 100_000)
        sizes = {"application_bytes": fill // 4, "transport_bytes": fill}
        return sizes | {"kernel_bytes": fill // 2, "paused": fill > 65536}

    return lambda first, last: live.add(*map(sample, range(first, last)))


def deliveries(measured: str) -> Callable[[Following], Give]:
    def feed(live: Following) -> Give:
        def give(first: int, last: int) -> None:
            for n in range(first, last):
                number, lane = divmod(n, len(TRANSPORTS))
                event = {"latency_ms": 3 + n % 40, "bytes": 120}
                live.add(TRANSPORTS[lane], event | {measured: number + 1})

        return give

    return feed


FEEDS: dict[str, tuple[Callable[[], Followed], Callable[[Following], Give]]] = {
    "messages": (Ladder, messages),
    "one by one": (Ladder, one_by_one),
    "rooms": (Rooms, steps),
    "buffers": (Buffers, samples),
    "timeline": (Timeline, deliveries("age_ms")),
    "race": (Race, deliveries("message")),
}


def feed_of(kind: str) -> tuple[Following, Give]:
    """What to follow, and how to feed it; "trace" is a ladder that dissects."""
    if kind == "trace":
        return from_trace()
    widget, feed = FEEDS[kind]
    live = widget().follow()
    return live, feed(live)


async def offer(kind: str, per_s: int, seconds: float) -> str:
    """Gives a followed widget `per_s` events a second; what happened, as JSON."""
    live, give = feed_of(kind)
    given, early_mb = 0, 0.0
    async with live:
        await asyncio.sleep(2)  # until the page has drawn the empty face
        began, cpu_s = time.perf_counter(), time.process_time()
        while (now := time.perf_counter() - began) < seconds:
            due = int(now * per_s)
            give(given, due)
            given = due
            if now > seconds / 6 and not early_mb:
                early_mb = resident_mb()
            await asyncio.sleep(0.005)
        took, cpu_s = time.perf_counter() - began, time.process_time() - cpu_s
        grown = resident_mb() - early_mb
        if kind == "one by one":
            await asyncio.sleep(4)  # Jupyter drops what comes too fast, a print as well
    found = {"seconds": took, "cpu_s": cpu_s, "given": given, "grown_mb": grown}
    return json.dumps(found)


def resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6
