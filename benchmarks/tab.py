"""Running a chapter in the reader's own tab: bytes, seconds, round trips, page weight.

The site is served as it is built, without compression: any static file server does so.
"""

from __future__ import annotations

import gzip
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Page

from benchmarks import jupyterlite

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "site"
CHAPTER = "en/notebooks/20-handshake.html"
# The language, the imports, and the first conversation.
FIRST = ["handshake-lang", "handshake-setup", "handshake-try"]
TIMES = 3
TRIPS = 3000
DEADLINE_MS = 120_000

RUN = """async (ids) => {
  const began = performance.now();
  for (const id of ids) await liveWire.run(id);
  return (performance.now() - began) / 1000;
}"""
# A Python of its own, from the same files.
TALK = """async ([drive, code]) => {
  const url = URL.createObjectURL(new Blob([drive], { type: "text/javascript" }));
  const { Tab } = await import(url);
  const { root, files } = JSON.parse(document.querySelector("#lw-tab").text);
  const tab = new Tab(new URL(root, location).href, files, "en");
  await tab.ready;
  const { outputs } = await tab.run("talk", code, "Cell 1");
  tab.worker.terminate();
  return outputs;
}"""
TALKS = {
    "ours": """
from servers.live.ws_client import connecting
from servers.live.ws_server import serving
async def talk():
    async with serving() as server, connecting(server.url()) as ws:
        return await timed(ws.send, ws.receive)
""",
    "websockets": """
import websockets
async def echo(ws):
    async for message in ws:
        await ws.send(message)
async def talk():
    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}") as ws:
            return await timed(ws.send, ws.recv)
""",
}
TIMED = f"""
import time
async def timed(send, receive):
    began_s = time.perf_counter()
    for _ in range({TRIPS}):
        await send("Xin chào")
        await receive()
    return {TRIPS} / (time.perf_counter() - began_s)
"""

Say = Callable[[str, float, str, str], None]


class Counted(SimpleHTTPRequestHandler):
    """Files of one folder; what was sent is added up."""

    protocol_version = "HTTP/1.1"  # keep-alive, as hosts do

    def log_message(self, *_: object) -> None:
        pass

    def copyfile(self, source, outputfile) -> None:  # type: ignore[no-untyped-def]
        data = source.read()
        self.server.sent.append((self.path, len(data)))  # type: ignore[attr-defined]
        outputfile.write(data)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """The address of the folder's files, and the list of what was sent: path, bytes."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Counted, directory=str(folder))
    )
    server.sent = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", server.sent  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


def main(say: Say, browser: Browser) -> None:
    build = [sys.executable, str(ROOT / "tools" / "build_site.py")]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    with serving(SITE) as (address, sent):
        seconds = starting(say, browser, address, sent)
        talking(say, browser, address)
    weight(say)
    beside(say, browser, seconds)


def starting(
    say: Say, browser: Browser, address: str, sent: list[tuple[str, int]]
) -> float:
    """From the first Run to the first output, in a new browser and in one that knows.

    Returns:
        The median of the new ones, in seconds.
    """
    cold, warm, bytes_sent, requests = [], [], 0, 0
    for _ in range(TIMES):
        context = browser.new_context()
        context.set_default_timeout(DEADLINE_MS)
        page = open_chapter(context.new_page(), address)
        sent.clear()
        cold.append(page.evaluate(RUN, FIRST))
        bytes_sent, requests = sum(size for _, size in sent), len(sent)
        page.wait_for_timeout(4000)  # the browser writes down what it keeps
        page = open_chapter(page, address)
        warm.append(page.evaluate(RUN, FIRST))
        context.close()
    say("tab: sent before first output", bytes_sent / 1e6, "MB", "goal 8.9")
    say("tab: requests before it", requests, "", "goal 10")
    median = statistics.median(cold)
    say("tab: first output, cold", median, "s", f"goal 2.5; best {min(cold):.2f}")
    quick = statistics.median(warm)
    compared = f"goal 1; best {min(warm):.2f}; {quick / median:.2f} of cold"
    say("tab: first output, warm", quick, "s", compared)
    return median


def open_chapter(page: Page, address: str) -> Page:
    page.goto(address + CHAPTER, wait_until="networkidle")
    page.wait_for_function("globalThis.liveWire")
    return page


def talking(say: Say, browser: Browser, address: str) -> None:
    page = open_chapter(browser.new_page(), address)
    drive = (ROOT / "tests" / "tab" / "drive.js").read_text("utf-8")
    for name, code in TALKS.items():
        (shown,) = page.evaluate(TALK, [drive, f"{TIMED}{code}\nawait talk()"])
        per_s = float(shown["data"]["text/plain"])
        say(f"tab: round trips, {name}", per_s, "/s", "goal 1500; one connection")
    page.close()


def weight(say: Say) -> None:
    """What a page carries for readers who run nothing, compressed as hosts do it."""
    html = (SITE / CHAPTER).read_text("utf-8")
    plain = html
    for pattern in (
        r'<meta http-equiv="Content-Security-Policy"[^>]*>',
        r' data-(cell|number|reason)="[^"]*"',
        r'<script[^>]*id="lw-tab".*?</script>',
    ):
        plain = re.sub(pattern, "", plain, flags=re.S)
    files = [*(SITE / "tab").glob("page-*")]
    size = sum(squeezed(path.read_bytes()) for path in files)
    size += squeezed(html.encode()) - squeezed(plain.encode())
    whole = squeezed(html.encode()) / 1e3
    compared = f"goal 10; the page's text alone is {whole:.0f}"
    say("tab: a page nobody runs, more", size / 1e3, "kB", compared)


def beside(say: Say, browser: Browser, ours_s: float) -> None:
    """The same cells in JupyterLite, from opening its page, in a new browser each."""
    notebook = nbformat.read(ROOT / "notebooks" / "20-handshake.ipynb", as_version=4)
    cells = {cell.id: cell.source for cell in notebook.cells}
    code = "\n".join(cells[name] for name in FIRST[1:])
    with serving(jupyterlite.build()) as (address, sent):
        context = browser.new_context()
        page = context.new_page()
        began_s = time.monotonic()
        page.goto(address + jupyterlite.address_of(code))
        shown = page.locator(".jp-OutputArea-output", has_text="'Xin chào'")
        shown.first.wait_for(timeout=2 * DEADLINE_MS)
        seconds = time.monotonic() - began_s
        context.close()
    size = sum(size for _, size in sent) / 1e6
    compared = f"{seconds / ours_s:.1f} times ours, goal 4; {size:.1f} MB, {len(sent)}"
    say("tab: JupyterLite, cold", seconds, "s", f"{compared} requests")


def squeezed(data: bytes) -> int:
    return len(gzip.compress(data, 9))
