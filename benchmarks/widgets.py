"""How much the widgets carry: live in a real JupyterLab, and on a static page.

Both run in the system's Chromium; frames are those that the page really drew.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import nbformat
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.load import chat
from book._ext import live_widgets
from servers.wire.dissect import dissect
from tests.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES
from tests.notebooks.test_jupyterlab import jupyterlab, start
from widgets import Ladder
from widgets.faces import style_of

STORED = 50_000
FEW = 150  # all of them stand in the page whole
PER_S, SECONDS = 50_000, 30

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}

# Counts what arrives and the time between two frames; runs before the page's scripts.
# `seen`: how many events the page has been told of so far, shown one by one or not.
WATCH = """
window.watch = { seen: 0, batches: 0, gap: 0, first: 0 };
const parse = JSON.parse;
const counted = (events) => events.reduce((sum, { count = 1 }) => sum + count, 0);
function seenIn(value) {
  if (value?.rows && value?.words) return value.rows.at(-1)?.[0];
  const { steps, earlier, samples, lanes, series } = value?.data?.state ?? {};
  if (steps) return steps.length + (earlier ?? 0);
  if (samples) return counted(samples);
  return (lanes ?? series)?.reduce((sum, { events }) => sum + counted(events), 0);
}
JSON.parse = (...given) => {
  const value = parse(...given), seen = seenIn(value);
  if (seen) watch.seen = Math.max(watch.seen, seen), watch.batches += 1;
  return value;
};
let before = performance.now();
(function frame(now) {
  watch.gap = Math.max(watch.gap, now - before);
  before = now;
  if (!watch.first && document.querySelector(".lw-row"))
    requestAnimationFrame((now) => (watch.first = now));
  requestAnimationFrame(frame);
})(before);
"""
SCROLL = """async () => {
  const list = document.querySelector(".lw-rows");
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  watch.gap = 0;
  for (let i = 0; i < 240; i++) {
    // By hand, and every second in leaps.
    list.scrollTop += i % 60 ? 300 : list.scrollHeight / 5;
    await frame();
  }
  return watch.gap;
}"""
ROOT = Path(__file__).resolve().parent.parent
# The kernel's environment has the book's packages, not its benchmarks.
LIVE = f"import sys; sys.path.insert(0, {str(ROOT)!r})"
KINDS = {
    "messages": "live messages",
    "trace": "live from a raw trace",
    "rooms": "live rooms",
    "buffers": "live buffers",
    "timeline": "live timeline",
    "race": "live race",
    "one by one": "one widget message for each",
}
FAILED = """document.querySelector("[data-mime-type*='stderr']")"""
SETTLED_MS = 4000


def say(name: str, value: float, unit: str, compared: str) -> None:
    print(f"{name:32} {value:8.0f} {unit:3} {compared}", flush=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def static(browser: Browser) -> None:
    many, gap, size = on_a_page(browser, STORED)
    few, few_gap, few_size = on_a_page(browser, FEW)
    compared = f"goal 1000; {few:.0f} for {FEW} messages; "
    compared += f"{size / 1e6:.1f} MB, {few_size / 1e6:.1f} MB"
    say("50,000 messages on the page", many, "ms", compared)
    compared = f"goal 100, longest frame; {few_gap:.0f} for {FEW} messages"
    say("  scrolled", gap, "ms", compared)


def on_a_page(browser: Browser, count: int) -> tuple[float, float, int]:
    """Milliseconds until rows are drawn, longest frame of scrolling, size in bytes."""
    ladder = Ladder(dissect(chat(count)), store_times=True)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.html")
        path.write_text(
            f"<!doctype html><meta charset=utf-8>"
            f"<style>{style_of('ladder')}</style>{ladder.html()}"
            f"<script>{live_widgets.script_of('ladder')}</script>"
            f"<script>{live_widgets.host_script()}</script>",
            "utf-8",
        )
        page.goto(path.as_uri())
        page.wait_for_function("watch.first")
        first, gap = page.evaluate("watch.first"), page.evaluate(SCROLL)
        size = path.stat().st_size
    page.close()
    return first, gap, size


def live(browser: Browser, seconds: float = SECONDS) -> None:
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "notebooks").mkdir()
        with jupyterlab(Path(home) / "notebooks", Path(home)) as address:
            for kind in KINDS:
                length = 6 if kind == "one by one" else seconds
                file = Path(home) / "notebooks" / f"{kind.replace(' ', '-')}.ipynb"
                source = "from benchmarks.load import offer\n"
                source += f"print(await offer({kind!r}, {PER_S}, {length}))"
                cells = [nbformat.v4.new_code_cell(text) for text in (LIVE, source)]
                notebook = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
                nbformat.write(notebook, file)
                say_live(kind, in_jupyterlab(browser, address, file.name))


def say_live(kind: str, found: dict[str, Any]) -> None:
    compared = f"goal {PER_S}; {found['given'] / found['seconds']:.0f}/s were given, "
    compared += f"{found['cpu_s'] / found['given'] * 1e6:.0f} µs of the kernel for each"
    say(KINDS[kind], found["seen"] / found["seconds"], "/s", compared)
    per_s = found["batches"] / found["seconds"]
    say(
        "  longest frame", found["gap"], "ms", f"goal 100; {per_s:.0f} batches a second"
    )
    grown = (found["heap_after"] - found["heap_before"]) / 1e6
    compared = f"goal 0, after the first {SETTLED_MS / 1000:.0f} s; "
    compared += f"kernel {found['grown_mb']:.0f} MB"
    compared += " with the trace itself" if kind == "trace" else ""
    say("  page memory grown", grown, "MB", compared)


def in_jupyterlab(browser: Browser, address: str, name: str) -> dict[str, Any]:
    """Runs a notebook; what its last cell printed and what the page saw."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH)
    # In a workspace of its own: no other notebook's tab is opened again.
    page.goto(address.replace("/lab?", f"/lab/workspaces/{uuid4().hex}?"))
    start(page, name)
    failed = page.locator("[data-mime-type*='stderr']")
    page.wait_for_function(f"watch.batches > 3 || {FAILED}", timeout=60_000)
    assert not failed.count(), failed.first.inner_text()
    page.wait_for_timeout(SETTLED_MS)  # the list is full, and scripts are compiled
    before = heap(page)
    page.wait_for_timeout(200)  # what measuring cost is not the widget's
    page.evaluate("watch.gap = 0")
    output = page.locator(".jp-OutputArea-output pre", has_text="seconds")
    output.wait_for(timeout=120_000)
    found = page.evaluate("watch") | json.loads(output.inner_text())
    found |= {"heap_before": before, "heap_after": heap(page)}
    page.close()
    return found


def heap(page: Page) -> int:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"]
