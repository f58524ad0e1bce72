"""The progress bar: it moves, it goes, and what is stored never differs."""

import asyncio
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools.store_outputs import METADATA, clean, execute, write
from widgets import progress as module
from widgets.progress import BLANK, LABELS, progress

ROOT = Path(__file__).parents[2]
CELLS = (
    "from widgets import progress as module\n"
    "module.FIRST_S = module.EVERY_S = 0\n"
    "progress = module.progress",
    "for _ in progress(range(50)): pass\nprint('done')",
    "async def coming():\n    for n in range(50): yield n\n"
    "[n async for n in progress(coming(), 50, lang='vi')][-1]",
    "import asyncio\nasync with progress():\n    print(await asyncio.sleep(0.01, 1))",
)


@pytest.fixture
def shown(monkeypatch):
    """Everything that the bar puts on a page, as a notebook would get it."""
    outputs = []

    class Handle:
        def display(self, data, raw):
            outputs.append(data)

        update = display

    monkeypatch.setattr(module, "get_ipython", lambda: True)
    monkeypatch.setattr(module, "DisplayHandle", Handle)
    monkeypatch.setattr(module, "FIRST_S", 0)
    monkeypatch.setattr(module, "EVERY_S", 0)
    return outputs


def test_every_item_comes_and_the_bar_goes(shown):
    assert list(progress("abc")) == ["a", "b", "c"]
    assert [output == BLANK for output in shown] == [True, False, False, False, True]
    assert 'max="3" value="2"' in shown[2]["text/html"]
    assert "2 of 3" in shown[2]["text/html"]


def test_what_takes_no_time_shows_no_bar(shown, monkeypatch):
    monkeypatch.setattr(module, "FIRST_S", 3600)
    assert list(progress("abc")) == ["a", "b", "c"]
    assert shown == [BLANK, BLANK]


def test_items_that_come_by_and_by_are_waited_for(shown):
    async def coming():
        for number in range(2000):
            yield number

    async def run():
        return [number async for number in progress(coming(), 2000, lang="vi")]

    assert asyncio.run(run()) == list(range(2000))
    assert "1.000 trên 2.000" in shown[1000]["text/html"]
    assert shown[-1] == BLANK


def test_without_a_total_the_bar_only_counts(shown):
    assert list(progress(iter("ab"))) == ["a", "b"]
    assert "value=" not in shown[1]["text/html"]
    assert ">1</span>" in shown[1]["text/html"]


@pytest.mark.parametrize("fails", [False, True])
def test_around_a_block_the_bar_stands_until_its_end(shown, fails):
    async def run():
        async with progress():
            async with asyncio.timeout(10):
                while shown[-1] == BLANK:  # noqa: ASYNC110 - the bar tells nobody
                    await asyncio.sleep(0)
            during = shown[-1]
            assert not fails
        return during

    if fails:
        with pytest.raises(AssertionError):
            asyncio.run(run())
    else:
        during = asyncio.run(run())["text/html"]
        assert "<progress" in during
        assert "value=" not in during
        assert "></span>" in during
    assert shown[-1] == BLANK


def test_around_a_block_that_takes_no_time_there_is_no_bar(shown, monkeypatch):
    monkeypatch.setattr(module, "FIRST_S", 3600)

    async def run():
        async with progress():
            pass

    asyncio.run(run())
    assert shown == [BLANK, BLANK]


@pytest.mark.parametrize("how", ["breaks", "fails"])
def test_the_bar_goes_when_the_work_ends_early(shown, how):
    try:
        for _ in progress("abc"):
            if how == "breaks":
                break
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert shown[-1] == BLANK


def test_outside_a_notebook_there_is_no_bar(shown, monkeypatch):
    monkeypatch.setattr(module, "get_ipython", lambda: None)
    assert list(progress("abc")) == ["a", "b", "c"]
    assert shown == []


def test_both_languages_have_the_same_labels():
    assert LABELS["en"].keys() == LABELS["vi"].keys()


def test_a_stored_notebook_with_a_bar_passes_nbval(tmp_path):
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    execute(notebook, tmp_path)
    clean(notebook)
    assert notebook.cells[1].outputs[0].data == BLANK
    write(notebook, tmp_path / "bar.ipynb")
    run = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*run, tmp_path / "bar.ipynb"], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout
