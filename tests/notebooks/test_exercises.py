"""Exercises: the check waits for an answer, takes the solution, refuses a wrong one."""

import re

import pytest

from tests.notebooks.chapters import IN_OTHER_TURN, code_cells, known_of, name, read
from tests.notebooks.kernels import kernel

VERDICTS = {
    "en": ("Not yet", "Right.", "Not right yet"),
    "vi": ("Chưa có câu trả lời", "Đúng rồi.", "Chưa đúng"),
}


def exercises(path):
    return [c for c in code_cells(path) if re.search(r"-exercise-\d+$", c.id)]


@pytest.mark.parametrize("path", IN_OTHER_TURN, ids=name)
def test_checks_when_given_nothing_a_wrong_answer_and_the_solution(path):
    cells = {cell.id: cell.source for cell in read(path).cells}
    not_yet, right, wrong = VERDICTS["vi" if "vi/" in name(path) else "en"]
    starters = exercises(path)
    assert 2 <= len(starters) <= 4
    with kernel(path.parent) as run:
        for cell in code_cells(path):
            assert run(cell.source)[1] == "", cell.id
        for starter in starters:
            assert "..." in starter.source
            check = cells[starter.id.replace("exercise", "check")]
            text = cells[starter.id.replace("exercise", "solution")]
            (solution,) = re.findall(r"```python\n(.*?)```", text, re.S)
            assert not_yet in run(check)[0], starter.id
            run(known_of(path)["wrong"][starter.id])
            assert wrong in run(check)[1], starter.id
            assert run(solution)[1] == ""
            assert right in run(check)[0], starter.id
