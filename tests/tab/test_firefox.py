"""One chapter of each technology in Firefox: its cells show what is stored."""

import asyncio

from tests.conftest import do_without
from tests.notebooks.chapters import ROOT, code_cells
from tests.site.conftest import build_once, serving
from tests.tab.firefox import browsing, firefox_path
from tests.tab.test_chapters import OTHER_ORDER, lines, shown

CHAPTERS = ("20-handshake", "30-event-stream", "42-rooms")
DEADLINE_S = 300
RUN_ALL = """liveWire.runAll({ keepGoing: true }).then((statuses) =>
  liveWire.cells.map((id) => [id, statuses[id], liveWire.outputs(id)]))"""


async def run_all(path, address, profile):
    """What the cells of each chapter came to: [id, status, outputs]."""
    async with asyncio.timeout(DEADLINE_S), browsing(path, profile) as page:
        ran = {}
        for name in CHAPTERS:
            await page.go(f"{address}/en/notebooks/{name}.html")
            ran[name] = await page.evaluate(RUN_ALL)
        return ran


def test_chapters_when_run_in_firefox_show_what_is_stored(tmp_path, tmp_path_factory):
    path = firefox_path() or do_without(
        "needs Firefox on the PATH: apt-get install firefox-esr"
    )
    build_once(tmp_path_factory)
    with serving() as address:
        ran = asyncio.run(run_all(path, address, tmp_path))
    for name, cells in ran.items():
        stored = {c.id: c for c in code_cells(ROOT / "notebooks" / f"{name}.ipynb")}
        assert [id_ for id_, *_ in cells] == list(stored)
        for id_, status, outputs in cells:
            assert status == "ok", id_
            if id_ in OTHER_ORDER:
                assert lines(outputs) == lines(stored[id_].outputs)
            else:
                assert shown(outputs) == shown(stored[id_].outputs), id_
