"""What a chapter says to its reader by itself: about mistakes, and about answers.

And what it is given: recordings of programs that do not run in a kernel."""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from IPython import get_ipython

from servers.network.leftovers import leftovers

_GALLERY = Path(__file__).parents[1] / "book" / "gallery"
_SENTENCES = {
    "en": {
        "name": "An earlier cell makes `{name}`. Choose Run → Run All Above Selected "
        "Cell, then run this cell again.",
        "interrupted": "Interrupted. Nothing is left running: run this cell again.",
        "left": "Interrupted, and this is left: {left}. Choose Kernel → Restart Kernel "
        "and Run up to Selected Cell.",
        "port": "Another program has this port. Leave the port out, or use 0: the "
        "system then chooses a free one.",
        "not yet": "Not yet: replace the ... in the cell above, run it, then run this "
        "cell again.",
        "right": "Right.",
        "wrong": "Not right yet. The line marked above is what your answer should make "
        "true.",
    },
    "vi": {
        "name": "`{name}` được tạo ở một ô phía trên. Chọn Run → Run All Above "
        "Selected Cell rồi chạy lại ô này.",
        "interrupted": "Đã ngắt. Không còn gì đang chạy: bạn chạy lại ô này là được.",
        "left": "Đã ngắt, nhưng vẫn còn: {left}. Chọn Kernel → Restart Kernel and Run "
        "up to Selected Cell.",
        "port": "Cổng này đang có chương trình khác dùng. Bỏ trống cổng, hoặc ghi 0 để "
        "hệ thống chọn một cổng trống.",
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
        mistakes = (NameError, asyncio.CancelledError, OSError)
        shell.set_custom_exc(mistakes, _explain(_SENTENCES[lang]))
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


def _explain(sentences: dict[str, str]) -> Any:
    def show(
        shell: Any, kind: type, error: Any, traceback: Any, tb_offset: Any
    ) -> None:
        if isinstance(error, NameError):
            error.add_note(sentences["name"].format(name=error.name))
        elif isinstance(error, asyncio.CancelledError):
            left = leftovers()
            text = sentences["left" if left else "interrupted"]
            error.add_note(text.format(left="; ".join(left)))
        elif error.errno == errno.EADDRINUSE:
            error.add_note(sentences["port"])
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)

    return show
