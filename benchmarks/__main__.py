"""`make bench`: one line a figure, each with what it was compared with in the same run.

Machines differ and are noisy: read the ratios.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel

from benchmarks import chapters, network, widgets

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    first_bytes()
    chapters.main(say)
    widgets.main()
    site_build()
    test_run()
    network.main(say)


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


if __name__ == "__main__":
    main()
