"""Records what Chromium hears in event streams, as book/gallery/event_streams.json.

    python tools/record_event_streams.py

Each rule of the standard as a few streams; chapter 30 shows what its parser makes of
them beside what is recorded here. A stream in several pieces is sent piece by piece:
the next one waits until the page has heard an event of the one before, so that no two
of them arrive joined.
"""

import asyncio
import json
import shutil
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import async_playwright

from servers.network.listening import HOST, listening

TARGET = Path(__file__).parents[1] / "book" / "gallery" / "event_streams.json"
DEADLINE_S = 60
RULES = {
    "lines": [
        ["data: mưa\n\n"],
        ["data: mưa\r\n\r\n"],
        ["data: mưa\r\r"],
        ["data: mưa\r\n\ndata: gió\n\r"],
        ["data: 1\n\ndata: mưa\r", "\ndata: gió\n\n"],
        ["data: mưa\r\r", "\ndata: gió\n\n"],
        ["data: mưa\u2028gió\n\n"],
        ["data: mưa\x0bgió\x85\n\n"],
    ],
    "fields": [
        ["data:mưa\n\n"],
        ["data:  mưa\n\n"],
        ["data:\tmưa\n\n"],
        ["data: 10:30\n\n"],
        ["data : mưa\n\n"],
        ["Data: mưa\n\n"],
        ["foo: bar\ndata: mưa\n\n"],
        [": still here\ndata: mưa\n\n"],
    ],
    "data": [
        ["data: gió\ndata: mưa\n\n"],
        ["data: gió\nfoo\ndata: mưa\n\n"],
        ["data\n\n"],
        ["data\ndata\n\n"],
        ["event: price\n\ndata: mưa\n\n"],
        ["\n\n\ndata: mưa\n\n\n"],
        ["data: mưa\n"],
        ["data: mưa\n\ndata: gi"],
    ],
    "event": [
        ["event: price\ndata: mưa\n\n"],
        ["data: mưa\nevent: price\n\n"],
        ["event: chat\nevent: price\ndata: mưa\n\n"],
        ["event: price\nevent\ndata: mưa\n\n"],
        ["event: error\ndata: mưa\n\n"],
    ],
    "id": [
        ["id: 7\ndata: mưa\n\ndata: gió\n\n"],
        ["data: mưa\nid: 7\n\n"],
        ["id: 7\n\ndata: mưa\n\n"],
        ["id: 7\ndata: mưa\n\nid\ndata: gió\n\n"],
        ["id: 7\ndata: mưa\n\nid: 8\0\ndata: gió\n\n"],
        ["id: mã 7\ndata: mưa\n\n"],
    ],
    "characters": [
        ["\ufeffdata: mưa\n\n"],
        ["\ufeff\ufeffdata: mưa\n\n"],
        ["\ufeff\ndata: mưa\n\n"],
        ["data: \ufeffmưa\n\n"],
        ["data: 1\n\ndata: Đà N\udce1\udcba", "\udcb5ng\n\n"],
        ["data: \udcff\udce1\udcba\n\n"],
    ],
}
# For `retry` the page hears nothing: what counts is when it comes back.
RETRIES = [
    "retry: 1\n",
    "retry: 86400000\n",
    "retry: 86400000\nretry: 1\n",
    "retry: 86400000\nretry: 1.5\n",
    "retry: 86400000\nretry: -1\n",
    "retry: 86400000\nretry: 1 s\n",
    "retry: 86400000\nretry\n",
]
MEANWHILE = "retry: 8000\n"
TYPES = ["message", "price", "chat"]
PAGE = """<!doctype html><link rel="icon" href="data:,"><script>
const hear = (path, types) => new Promise((resolve) => {
  const heard = [], source = new EventSource(path);
  const keep = ({ type, data, lastEventId }) => {
    heard.push({ type, data, lastEventId });
    fetch(`/heard${path}`, { method: "POST" });
  };
  for (const type of types) source.addEventListener(type, keep);
  source.onerror = (event) => {
    if (event instanceof MessageEvent) return keep(event);
    source.close();
    resolve(heard);
  };
});
const hearAll = async (paths, types) => {
  const all = [];
  for (const path of paths) all.push(await hear(path, types));
  return all;
};
</script>"""
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


def encode(text):
    """UTF-8; a byte that is no character is written as a lone surrogate."""
    return text.encode("utf-8", "surrogateescape")


class Site:
    """A page, and streams at /0, /1 … that are sent in pieces."""

    def __init__(self, streams):
        self.streams = streams
        self.heard = [asyncio.Event() for _ in streams]
        self.visits = [0] * len(streams)
        self.visited = asyncio.Condition()

    async def answer(self, reader, writer):
        try:
            request = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return  # Chromium opens connections ahead and may not use them
        method, path, _ = request.decode("latin-1").split(" ", 2)
        if method == "POST":
            self.heard[int(path.removeprefix("/heard/"))].set()
            writer.write(NO_CONTENT)
        elif path == "/":
            writer.write(head("text/html; charset=utf-8") + PAGE.encode())
        else:
            await self.stream(int(path[1:]), writer)

    async def stream(self, number, writer):
        if self.visits[number]:
            writer.write(NO_CONTENT)  # tells an EventSource not to come a third time
        else:
            writer.write(head("text/event-stream"))
            first, *rest = self.streams[number]
            writer.write(first)
            for piece in rest:
                await self.heard[number].wait()
                writer.write(piece)
        async with self.visited:
            self.visits[number] += 1
            self.visited.notify_all()


def head(kind):
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode()


@asynccontextmanager
async def showing(streams, chromium_path):
    """A site with these streams, and its page in Chromium."""
    site = Site(streams)
    async with (
        asyncio.timeout(DEADLINE_S),
        listening(site.answer) as port,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=chromium_path)
        page = await browser.new_page()
        await page.goto(f"http://{HOST}:{port}/")
        yield site, page
        await browser.close()


async def ask_events(streams, chromium_path, types=TYPES):
    """What the page's listeners for these types are given of each stream."""
    async with showing(streams, chromium_path) as (_, page):
        paths = [f"/{number}" for number in range(len(streams))]
        return await page.evaluate("a => hearAll(...a)", [paths, types])


async def ask_returns(streams, meanwhile, chromium_path):
    """Which streams the browser asks for again before it does so for `meanwhile`."""
    whole = [[stream] for stream in (*streams, meanwhile)]
    async with showing(whole, chromium_path) as (site, page):
        for number in reversed(range(len(whole))):
            # Kept by the page, lest one be collected while it waits.
            keep = "path => { (window.kept ??= []).push(new EventSource(path)) }"
            await page.evaluate(keep, f"/{number}")
        async with site.visited:
            await site.visited.wait_for(lambda: site.visits[-1] == 2)
        return [visits > 1 for visits in site.visits[:-1]]


async def record(chromium_path):
    """All that the file holds: for each rule what was said and what was heard."""
    streams = [[encode(p) for p in said] for rule in RULES.values() for said in rule]
    heard = iter(await ask_events(streams, chromium_path))
    rows = [
        {"rule": rule, "said": said, "heard": next(heard)}
        for rule, streams in RULES.items()
        for said in streams
    ]
    retries = [encode(text) for text in RETRIES]
    returned = await ask_returns(retries, encode(MEANWHILE), chromium_path)
    rows += [
        {"rule": "retry", "said": [said], "returned": back}
        for said, back in zip(RETRIES, returned, strict=True)
    ]
    return rows


def main():
    rows = asyncio.run(
        record(shutil.which("chromium") or shutil.which("google-chrome"))
    )
    lines = ",\n ".join(map(json.dumps, rows))
    TARGET.write_text(f"[{lines}]\n", "utf-8")


if __name__ == "__main__":
    main()
