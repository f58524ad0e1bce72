"""Figures that a machine measured: the recorded, and the reader's own beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from traitlets import List, Unicode

from widgets.browser import RECORDED
from widgets.faces import (
    FOLDER,
    LOOSE,
    ROW,
    TABLE,
    TIGHT,
    Faces,
    heading,
    number_text,
    shown,
    style_of,
    visible,
)

MEASURED = RECORDED / "measured"
COUNTS = "LIVE_WIRE_COUNTS"
LABELS = {
    "en": {
        "recorded": "Recorded on {}. Where you run the cell, it measures your machine.",
        "none": "Nothing is recorded yet.",
        "heads": ("What", "Recorded"),
    },
    "vi": {
        "recorded": "Ghi lại trên {}. Nơi bạn chạy ô này, nó đo máy của bạn.",
        "none": "Chưa ghi lại số liệu nào.",
        "heads": ("Đại lượng", "Đã ghi"),
    },
}

Count = TypeVar("Count")


def counted(full: Count, small: Count) -> Count:
    """`full` for a reader; `small` under test, where only the relation counts.

    The tests set LIVE_WIRE_COUNTS=small; what is stored and recorded used `full`, so
    whatever a cell prints must be the same with both.

    Raises:
        ValueError: LIVE_WIRE_COUNTS is something else than "small", "full" or empty.

    >>> counted(10_000, small=200) in (10_000, 200)
    True
    """
    chosen = os.environ.get(COUNTS) or "full"
    if chosen not in ("small", "full"):
        raise ValueError(f"{COUNTS} is {chosen!r}; it can be small or full")
    return small if chosen == "small" else full


class Measured(Faces):
    """Bars of what this machine measured, beside those of a machine that is named.

        Measured("concurrency", {"thread": 12.5, "loop": 8.4}, lang=lang)

    What is stored shows only the recorded figures, so it repeats; the reader's own
    are in the live face alone. Assert in the cell what the text claims of them.

    The file widgets/recorded/measured/NAME.json names the rows, each with its key, a
    label in both languages and a unit; rows of one unit share a scale. To record
    again, run the chapter's cells with full counts, and then
    `shown.record("Linux, 2 cores, Python 3.11, 2026-11")` in a cell that you throw
    away.

    Args:
        name: The file's name.
        values: What was measured now, by key; a row that was not measured may be
            missing.
        lang: "en" or "vi".

    Raises:
        FileNotFoundError: There is no such recording.
        KeyError: A value that no row of the recording names.
        TraitError: Another language.

    Not handled here: negative figures, and rows of very different size in one unit
    (give them another unit, or their own widget).
    """

    _esm = FOLDER / "measured.js"
    _css = style_of("measured")
    stored: ClassVar[tuple[str, ...]] = ("lang", "title", "how", "rows")

    title = Unicode("", help="One line above the bars.").tag(sync=True)
    how = Unicode("", help="The machine and the month of the recording.").tag(sync=True)
    rows = List(help="{label, unit, recorded, yours}; None: not measured.").tag(
        sync=True
    )

    def __init__(
        self, name: str, values: Mapping[str, float], lang: str = "en", **traits: Any
    ) -> None:
        self._path = MEASURED / f"{name}.json"
        self._values = dict(values)
        self._saved = json.loads(self._path.read_text("utf-8"))
        known = [row["key"] for row in self._saved["rows"]]
        if unknown := sorted(self._values.keys() - set(known)):
            raise KeyError(f"{', '.join(unknown)}: no row of {', '.join(known)}")
        super().__init__(lang=lang, **traits)
        self.title = self.title or self._saved["title"][lang]
        self.how, self.rows = self._saved["how"], [*map(self._row, self._saved["rows"])]

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        label, yours = row["label"][self.lang], self._values.get(row["key"])
        return {
            "label": label,
            "unit": row["unit"],
            "recorded": row["value"],
            "yours": yours,
        }

    def record(self, how: str) -> None:
        """Writes this run's figures to the file, for all who do not run it.

        Args:
            how: System, cores, Python and month; it stands in both languages.

        Raises:
            ValueError: A row was not measured, or the counts were small.
        """
        missing = [
            r["key"] for r in self._saved["rows"] if r["key"] not in self._values
        ]
        if missing or counted(False, small=True):
            raise ValueError(f"only full counts are recorded; missing: {missing}")
        rows = [
            row | {"value": round(self._values[row["key"]], 1)}
            for row in self._saved["rows"]
        ]
        text = json.dumps(self._saved | {"how": how, "rows": rows}, ensure_ascii=False)
        # One row a line: a new recording is easy to compare with the last.
        text = text.replace('[{"key"', '[\n {"key"').replace('}, {"key"', '},\n {"key"')
        self._path.write_text(f"{text}\n", "utf-8")

    def stored_state(self) -> dict[str, Any]:
        rows = [row | {"yours": None} for row in self.rows]
        return super().stored_state() | {"rows": rows}

    def _origin(self) -> str:
        words = LABELS[self.lang]
        return words["recorded"].format(self.how) if self.how else words["none"]

    def _recorded(self, row: dict[str, Any]) -> str:
        value = row["recorded"]
        return (
            "–" if value is None else f"{number_text(value, self.lang)} {row['unit']}"
        )

    def text(self) -> str:
        lines = [f"{row['label']}: {self._recorded(row)}" for row in self.rows]
        return "\n".join(map(visible, [self.title, *lines, self._origin()]))

    def snapshot(self) -> str:
        heads = "".join(
            f'<th style="{LOOSE}">{head}</th>' for head in LABELS[self.lang]["heads"]
        )
        rows = "\n".join(
            f'<tr style="{ROW}"><td style="{LOOSE}">{shown(row["label"])}</td>'
            f'<td style="{TIGHT}">{shown(self._recorded(row))}</td></tr>'
            for row in self.rows
        )
        return (
            f'{heading(self.title)}<table style="{TABLE}">'
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>\n"
            f"<p>{shown(self._origin())}</p>"
        )
