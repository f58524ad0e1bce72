"""What a stored notebook must be like, so that nbval proves it and people read it."""

import re
import unicodedata
from statistics import median

import pytest

from tests.notebooks.chapters import ALL, code_cells, name, read
from tools.store_outputs import METADATA, WIDGET_VIEW

pytestmark = pytest.mark.parametrize("path", ALL, ids=name)


def test_a_chapter_when_stored_has_fixed_metadata(path):
    notebook = read(path)
    assert notebook.metadata == METADATA
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_ids_when_listed_are_written_by_hand(path):
    slug = path.stem.split("-", 1)[1]
    ids = [cell.id for cell in read(path).cells]
    assert len(set(ids)) == len(ids)
    for cell_id in ids:
        assert re.fullmatch(rf"{slug}-[a-z0-9]+(-[a-z0-9]+)*", cell_id), cell_id
        assert len(cell_id) <= 64


def test_cells_when_measured_are_short(path):
    sizes = []
    for cell in code_cells(path):
        lines = cell.source.splitlines()
        assert len(lines) <= 20, cell.id
        assert max(map(len, lines)) <= 76, cell.id
        sizes.append(len(lines))
    assert median(sizes) <= 5
    assert sum(size <= 12 for size in sizes) >= 0.9 * len(sizes)


def test_cells_when_stored_were_executed_in_order(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


def test_outputs_when_stored_hold_no_error_and_no_widget_state(path):
    assert "widgets" not in read(path).metadata
    for cell in code_cells(path):
        assert "execution" not in cell.metadata
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert WIDGET_VIEW not in output.get("data", {}), cell.id
            assert output.get("name") != "stderr", cell.id


def test_no_cell_when_judged_by_nbval_is_excused(path):
    for cell in code_cells(path):
        assert "nbval" not in str(cell.metadata.get("tags", "")).lower(), cell.id
        assert "NBVAL" not in cell.source, cell.id


def test_ports_when_cells_listen_are_free_ones_of_this_machine(path):
    for cell in code_cells(path):
        assert not re.search(r"0\.0\.0\.0|localhost|\[::\]", cell.source), cell.id
        assert not re.search(r"port\s*=\s*[1-9]", cell.source), cell.id
        assert not re.search(r'"127\.0\.0\.1",\s*[1-9]', cell.source), cell.id
        assert not re.search(r"127\.0\.0\.1:\d", cell.source), cell.id


def test_no_cell_when_it_waits_only_hopes(path):
    """A pause that is the lesson has a name with its unit: sleep(interval_s)."""
    for cell in code_cells(path):
        assert not re.search(r"sleep\((?!\w+_s\))", cell.source), cell.id


def test_words_when_stored_differ_from_machine_to_machine_nowhere(path):
    """No memory address, no path, no library's version of Python, no date header."""
    for cell in code_cells(path):
        shown = str(cell.outputs)
        assert not re.search(r"0x[0-9a-f]{9}|/home/|/root/|site-packages", shown), (
            cell.id
        )
        assert not re.search(r"Python/3|Date: |\b127\.0\.0\.1:\d{4}", shown), cell.id


def test_the_language_when_chosen_is_chosen_in_one_cell(path):
    tagged = [c for c in code_cells(path) if "lang" in c.metadata.get("tags", [])]
    expected = "vi" if "vi/" in name(path) else "en"
    assert [c.source.count(f'chapter("{expected}")') for c in tagged] == [1]


def test_the_last_cell_when_run_found_nothing_left(path):
    last = read(path).cells[-1]
    assert last.source.endswith("leftovers()")
    assert [output.data for output in last.outputs] == [{"text/plain": "[]"}]


def test_text_when_stored_is_nfc(path):
    text = path.read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
