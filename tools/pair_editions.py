"""Keep both editions' notebooks in step: `python tools/pair_editions.py [--check]`.

Cells are paired by id. Code is copied from the English notebook, except the cell
tagged `lang`; prose is the translator's, and each Vietnamese prose cell carries the
hash of the English text that it renders. Code that stands in prose (solutions, tabs)
differs in its comments only.

    --check           change nothing; fail on anything missing, stale or different
    --accept FILE     the Vietnamese notebook FILE renders today's English: store the
                      hashes, after you have read it

Outputs are not copied, because widgets speak the reader's language: run
`tools/store_outputs.py` afterwards.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
CODE_IN_PROSE = re.compile(r"^```(?:python|js)\n(.*?)^```", re.S | re.M)
COMMENT = re.compile(r"\s*(?:#|(?<!:)//).*")  # not the // of an address


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--accept", type=Path, default=None, metavar="FILE")
    options = parser.parse_args()
    complaints = []
    for english_path in sorted(ROOT.glob("notebooks/*.ipynb")):
        path = ROOT / "vi" / "notebooks" / english_path.name
        english = nbformat.read(english_path, as_version=4)
        if not path.exists():
            complaints.append(f"{path.relative_to(ROOT)} is missing.")
            continue
        vietnamese = nbformat.read(path, as_version=4)
        if options.accept and options.accept.resolve() == path:
            accept(english, vietnamese)
        if not options.check:
            copy_code(english, vietnamese)
            path.write_text(nbformat.writes(vietnamese, indent=1).rstrip("\n") + "\n")
        complaints += [
            f"{english_path.stem}: {c}" for c in compare(english, vietnamese)
        ]
    if complaints:
        parser.exit(1, "\n".join(complaints) + "\n")
    print("Both editions are in step.")


def text_hash(cell: NotebookNode) -> str:
    """What a translation of this cell must carry."""
    return hashlib.sha256(cell.source.encode()).hexdigest()[:12]


def copy_code(english: NotebookNode, vietnamese: NotebookNode) -> None:
    """Bring the Vietnamese notebook to the English order and code."""
    known = {cell.id: cell for cell in vietnamese.cells}
    paired = []
    for cell in english.cells:
        other = known.get(cell.id)
        if cell.cell_type == "code" and not is_lang(cell):
            if other is None or other.source != cell.source:
                other = nbformat.from_dict(dict(cell) | {"outputs": []})
            other.metadata = cell.metadata
        if other is not None:
            paired.append(other)
    vietnamese.cells = paired


def accept(english: NotebookNode, vietnamese: NotebookNode) -> None:
    """Declare every Vietnamese prose cell a rendering of today's English."""
    sources = {cell.id: cell for cell in english.cells}
    for cell in vietnamese.cells:
        if cell.cell_type == "markdown" and cell.id in sources:
            cell.metadata["english"] = text_hash(sources[cell.id])


def compare(english: NotebookNode, vietnamese: NotebookNode) -> list[str]:
    """One sentence for each cell that is not in step, with what to do."""
    complaints = []
    known = {cell.id: cell for cell in vietnamese.cells}
    for cell in english.cells:
        other = known.get(cell.id)
        if other is None:
            complaints.append(f"{cell.id} is missing in Vietnamese: add the cell.")
        elif cell.cell_type == "markdown":
            if other.metadata.get("english") != text_hash(cell):
                complaints.append(f"{cell.id}: the English changed; translate again.")
            elif code_in(other) != code_in(cell):
                complaints.append(f"{cell.id}: the code in the text differs.")
        elif not is_lang(cell) and other.source != cell.source:
            complaints.append(f"{cell.id}: the code differs; run pair_editions.py.")
    ids = [cell.id for cell in english.cells]
    if not complaints and ids != [cell.id for cell in vietnamese.cells]:
        complaints.append("extra cells or another order; run pair_editions.py.")
    return complaints


def code_in(cell: NotebookNode) -> list[list[str]]:
    """The lines of code that stand in a prose cell, without their comments."""
    found = CODE_IN_PROSE.findall(cell.source)
    return [list(filter(None, COMMENT.sub("\n", c).split("\n"))) for c in found]


def is_lang(cell: NotebookNode) -> bool:
    return "lang" in cell.metadata.get("tags", [])


if __name__ == "__main__":
    main()
