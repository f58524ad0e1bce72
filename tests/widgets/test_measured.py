"""Measured figures: what is stored is what was recorded, whatever this run measured."""

import json
import re
import unicodedata

import pytest
from traitlets import TraitError

from widgets import Measured, counted, measured
from widgets.measured import COUNTS, LABELS, MEASURED

HOSTILE = "</script><img src=x onerror=alert(1)>"
RECORDINGS = sorted(path.stem for path in MEASURED.glob("*.json"))
HOW = "Linux, 2 cores, Python 3.11, 2026-11"


def row(key, label, unit, value):
    return {"key": key, "label": {"en": label, "vi": label}, "unit": unit} | {
        "value": value
    }


def save(path, rows, how=HOW, title="Một kết nối"):
    saved = {"title": {"en": title, "vi": title}, "how": how, "rows": rows}
    path.write_text(json.dumps(saved), "utf-8")


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "MEASURED", tmp_path)
    path = tmp_path / "memory.json"
    save(path, [row("a", "luồng", "KiB", 1234.5), row("b", "loop", "KiB", None)])
    return path


def test_what_is_stored_when_measured_anew_is_the_recorded(file):
    one = Measured("memory", {"a": 1.0, "b": 2.0}, lang="vi")
    other = Measured("memory", {"a": 99.0}, lang="vi")
    assert (one.html(), one.text()) == (other.html(), other.text())
    assert one.text().splitlines()[:3] == [
        "Một kết nối",
        "luồng: 1.234,5 KiB",
        "loop: –",
    ]
    assert HOW in one.text() and HOW in one.snapshot()
    assert [r["yours"] for r in one.stored_state()["rows"]] == [None, None]


def test_the_live_face_when_shown_holds_both(file):
    rows = Measured("memory", {"b": 2.0}).rows
    assert [(r["recorded"], r["yours"]) for r in rows] == [(1234.5, None), (None, 2.0)]


def test_a_value_when_no_row_names_it_is_refused(file):
    with pytest.raises(KeyError, match="c: no row of a, b"):
        Measured("memory", {"c": 1.0})


def test_another_language_is_refused(file):
    with pytest.raises(TraitError, match="it can be en or vi"):
        Measured("memory", {}, lang="fr")


def test_a_file_when_missing_is_named():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Measured("nowhere", {})


def test_figures_when_recorded_are_read_again(file, monkeypatch):
    monkeypatch.setenv(COUNTS, "full")
    Measured("memory", {"a": 7.26, "b": 2}).record(f"{HOW} again")
    again = Measured("memory", {})
    assert [r["recorded"] for r in again.rows] == [7.3, 2]
    assert again.how == f"{HOW} again"


def test_figures_when_not_all_or_small_are_not_recorded(file, monkeypatch):
    before = file.read_bytes()
    with pytest.raises(ValueError, match="only full counts"):
        Measured("memory", {"a": 7, "b": 2}).record(HOW)
    monkeypatch.setenv(COUNTS, "full")
    with pytest.raises(ValueError, match=r"missing: \['b'\]"):
        Measured("memory", {"a": 7}).record(HOW)
    assert file.read_bytes() == before


def test_text_when_hostile_is_never_markup(file):
    save(file, [row("a", HOSTILE, HOSTILE, 1)], HOSTILE, HOSTILE)
    html = Measured("memory", {"a": 2}).html()
    assert "<img" not in html and html.count("</script>") == 1


def test_both_languages_have_the_same_labels():
    assert LABELS["en"].keys() == LABELS["vi"].keys()
    assert unicodedata.is_normalized("NFC", str(LABELS["vi"]))


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_in_the_book_names_its_machine_and_both_languages(name):
    saved = json.loads((MEASURED / f"{name}.json").read_text("utf-8"))
    assert re.search(r"\d cores, Python 3\.\d+, 20\d\d-\d\d$", saved["how"])
    assert len({r["key"] for r in saved["rows"]}) == len(saved["rows"])
    for words in (saved["title"], *(r["label"] for r in saved["rows"])):
        assert words.keys() == {"en", "vi"}
    assert all(r["value"] >= 0 for r in saved["rows"])


def test_counts_follow_the_switch(monkeypatch):
    assert counted(10_000, small=200) == 200  # these tests run with the switch set
    for value, expected in {"": 10_000, "full": 10_000, "small": 200}.items():
        monkeypatch.setenv(COUNTS, value)
        assert counted(10_000, small=200) == expected
    monkeypatch.delenv(COUNTS)
    assert counted([100, 1000], small=[10]) == [100, 1000]
    monkeypatch.setenv(COUNTS, "tiny")
    with pytest.raises(ValueError, match="can be small or full"):
        counted(1, small=1)
