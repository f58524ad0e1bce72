"""`make bench`: one line a figure, each with what it was compared with in the same run.

Machines differ and are noisy: read the ratios. `python -m benchmarks PART ...` runs
some parts only; a part that fails says why, and the others run all the same.
"""

from __future__ import annotations

import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel
from playwright.sync_api import Browser

from benchmarks import (
    chapters,
    event_stream,
    foundations,
    network,
    tab,
    websocket,
    widgets,
)

ROOT = Path(__file__).resolve().parent.parent


def main(chosen: list[str]) -> int:
    failed = []
    for name, part in PARTS.items():
        if chosen and name not in chosen:
            continue
        try:
            part()
        except Exception:  # whatever it is, it is printed, and the run counts as failed
            traceback.print_exc()
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all parts ran")
    return len(failed)


def say(name: str, value: float, unit: str, compared: str) -> None:
    print(f"{name:32} {value:8.2f} {unit:3} {compared}", flush=True)


def timed(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(arguments, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def first_bytes() -> None:
    """From "the kernel is up" to the first live bytes of chapter 20 on the screen."""
    notebook = nbformat.read(ROOT / "notebooks/20-handshake.ipynb", as_version=4)
    cells = [c.source for c in notebook.cells if c.cell_type == "code"][:4]
    began = time.perf_counter()
    manager, client = start_new_kernel(cwd=str(ROOT / "notebooks"))
    up = time.perf_counter()
    for source in cells:
        reply = client.execute_interactive(source, timeout=60, output_hook=lambda _: 0)
        assert reply["content"]["status"] == "ok", source
    shown = time.perf_counter()
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    start = f"goal 5; starting the kernel took {up - began:.2f} s"
    say("first live bytes after kernel", shown - up, "s", start)


def site_build() -> None:
    everything = timed([sys.executable, "tools/build_site.py", "--all"])
    nothing = timed([sys.executable, "tools/build_site.py"])
    compared = f"goal 10; {nothing / everything:.2f} of a full build"
    say("site build, nothing changed", nothing, "s", compared)


def test_run() -> None:
    seconds = timed(["make", "test"])
    say("make test", seconds, "s", f"goal 180; {seconds / 180:.2f} of it")


PARTS = {
    "kernel": first_bytes,
    "chapters": lambda: chapters.main(say),
    "static": lambda: in_chromium(widgets.static),
    "live": lambda: in_chromium(widgets.live),
    "site": site_build,
    "foundations": lambda: foundations.main(say),
    "network": lambda: network.main(say),
    "websocket": lambda: websocket.main(say),
    "event-stream": lambda: event_stream.main(say),
    "tab": lambda: in_chromium(partial(tab.main, say)),
    "tests": test_run,
}


def in_chromium(part: Callable[[Browser], None]) -> None:
    with widgets.chromium() as browser:
        part(browser)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
