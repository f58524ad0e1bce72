"""Both editions in step: notebooks, contents, pages."""

import copy
import unicodedata
from pathlib import Path

import nbformat
import yaml

from tools.pair_editions import compare, copy_code, main

ROOT = Path(__file__).parent.parent.parent


def test_the_notebooks_when_compared_are_in_step(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["pair_editions.py", "--check"])
    main()
    assert "in step" in capsys.readouterr().out


def notebooks():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        yield (
            nbformat.read(path, as_version=4),
            nbformat.read(ROOT / "vi/notebooks" / path.name, as_version=4),
        )


def test_a_cell_when_stale_missing_or_edited_is_named():
    english, vietnamese = next(notebooks())
    prose = next(i for i, c in enumerate(english.cells) if c.cell_type == "markdown")
    code = next(i for i, c in enumerate(english.cells) if c.id.endswith("-setup"))

    changed = copy.deepcopy(english)
    changed.cells[prose].source += " And more."
    assert "translate again" in " ".join(compare(changed, vietnamese))

    shorter = copy.deepcopy(vietnamese)
    del shorter.cells[prose]
    assert "is missing in Vietnamese" in " ".join(compare(english, shorter))

    edited = copy.deepcopy(vietnamese)
    edited.cells[code].source += "\nprint()"
    assert "the code differs" in " ".join(compare(english, edited))
    copy_code(english, edited)
    assert compare(english, edited) == []

    solved = copy.deepcopy(vietnamese)
    solution = next(c for c in solved.cells if c.id.endswith("-solution-1"))
    solution.source = solution.source.replace("```python\n", "```python\n# một\n", 1)
    assert compare(english, solved) == []
    solution.source = solution.source.replace("```python\n", "```python\n1\n", 1)
    assert "the code in the text differs" in " ".join(compare(english, solved))

    swapped = copy.deepcopy(vietnamese)
    swapped.cells[0], swapped.cells[1] = swapped.cells[1], swapped.cells[0]
    assert "another order" in " ".join(compare(english, swapped))


def test_outputs_when_no_word_of_the_book_is_in_them_are_the_same():
    """Only widgets and checks speak; what Python itself shows has no language."""
    for english, vietnamese in notebooks():
        for cell, other in zip(english.cells, vietnamese.cells, strict=True):
            if cell.cell_type != "code" or "checking" in cell.source:
                continue
            if any("text/html" in o.get("data", {}) for o in cell.outputs):
                continue
            assert cell.outputs == other.outputs, cell.id


def documents(toc):
    if isinstance(toc, list):
        return [d for item in toc for d in documents(item)]
    found = [toc[key] for key in ("root", "file") if key in toc]
    for key in ("parts", "chapters", "sections"):
        found += documents(toc.get(key, []))
    return found


def test_the_contents_when_compared_mirror_each_other():
    english, vietnamese = (
        documents(yaml.safe_load((ROOT / toc).read_text(encoding="utf-8")))
        for toc in ("_toc.yml", "vi/_toc.yml")
    )
    assert english == vietnamese
    assert len(set(english)) == len(english) > 5


def test_every_page_when_listed_exists_in_both_editions():
    for pages in ("book/*.md", "notebooks/*.ipynb"):
        english = {path.name for path in ROOT.glob(pages)}
        vietnamese = {path.name for path in (ROOT / "vi").glob(pages)}
        assert english == vietnamese != set()


def test_vietnamese_when_stored_is_nfc():
    for path in [*ROOT.glob("vi/**/*.md"), ROOT / "book/glossary.yml"]:
        text = path.read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", text), path
