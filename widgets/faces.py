"""The three faces of a widget: live, on a page without a kernel, and as plain text."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import anywidget
from traitlets import TraitError, Unicode, validate

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "vi")

# Control characters get their pictures (␍, ␊ …). Characters that change the direction
# of what stands around them, or that cannot be seen, become one visible sign.
_VISIBLE = {code: 0x2400 + code for code in range(32)} | {0x7F: 0x2421}
_HIDDEN = [*range(0x80, 0xA0), 0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF]
_HIDDEN += [*range(0x2028, 0x202F), *range(0x2060, 0x2070)]
_VISIBLE |= dict.fromkeys(_HIDDEN, 0xFFFD)

# Inline styles are all that an untrusted notebook keeps. They take their colours from
# the page, so they are right in dark and in light.
CELL = "text-align:left; vertical-align:top; padding:0.3em 0.6em 0.3em 0; border:0"
WHOLE = "white-space:nowrap"
TIGHT = f"{CELL}; {WHOLE}"
LOOSE = f"{CELL}; white-space:normal; overflow-wrap:anywhere; min-width:6em"
ROW = "border-top:1px solid rgba(128,128,128,0.5); background:transparent"
TABLE = (
    "border-collapse:collapse; border:0; width:100%; table-layout:auto; margin:0; "
    "text-align:left; font-size:inherit; color:inherit"
)
CAPTION = (
    "text-align:left; caption-side:top; font-weight:bold; color:inherit; "
    "overflow-wrap:anywhere"
)
DUMP = (
    "font-family:monospace; font-size:0.8em; line-height:1.5; white-space:pre; "
    "overflow-x:auto; margin:0.3em 0; padding:0; border:0; background:transparent; "
    "color:inherit"
)


def visible(text: str) -> str:
    """`text` with every control character made visible.

    >>> visible("GET / HTTP/1.1\\r\\n")
    'GET / HTTP/1.1␍␊'
    """
    return text.translate(_VISIBLE)


def shown(text: object) -> str:
    """`text` as it may stand in HTML: visible, and never read as markup."""
    return escape(visible(str(text)))


def number_text(value: float, lang: str) -> str:
    """A number for a reader: "1,234.5", or "1.234,5" in Vietnamese."""
    text = f"{int(value * 10 + 0.5) / 10:,.1f}".removesuffix(".0")
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def heading(title: str) -> str:
    """A widget's title above its snapshot; nothing without one."""
    style = "font-weight:bold; overflow-wrap:anywhere"
    return f'<p style="{style}">{shown(title)}</p>' if title else ""


def shown_lines(text: str) -> str:
    """Lines of our own making, each as it may stand in HTML."""
    return "\n".join(shown(line) for line in text.split("\n"))


def hex_dump(data: bytes, per_row: int = 8) -> str:
    """`data` as lines of offset, hex and text.

    >>> hex_dump(b"Hello\\r\\n")
    '0000  48 65 6c 6c 6f 0d 0a     Hello␍␊'
    """
    lines = []
    for start in range(0, len(data), per_row):
        row = data[start : start + per_row]
        text = "".join(visible(chr(b)) if b < 0x80 else "·" for b in row)
        lines.append(f"{start:04x}  {row.hex(' '):<{3 * per_row}} {text}")
    return "\n".join(lines)


def style_of(name: str) -> str:
    """The style sheet of one widget, after what all of them share."""
    sheets = [FOLDER / "faces.css", FOLDER / f"{name}.css"]
    return "\n".join(sheet.read_text("utf-8") for sheet in sheets)


class Faces(anywidget.AnyWidget):
    """A widget that is live with a kernel and stays readable without one.

    A subclass gives `stored` (the traits that a page needs), `text()` and
    `snapshot()`; it gets a stored output that a host page can bring to life.
    """

    stored: ClassVar[tuple[str, ...]] = ()

    lang = Unicode("en", help="The reader's language: en or vi.").tag(sync=True)

    @validate("lang")
    def _known_lang(self, proposal: Any) -> str:
        if proposal["value"] not in LANGUAGES:
            known = " or ".join(LANGUAGES)
            raise TraitError(f"lang is {proposal['value']!r}; it can be {known}")
        return proposal["value"]

    def text(self) -> str:
        """What the widget shows, as plain text."""
        raise NotImplementedError

    def snapshot(self) -> str:
        """What the widget shows, as HTML without script, style sheet or SVG."""
        raise NotImplementedError

    def stored_state(self) -> dict[str, Any]:
        """The traits that a page without a kernel needs, the same on every run."""
        return {name: getattr(self, name) for name in self.stored}

    def html(self) -> str:
        """The snapshot with the state behind it, as it is stored and published."""
        state = json.dumps(self.stored_state(), ensure_ascii=False)
        # "<" would let received text end the script element.
        state = state.replace("<", "\\u003c")
        name = type(self).__module__.rpartition(".")[2]
        return (
            f'<div class="lw-widget" data-widget="{name}" lang="{self.lang}">'
            f'<script type="application/json" class="lw-state">{state}</script>\n'
            f"{self.snapshot()}\n</div>"
        )

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict] | None:
        live = super()._repr_mimebundle_(**kwargs)
        if live is None:
            return None
        data, metadata = live
        return data | {"text/html": self.html()}, metadata
