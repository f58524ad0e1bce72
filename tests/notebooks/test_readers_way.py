"""A chapter in one kernel, as a reader may go through it.

First in any order, then from top to bottom, then its exercises: a check waits for an
answer, refuses a wrong one and takes the solution.
"""

import random
import re

import pytest

from tests.notebooks.chapters import IN_OTHER_TURN, code_cells, known_of, name, read
from tests.notebooks.kernels import LEFTOVERS, kernel

VERDICTS = {
    "en": ("Not yet", "Right.", "Not right yet"),
    "vi": ("Chưa có câu trả lời", "Đúng rồi.", "Chưa đúng"),
}


@pytest.mark.parametrize("path", IN_OTHER_TURN, ids=name)
def test_a_chapter_when_run_in_any_order_twice_and_solved(path):
    with kernel(path.parent) as cell:
        any_order_leaves_nothing(path, cell)
        top_to_bottom_leaves_nothing(path, cell)
        checks_know_a_right_answer(path, cell)


def any_order_leaves_nothing(path, cell):
    lang, setup, *others = [cell.source for cell in code_cells(path)]
    random.Random(20).shuffle(others)
    for source in (lang, setup, *others):
        _, error = cell(source)
        # Out of order a name may be missing; the reader is told what to run.
        assert not error or "Run All Above Selected Cell" in error, error
    assert cell(LEFTOVERS)[0] == "[]"


def top_to_bottom_leaves_nothing(path, cell):
    """Each cell for the second time in this kernel."""
    for known in code_cells(path):
        assert cell(known.source)[1] == "", known.id
    assert cell(LEFTOVERS)[0] == "[]"


def checks_know_a_right_answer(path, cell):
    sources = {cell.id: cell.source for cell in read(path).cells}
    not_yet, right, wrong = VERDICTS["vi" if "vi/" in name(path) else "en"]
    starters = [id_ for id_ in sources if re.search(r"-exercise-\d+$", id_)]
    assert 2 <= len(starters) <= 4
    for starter in starters:
        assert "..." in sources[starter]
        check = sources[starter.replace("exercise", "check")]
        text = sources[starter.replace("exercise", "solution")]
        (solution,) = re.findall(r"```python\n(.*?)```", text, re.S)
        assert not_yet in cell(check)[0], starter
        cell(known_of(path)["wrong"][starter])
        assert wrong in cell(check)[1], starter
        assert cell(solution)[1] == ""
        assert right in cell(check)[0], starter
