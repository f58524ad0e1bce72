"""The notebooks of both editions, as the tests of this room read them."""

from pathlib import Path

import nbformat
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ENGLISH = sorted((ROOT / "notebooks").glob("*.ipynb"))
VIETNAMESE = sorted((ROOT / "vi" / "notebooks").glob("*.ipynb"))
ALL = [*ENGLISH, *VIETNAMESE]
# Both editions have the same code (tests/editions): what runs a whole chapter for long
# does so in one of them, in turn.
IN_TURN = [(ENGLISH, VIETNAMESE)[n % 2][n] for n in range(len(ENGLISH))]
IN_OTHER_TURN = [path for path in ALL if path not in IN_TURN]


def name(path):
    return str(path.relative_to(ROOT))


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def known_of(path):
    """What the tests are told of a chapter: its JavaScript, its wrong answers."""
    return yaml.safe_load((HERE / f"{path.stem}.yml").read_text(encoding="utf-8"))
