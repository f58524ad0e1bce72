"""A short traceback: the reader's own lines, and where a library said no."""

from __future__ import annotations

import linecache
import traceback
from types import TracebackType
from typing import Any

# A library's own frames between the reader's line and the error say little.
OUR_FOLDERS = ("/tab/",)
WORDS = {"en": ("line", "in"), "vi": ("dòng", "trong")}


def report_of(error: BaseException, lang: str = "en") -> dict[str, Any]:
    """What the page shows of an error: name, message, lines, and the reader's line.

    Args:
        lang: Of the reader: "en" or "vi". Python's own sentences stay English.
    """
    frames = _frames(error.__traceback__)
    cells = [(name, line) for name, line, _ in frames if _is_cell(name)]
    if isinstance(error, SyntaxError) and _is_cell(error.filename or ""):
        cells.append((error.filename, error.lineno))
        frames.append((error.filename, error.lineno or 1, ""))
    lines = [text for frame in _short(frames) for text in _shown(*frame, lang)]
    said = _without_place(error)
    return {
        "name": type(error).__name__,
        "message": said,
        "traceback": [*lines, *_ending(error, said)],
        "line": _line_in_first(cells),
    }


def _line_in_first(cells: list[tuple[str, int]]) -> int | None:
    """The innermost line of the cell that ran, not of an earlier one that it called."""
    return [line for name, line in cells if name == cells[0][0]][-1] if cells else None


def _frames(trace: TracebackType | None) -> list[tuple[str, int, str]]:
    return [
        (frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(trace)
    ]


def _is_cell(name: str) -> bool:
    # `evaluate` puts each cell there, under a name that is no path.
    return name in linecache.cache and "/" not in name and not name.endswith(".py")


def _short(frames: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    last = frames[-1:] if frames and not _is_ours(frames[-1][0]) else []
    mine = [frame for frame in frames if _is_cell(frame[0])]
    return mine if last and last[0] in mine else [*mine, *last]


def _is_ours(name: str) -> bool:
    return any(folder in name for folder in OUR_FOLDERS)


def _shown(name: str, line: int, function: str, lang: str) -> list[str]:
    line_word, in_word = WORDS[lang]
    inside = f", {in_word} {function}" if function not in ("", "<module>") else ""
    place = name.rpartition("site-packages/")[2]
    code = linecache.getline(name, line).rstrip()
    shown = [f"{place}, {line_word} {line}{inside}"]
    return [*shown, f"----> {line} {code}"] if code else shown


def _without_place(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg or ""
    return str(error)


def _ending(error: BaseException, said: str) -> list[str]:
    name = type(error).__name__
    notes = getattr(error, "__notes__", [])
    return [f"{name}: {said}" if said else name, *notes]
