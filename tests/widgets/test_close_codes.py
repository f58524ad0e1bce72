"""The table of close codes: every code, in both languages, as the code decides."""

import re

import pytest

from servers.wire.close_codes import CLOSE_CODES
from servers.wire.coming_back import asks_to_come_back
from widgets import CloseCodes
from widgets.close_codes import LABELS

LANGS = pytest.mark.parametrize("lang", ["en", "vi"])


@LANGS
def test_a_table_when_shown_says_of_each_code_what_the_code_decides(lang):
    words, rows = LABELS[lang], CloseCodes(lang).rows
    assert [row[0] for row in rows] == [
        *map(str, CLOSE_CODES),
        "3000–3999",
        "4000–4999",
    ]
    yes = {words["yes"], words["later"], words["care"]}
    for row, close in zip(rows, CLOSE_CODES.values(), strict=False):
        assert row[1] == close.name
        assert (row[2] in yes) == close.may_travel
        assert (row[4] in yes) == asks_to_come_back(close.code)
    assert {row[0] for row in rows if row[3] == words["yes"]} == {
        "1000",
        "3000–3999",
        "4000–4999",
    }
    assert [row[0] for row in rows if row[4] == words["later"]] == ["1012", "1013"]


@LANGS
def test_a_table_when_in_a_page_holds_the_same_cells(lang):
    table = CloseCodes(lang)
    html = table._repr_html_()
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", html)
    assert [tuple(cells[i : i + 6]) for i in range(0, len(cells), 6)] == table.rows
    assert len(repr(table).splitlines()) == len(table.rows)


def test_meanings_when_translated_are_there_for_every_code():
    assert all(
        words["meanings"].keys() == CLOSE_CODES.keys() for words in LABELS.values()
    )


def test_a_language_when_unknown_is_refused():
    with pytest.raises(ValueError, match="en or vi"):
        CloseCodes("fr")
