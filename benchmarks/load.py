"""Traffic to measure the widgets with; a notebook made for the purpose imports it."""

from __future__ import annotations

import asyncio
import json
import resource
import time

from servers.network.trace import Segment, Trace
from servers.wire.dissect import dissect
from servers.wire.message import Message
from widgets import Ladder
from widgets.rows import pack, row_of

REQUEST = b"GET /chat HTTP/1.1\r\nHost: live.example\r\nUpgrade: websocket\r\n\r\n"
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


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


async def offer(
    ladder: Ladder,
    per_s: int,
    seconds: float,
    traced: bool = False,
    single: bool = False,
) -> str:
    """Gives a followed ladder `per_s` messages a second; what happened, as JSON.

    Args:
        traced: As bytes in a trace, which are then dissected.
        single: Each message in one widget message, as long as the time allows.
    """
    trace = Trace()
    text, *_ = dissect(chat(3))[2:]
    given, early_mb = 0, 0.0
    async with ladder.follow(trace if traced else None) as live:
        await asyncio.sleep(2)  # until the page has drawn the empty ladder
        began = time.perf_counter()
        while (now := time.perf_counter() - began) < seconds:
            due = int(now * per_s)
            if traced:
                trace.segments += [segment(index) for index in range(given, due)]
            elif single:
                for step in range(given, min(due, given + 50)):
                    batch = json.dumps(pack([row_of(step, text, {})])).encode()
                    ladder.send({"type": "batch", "keep": 2000}, [batch])
            else:
                live.add(
                    Message(
                        now,
                        1,
                        text.sender,
                        "text",
                        text.summary,
                        text.data,
                        text.fields,
                    )
                    for _ in range(given, due)
                )
            given = due
            if now > seconds / 6 and not early_mb:
                early_mb = resident_mb()
            await asyncio.sleep(0.005)
        took, grown = time.perf_counter() - began, resident_mb() - early_mb
        if single:
            await asyncio.sleep(4)  # Jupyter drops what comes too fast, a print as well
    return json.dumps({"seconds": took, "given": given, "grown_mb": grown})


def resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6
