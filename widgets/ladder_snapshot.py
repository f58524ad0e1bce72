"""The ladder without a script: lines of text, and a table that a page can keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.faces import (
    CAPTION,
    CELL,
    DUMP,
    LOOSE,
    ROW,
    TABLE,
    TIGHT,
    WHOLE,
    hex_dump,
    number_text,
    shown,
    visible,
)
from widgets.rows import label_of

if TYPE_CHECKING:
    from widgets.ladder import Ladder

# More rows than these are for the live face; the snapshot says how many there are.
MOST_ROWS = 200

LABELS = {
    "en": {
        "client": "client",
        "server": "server",
        "broker": "broker",
        "clients": "{} clients",
        "step": "Step",
        "time": "Time",
        "who": "From → to",
        "message": "Message",
        "bytes": "Bytes",
        "one_byte": "{} byte",
        "byte_count": "{} bytes",
        "more": "… {} more bytes",
        "field": "Field",
        "value": "Value",
        "source": "Source",
        "error": "Could not be read: ",
        "empty": "No messages yet.",
        "earlier": "{} earlier messages are not kept.",
        "later": "… {} more messages",
    },
    "vi": {
        "client": "máy khách",
        "server": "máy chủ",
        "broker": "broker",
        "clients": "{} máy khách",
        "step": "Bước",
        "time": "Lúc",
        "who": "Từ → đến",
        "message": "Thông điệp",
        "bytes": "Byte",
        "one_byte": "{} byte",
        "byte_count": "{} byte",
        "more": "… còn {} byte nữa",
        "field": "Trường",
        "value": "Giá trị",
        "source": "Nguồn",
        "error": "Không đọc được: ",
        "empty": "Chưa có thông điệp nào.",
        "earlier": "{} thông điệp trước đó không được giữ lại.",
        "later": "… còn {} thông điệp nữa",
    },
}


def text(ladder: Ladder) -> str:
    """A line for each message."""
    words, rows = LABELS[ladder.lang], ladder.stored_messages()
    if not rows:
        return words["empty"]
    before, rows, after = _cut(rows, ladder.lang)
    width = max(len(who(ladder, row)) for row in rows)
    steps = len(str(rows[-1]["step"]))
    lines = [
        f"{row['step']:>{steps}}  {visible(who(ladder, row)):<{width}}  "
        + visible(row["summary"] + _error(row, ladder.lang, " ⚠ "))
        for row in rows
    ]
    return "\n".join([*before, *lines, *after])


def snapshot(ladder: Ladder) -> str:
    """A table of the messages; their bytes fold out below."""
    words, rows = LABELS[ladder.lang], ladder.stored_messages()
    timed = any(row["time_ms"] is not None for row in rows)
    heads = ["step", "time", "who", "message"] if timed else _UNTIMED
    head = "".join(f'<th style="{CELL}">{words[name]}</th>' for name in heads)
    before, rows, after = _cut(rows, ladder.lang)
    notes = [
        [f'<tr><td colspan="{len(heads)}" style="{CELL}">{note}</td></tr>']
        for note in (*before, *after)
    ]
    body = [_row(ladder, row, timed, len(heads)) for row in rows]
    if before:
        body = notes.pop(0) + body
    body += [line for note in notes for line in note]
    if not rows:
        body = [f'<tr><td colspan="3" style="{CELL}">{words["empty"]}</td></tr>']
    title = f'<caption style="{CAPTION}">{shown(ladder.title)}</caption>'
    lines = [
        f'<table style="{TABLE}">{title if ladder.title else ""}',
        f"<thead><tr>{head}</tr></thead>",
        "<tbody>",
        *body,
        "</tbody></table>",
    ]
    return "\n".join(lines)


_UNTIMED = ["step", "who", "message"]


def _cut(rows: list[dict], lang: str) -> tuple[list[str], list[dict], list[str]]:
    """What is missing before, the rows that are shown, and what is missing after."""
    words = LABELS[lang]
    earlier = rows[0]["step"] - 1 if rows else 0
    before = [words["earlier"].format(number_text(earlier, lang))] if earlier else []
    later = len(rows) - MOST_ROWS
    after = [words["later"].format(number_text(later, lang))] if later > 0 else []
    return before, rows[:MOST_ROWS], after


def who(ladder: Ladder, message: dict) -> str:
    """From whom to whom, such as "client → server"."""
    names = {column["id"]: column["label"] for column in ladder.columns}
    ends = (message["sender"], message["receiver"])
    words = LABELS[ladder.lang]
    return " → ".join(names.get(end) or label_of(end, words) for end in ends)


def _row(ladder: Ladder, row: dict, timed: bool, width: int) -> str:
    time = f'<td style="{TIGHT}">{time_text(row["time_ms"], ladder.lang)}</td>'
    # It may break after the arrow, not inside a name.
    ends = shown(who(ladder, row)).replace(" → ", " →</span> <span>")
    names = f"<span>{ends}</span>".replace("<span>", f'<span style="{WHOLE}">')
    error = f"<br>⚠ {shown(_error(row, ladder.lang))}" if row["error"] else ""
    return (
        f'<tr style="{ROW}"><td style="{CELL}">{row["step"]}</td>'
        f"{time if timed else ''}"
        f'<td style="{CELL}">{names}</td>'
        f'<td style="{LOOSE}">{shown(row["summary"])}{error}</td></tr>'
        f"{_bytes(row, width, LABELS[ladder.lang])}"
    )


def _bytes(row: dict, width: int, words: dict[str, str]) -> str:
    """The row below, with the bytes and the fields; nothing without bytes."""
    if not row["size"]:
        return ""
    data = bytes.fromhex(row["hex"])
    count = "one_byte" if row["size"] == 1 else "byte_count"
    rest = row["size"] - len(data)
    dump = shown_lines(hex_dump(data))
    dump += f"\n{words['more'].format(rest)}" if rest else ""
    items = "".join(
        f'<li style="overflow-wrap:anywhere">{shown(f["name"])} ({_range(f)}): '
        f"<b>{shown(f['value'])}</b> <small>{shown(f['source'])}</small></li>"
        for f in row["fields"]
    )
    fields = f'<ul style="margin:0.3em 0; padding-left:1.2em">{items}</ul>'
    return (
        f'\n<tr style="background:transparent; border:0"><td colspan="{width}" '
        f'style="{LOOSE}; padding-top:0"><details>'
        f"<summary>{words[count].format(row['size'])}</summary>"
        f'<pre style="{DUMP}">{dump}</pre>{fields if items else ""}'
        "</details></td></tr>"
    )


def shown_lines(text: str) -> str:
    """Lines of our own making, each as it may stand in HTML."""
    return "\n".join(shown(line) for line in text.split("\n"))


def _range(field: dict) -> str:
    last = field["end"] - 1
    return f"{field['start']}–{last}" if last > field["start"] else f"{field['start']}"


def _error(row: dict, lang: str, sign: str = "") -> str:
    return f"{sign}{LABELS[lang]['error']}{row['error']}" if row["error"] else ""


def time_text(time_ms: float | None, lang: str) -> str:
    """A time for a reader, such as "1.5 ms"; empty when it is not known."""
    if time_ms is None:
        return ""
    text = f"{int(time_ms * 10 + 0.5) / 10:.1f}".removesuffix(".0")
    return (text.replace(".", ",") if lang == "vi" else text) + " ms"
