"""What silent people cost a server, at the full counts of chapter 11."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from servers.live.silent import crowd, silent_server, state_of
from servers.network.file_limit import allow_files

# More threads than 2,000 are refused in many containers.
KINDS = {"loop": 10_000, "asyncio": 10_000, "threads": 2000}

Say = Callable[[str, float, str, str], None]


def main(say: Say) -> None:
    allow_files(max(KINDS.values()) + 1000)
    bare: list[float] = []
    for kind, count in KINDS.items():
        found = asyncio.run(measure(kind, count))
        bare = bare or found
        ratios = [f"{mine / its:.2f}" for mine, its in zip(found, bare, strict=True)]
        said = f"{count} silent; {{}} of a bare event loop's"
        say(f"memory a connection, {kind}", found[0], "KiB", said.format(ratios[0]))
        say(f"accepting one, {kind}", found[1], "µs", said.format(ratios[1]))


async def measure(kind: str, count: int) -> list[float]:
    """Memory in KiB and time in µs for each of so many connections."""
    async with silent_server(kind) as server:
        empty = state_of(server).memory_kib
        began = time.perf_counter()
        with crowd(server, range(count)):
            full = state_of(server)
            took = time.perf_counter() - began
    assert full.connected == count
    return [(full.memory_kib - empty) / count, took * 1e6 / count]
