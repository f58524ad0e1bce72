"""Every cell of every chapter, in the reader's tab: the same outputs as stored.

Each chapter in one of the editions, in turn: their code is the same.
"""

import pytest

from tests.notebooks.chapters import IN_TURN, code_cells, name, read
from tools.build_tab import TAG

# Cells whose outputs differ, with the reason; the lines must be the same in any order.
OTHER_ORDER = {
    "rooms-ladder": "aiohttp starts tasks at once from Python 3.12 on: An's answer "
    "comes after both copies of what she said, and not between them",
}
LEFT_OUT = 28


def is_left_out(cell):
    return any(tag.startswith(TAG) for tag in cell.metadata.get("tags", []))


def shown(outputs):
    """What nbval would compare: text and HTML, and what was printed, as one."""
    return [
        (output["name"], "".join(output["text"]))
        if output["output_type"] == "stream"
        else output["traceback"]
        if output["output_type"] == "error"
        else tuple(output["data"].get(kind) for kind in ("text/plain", "text/html"))
        for output in outputs
    ]


def lines(outputs):
    """The lines of the texts without their numbers, in one order."""
    texts = [str(output["data"]["text/plain"]) for output in outputs]
    return sorted(line.strip(" 0123456789") for t in texts for line in t.split("\n"))


@pytest.mark.chromium
@pytest.mark.parametrize("path", IN_TURN, ids=name)
def test_a_chapter_when_run_in_the_tab_shows_what_is_stored(path, tab):
    run = tab("vi" if "vi/" in name(path) else "en")
    different = []
    for number, cell in enumerate(code_cells(path), 1):
        if is_left_out(cell):
            continue
        done = run(cell.id, cell.source, f"Cell {number}")
        got = shown(done["outputs"])
        if cell.id in OTHER_ORDER:
            assert lines(done["outputs"]) == lines(cell.outputs)
            assert got != shown(cell.outputs), "no longer an exception"
        elif done["status"] != "ok" or got != shown(cell.outputs):
            different.append((cell.id, done["status"], got, shown(cell.outputs)))
    assert different == []


def test_cells_that_need_more_than_a_tab_when_counted_stay_few():
    """Fewer is better: lower the number with them."""
    cells = [cell for path in IN_TURN for cell in read(path).cells]
    assert sum(map(is_left_out, cells)) == LEFT_OUT
