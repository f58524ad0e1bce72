"""Cells in a real kernel: any order, run twice, interrupted, printing late."""

import random
import re

import pytest

from tests.notebooks.chapters import ALL, ENGLISH, code_cells, name
from tests.notebooks.kernels import kernel

LEFTOVERS = "from servers.network.leftovers import leftovers\nleftovers()"
START = "from widgets.chapter import chapter\nchapter('en')"
WAIT = """
from servers.live.ws_client import connecting
from servers.live.ws_server import serving
async with serving() as server, connecting(server.url()) as ws:
    print("waiting")
    await ws.receive()
"""


@pytest.mark.parametrize("path", ENGLISH, ids=name)
def test_a_chapter_when_run_twice_or_in_any_order_leaves_nothing(path):
    lang, setup, *others = [cell.source for cell in code_cells(path)]
    shuffled = others[:]
    random.Random(20).shuffle(shuffled)
    with kernel(path.parent) as cell:
        for source in (lang, setup, *shuffled):
            _, error = cell(source)
            # Out of order a name may be missing; the reader is told what to run.
            assert not error or "Run All Above Selected Cell" in error, error
        assert cell(LEFTOVERS)[0] == "[]"
        for source in (lang, setup, *others, lang, setup, *others):
            assert cell(source)[1] == ""
        assert cell(LEFTOVERS)[0] == "[]"


@pytest.mark.parametrize(
    ("lang", "sentence"), [("en", "run this cell again"), ("vi", "chạy lại ô này")]
)
def test_a_cell_when_interrupted_leaves_nothing_and_says_what_to_run(
    lang, sentence, tmp_path
):
    with kernel(tmp_path) as cell:
        cell(START.replace("en", lang))
        _, error = cell(WAIT, interrupt_at="waiting")
        assert sentence in error
        assert cell(LEFTOVERS)[0] == "[]"


def test_prints_of_a_server_when_it_outlives_its_cell_land_in_the_running_one(tmp_path):
    with kernel(tmp_path) as cell:
        shown, _ = cell(
            "from servers.live.ws_client import connecting\n"
            "from servers.live.ws_server import serving\n"
            "async def tell(ws):\n"
            "    async for message in ws:\n"
            "        print('heard', message)\n"
            "        await ws.send(message)\n"
            "running = serving(tell)\n"
            "server = await running.__aenter__()"
        )
        assert shown == ""
        shown, _ = cell(
            "async with connecting(server.url()) as ws:\n"
            "    await ws.send('Xin chào')\n"
            "    await ws.receive()"
        )
        assert "heard Xin chào" in shown
        cell("await running.__aexit__(None, None, None)")
        assert cell(LEFTOVERS)[0] == "[]"


def test_a_port_when_it_is_taken_gets_a_sentence(tmp_path):
    with kernel(tmp_path) as cell:
        cell(START)
        _, error = cell(
            "from servers.live.ws_server import serving\n"
            "async with serving() as first, serving(port=first.port):\n    pass"
        )
        assert "Another program has this port" in error


@pytest.mark.parametrize("path", ALL, ids=name)
def test_the_first_server_when_started_needs_only_the_setup(path):
    """Readers see bytes within the first five code cells."""
    first = [cell.source for cell in code_cells(path)][:5]
    assert any(re.search(r"^async with|simulate\(", source, re.M) for source in first)
