"""How long the chapters take from top to bottom, and which cell is silent longest."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from nbformat import NotebookNode

from tests.notebooks.chapters import ENGLISH, code_cells, name

GOAL_S = 60
SILENT_GOAL_S = 2
SHOWN = ("stream", "display_data", "update_display_data", "execute_result")


class Silence(NamedTuple):
    """The longest time in which a cell showed nothing."""

    seconds: float = 0.0
    cell_id: str = ""


def main(say: Callable[[str, float, str, str], None]) -> None:
    total_s, longest = 0.0, Silence()
    for path in ENGLISH:
        seconds, silence = run(path)
        total_s, longest = total_s + seconds, max(longest, silence)
        compared = f"{silence.cell_id} is silent for {silence.seconds:.2f} s"
        say(f"  {path.stem}, top to bottom", seconds, "s", compared)
    count = len(ENGLISH)
    compared = f"goal {GOAL_S} for five; {count} here, {total_s / count:.1f} s each"
    say("all chapters, top to bottom", total_s, "s", compared)
    compared = f"goal {SILENT_GOAL_S}; {longest.cell_id}"
    say("longest silent cell", longest.seconds, "s", compared)


def run(path: Path) -> tuple[float, Silence]:
    """A chapter in a kernel of its own: its seconds, and its longest silence.

    Raises:
        RuntimeError: A cell failed.
    """
    manager, client = start_new_kernel(cwd=str(path.parent))
    try:
        began_s = time.perf_counter()
        longest = max(silence_of(client, cell) for cell in code_cells(path))
        return time.perf_counter() - began_s, longest
    except RuntimeError as error:
        raise RuntimeError(f"{name(path)}: {error}") from error
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def silence_of(client: BlockingKernelClient, cell: NotebookNode) -> Silence:
    """Runs a cell: the longest time in it without an output."""
    moments_s = [time.perf_counter()]

    def show(message: dict) -> None:
        if message["msg_type"] in SHOWN:
            moments_s.append(time.perf_counter())

    reply = client.execute_interactive(cell.source, timeout=GOAL_S, output_hook=show)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{cell.id} failed")
    moments_s.append(time.perf_counter())
    return Silence(max(b - a for a, b in pairwise(moments_s)), cell.id)
