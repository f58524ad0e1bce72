"""The notebooks of both editions, as the tests of this room read them."""

from pathlib import Path

import nbformat
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ENGLISH = sorted((ROOT / "notebooks").glob("*.ipynb"))
VIETNAMESE = sorted((ROOT / "vi" / "notebooks").glob("*.ipynb"))
ALL = [*ENGLISH, *VIETNAMESE]


def name(path):
    return str(path.relative_to(ROOT))


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def known_of(path):
    """What the tests are told of a chapter: its JavaScript, its wrong answers."""
    return yaml.safe_load((HERE / f"{path.stem}.yml").read_text(encoding="utf-8"))
