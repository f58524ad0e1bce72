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
DEADLINE_S = 30
RULES = {
    "lines": [
        ["data: Huế\n\n"],
        ["data: Huế\r\n\r\n"],
        ["data: Huế\r\r"],
        ["data: Huế\r\n\ndata: Vinh\n\r"],
        ["data: 1\n\ndata: Huế\r", "\ndata: Vinh\n\n"],
        ["data: Huế\r\r", "\ndata: Vinh\n\n"],
        ["data: Huế\u2028Vinh\n\n"],
        ["data: Huế\x0bVinh\x85\n\n"],
    ],
    "fields": [
        ["data:Huế\n\n"],
        ["data:  Huế\n\n"],
        ["data:\tHuế\n\n"],
        ["data: 10:30\n\n"],
        ["data : Huế\n\n"],
        ["Data: Huế\n\n"],
        ["foo: bar\ndata: Huế\n\n"],
        [": still here\ndata: Huế\n\n"],
    ],
    "data": [
        ["data: Hà Nội\ndata: Huế\n\n"],
        ["data: Hà Nội\nfoo\ndata: Huế\n\n"],
        ["data\n\n"],
        ["data\ndata\n\n"],
        ["event: price\n\ndata: Huế\n\n"],
        ["\n\n\ndata: Huế\n\n\n"],
        ["data: Huế\n"],
        ["data: Huế\n\ndata: Vin"],
    ],
    "event": [
        ["event: price\ndata: Huế\n\n"],
        ["data: Huế\nevent: price\n\n"],
        ["event: chat\nevent: price\ndata: Huế\n\n"],
        ["event: price\nevent\ndata: Huế\n\n"],
        ["event: error\ndata: Huế\n\n"],
    ],
    "id": [
        ["id: 7\ndata: Huế\n\ndata: Vinh\n\n"],
        ["data: Huế\nid: 7\n\n"],
        ["id: 7\n\ndata: Huế\n\n"],
        ["id: 7\ndata: Huế\n\nid\ndata: Vinh\n\n"],
        ["id: 7\ndata: Huế\n\nid: 8\0\ndata: Vinh\n\n"],
        ["id: số 7\ndata: Huế\n\n"],
    ],
    "characters": [
        ["\ufeffdata: Huế\n\n"],
        ["\ufeff\ufeffdata: Huế\n\n"],
        ["\ufeff\ndata: Huế\n\n"],
        ["data: \ufeffHuế\n\n"],
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
    async with showing([*([s] for s in streams), [meanwhile]], chromium_path) as (
        site,
        page,
    ):
        for number in reversed(range(len(site.streams))):
            await page.evaluate("path => { new EventSource(path) }", f"/{number}")
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
