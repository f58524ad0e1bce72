"""A small notebook in which every live widget flows until somebody has seen enough."""

import nbformat

FILE, ENOUGH = "live.ipynb", "enough"
SETUP = """import asyncio
from itertools import count
from pathlib import Path
from servers.wire.message import Message
from widgets import Buffers, Ladder, Race, Rooms, Timeline
"""
FLOW = f"""async with (
    Ladder(lang="vi").follow() as ladder,
    Rooms(lang="vi").follow() as rooms,
    Buffers(lang="vi").follow() as buffers,
    Timeline(lang="vi").follow() as timeline,
    Race(lang="vi").follow() as race,
):
    for n in count(1):
        if Path("{ENOUGH}").exists():
            break
        text = f"text “{{n}}”"
        ladder.add([Message(n, 1, "client", "text", text, b"\\x81\\x00")])
        rooms.add({{"kind": "emit", "text": str(n), "hears": []}})
        rooms.heard("An", str(n))
        sizes = {{"transport_bytes": n, "kernel_bytes": n, "paused": False}}
        buffers.add({{"time_ms": n, "application_bytes": n}} | sizes)
        timeline.add("SSE", {{"time_ms": n, "age_ms": 3, "bytes": 120}})
        race.add("SSE", {{"time_ms": n, "message": n, "bytes": 120}})
        await asyncio.sleep(0.1)
print("over")"""
METADATA = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}


def write(folder):
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, FLOW)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    nbformat.write(notebook, folder / FILE)
