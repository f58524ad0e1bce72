"""The notebooks of both editions, as the tests of this room read them."""

from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent.parent
ENGLISH = sorted((ROOT / "notebooks").glob("*.ipynb"))
ALL = [*ENGLISH, *sorted((ROOT / "vi" / "notebooks").glob("*.ipynb"))]


def name(path):
    return str(path.relative_to(ROOT))


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]
