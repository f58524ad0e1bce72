"""How much the ladder carries: live in a real JupyterLab, and on a static page.

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

import nbformat
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.load import chat
from book._ext import live_widgets
from servers.wire.dissect import dissect
from tests.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES
from tests.notebooks.test_jupyterlab import jupyterlab, run_all
from widgets import Ladder
from widgets.faces import style_of

STORED = 50_000
FEW = 150  # all of them stand in the page whole
PER_S, SECONDS = 50_000, 30

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}

# Counts what arrives and the time between two frames; runs before the page's scripts.
WATCH = """
window.watch = { rows: 0, batches: 0, gap: 0, first: 0 };
const parse = JSON.parse;
JSON.parse = (...given) => {
  const value = parse(...given);
  if (value?.rows && value?.words) watch.rows += value.rows.length, watch.batches += 1;
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
LIVE = """
from widgets import Ladder
from benchmarks.load import offer
"""
DIRECT = f"print(await offer(Ladder(), {PER_S}, {SECONDS}))"
TRACED = f"print(await offer(Ladder(), {PER_S}, 10, traced=True))"
SINGLE = f"print(await offer(Ladder(), {PER_S}, 5, single=True))"


def main() -> None:
    with chromium() as browser:
        static(browser)
        live(browser)


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


def live(browser: Browser) -> None:
    direct = in_jupyterlab(browser, DIRECT)
    single = in_jupyterlab(browser, SINGLE)
    traced = in_jupyterlab(browser, TRACED)
    rate = direct["rows"] / direct["seconds"]
    compared = f"goal {PER_S}; {single['rows'] / single['seconds']:.0f} one by one; "
    compared += f"{traced['rows'] / traced['seconds']:.0f} dissected from a trace"
    say("live messages carried, 30 s", rate, "/s", compared)
    compared = (
        f"goal 100; {single['gap']:.0f} one by one; {traced['gap']:.0f} dissected"
    )
    say("  longest frame", direct["gap"], "ms", compared)
    grown = direct["heap_after"] - direct["heap_before"]
    compared = f"goal 0: from second 5 to {SECONDS}; kernel {direct['grown_mb']:.0f} MB"
    say("  page memory grown", grown / 1e6, "MB", compared)


def in_jupyterlab(browser: Browser, source: str) -> dict[str, Any]:
    """Runs one cell; what the cell printed and what the page saw."""
    cells = [nbformat.v4.new_code_cell(text) for text in (LIVE, source)]
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "notebooks").mkdir()
        file = Path(folder) / "notebooks/live.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), file)
        with jupyterlab(file.parent, Path(folder)) as address:
            page.goto(address.format(file.name))
            run_all(page)
            page.wait_for_function("watch.batches > 3", timeout=60_000)
            page.evaluate("watch.gap = 0")
            page.wait_for_timeout(4000)
            gap, before = page.evaluate("watch.gap"), heap(page)
            page.wait_for_timeout(200)  # what measuring cost is not the ladder's
            page.evaluate("watch.gap = 0")
            output = page.locator(".jp-OutputArea-output pre", has_text="seconds")
            output.wait_for(timeout=120_000)
            seen = page.evaluate("watch")
            printed = json.loads(output.inner_text())
            memory = {"heap_before": before, "heap_after": heap(page)}
            page.close()
    return seen | printed | memory | {"gap": max(gap, seen["gap"])}


def heap(page: Page) -> int:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"]


if __name__ == "__main__":
    main()
