"""What a chapter says to its reader by itself: about mistakes, and about answers.

And what it is given: recordings of programs that do not run in a kernel.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from IPython import get_ipython

from widgets.mistakes import explain_mistakes

_GALLERY = Path(__file__).parents[1] / "book" / "gallery"
_SENTENCES = {
    "en": {
        "not yet": "Not yet: replace the ... in the cell above, run it, then run this "
        "cell again.",
        "right": "Right.",
        "wrong": "Not right yet. The line marked above is what your answer should make "
        "true.",
    },
    "vi": {
        "not yet": "Chưa có câu trả lời: thay dấu ... ở ô trên, chạy ô đó, rồi chạy "
        "lại ô này.",
        "right": "Đúng rồi.",
        "wrong": "Chưa đúng. Dòng được đánh dấu ở trên là điều mà câu trả lời của bạn "
        "phải thỏa mãn.",
    },
}


def chapter(lang: str) -> str:
    """The chapter's language, after telling the kernel to explain mistakes in it.

    Args:
        lang: "en" or "vi".

    Raises:
        ValueError: Another language.
    """
    if lang not in _SENTENCES:
        raise ValueError(f"lang is 'en' or 'vi', not {lang!r}")
    if shell := get_ipython():
        explain_mistakes(shell, lang)
    return lang


def recorded(name: str) -> Any:
    """What `tools/record_NAME.py` wrote down of a program that no kernel can run.

    Raises:
        FileNotFoundError: There is no such recording.

    >>> recorded("event_streams")[0]["rule"]
    'lines'
    """
    return json.loads((_GALLERY / f"{name}.json").read_text(encoding="utf-8"))


@contextmanager
def checking(lang: str, answer: Any) -> Iterator[None]:
    """Judges an exercise: the block asserts what a right answer makes true.

    Args:
        lang: The language to judge in.
        answer: The reader's function or value; `...` means that it is untouched.

    Raises:
        AssertionError: The answer is wrong; the failed line is in the traceback.
    """
    sentences = _SENTENCES[lang]
    untouched = _is_untouched(answer)
    try:
        yield
    except Exception as error:
        # What the untouched starter makes of the block says nothing to the reader.
        if not untouched:
            error.add_note(sentences["wrong"])
            raise
    print(sentences["not yet" if untouched else "right"])


def _is_untouched(answer: Any) -> bool:
    def untouched() -> None: ...

    async def untouched_async() -> None: ...

    if answer is ...:
        return True
    code = getattr(answer, "__code__", None)
    bodies = untouched.__code__.co_code, untouched_async.__code__.co_code
    return code is not None and code.co_code in bodies
