"""The message ladder: who said what when, and its bytes on demand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from traitlets import Int, List, TraitError, Unicode, observe, validate

from servers.network.trace import Trace
from servers.wire.dissect import dissect
from servers.wire.message import Message
from widgets.faces import (
    CAPTION,
    CELL,
    DUMP,
    LOOSE,
    ROW,
    TABLE,
    TIGHT,
    WHOLE,
    Faces,
    hex_dump,
    shown,
    shown_lines,
    style_of,
    visible,
)

# A longer message is shown by its beginning: the stored output stays small.
MAX_BYTES_SHOWN = 1024

LABELS = {
    "en": {
        "client": "client",
        "server": "server",
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
    },
    "vi": {
        "client": "máy khách",
        "server": "máy chủ",
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
    },
}
KEYS = {"step", "time_ms", "connection", "sender", "receiver", "kind", "summary"}
KEYS |= {"hex", "size", "fields", "error"}


class Ladder(Faces):
    """Messages as arrows between the ends; choosing one opens its bytes.

    Args:
        trace_or_messages: A `Trace`, which is dissected, or a list of `Message`.
        lang: "en" or "vi".
        title: One line above the ladder; may be empty.
        store_times: Whether a stored output shows times. None: only when the trace
            has a virtual clock, since measured times differ from run to run and
            belong to the live face.

    Raises:
        TraitError: A value that cannot be shown; the sentence says which.

    >>> Ladder([Message(0.0, 1, "client", "request", "GET /chat")])
    1  client → server  GET /chat
    """

    _esm = Path(__file__).with_name("ladder.js")
    _css = style_of("ladder")
    stored: ClassVar[tuple[str, ...]] = ("lang", "title", "columns", "selected")

    title = Unicode("", help="One line above the ladder.").tag(sync=True)
    columns = List(help="Who takes part, from left to right: {id, label}.").tag(
        sync=True
    )
    messages = List(help="What was said: dicts, or `Message`s to turn into them.").tag(
        sync=True
    )
    selected = Int(-1, help="Index of the open message; -1 for none.").tag(sync=True)

    def __init__(
        self,
        trace_or_messages: Trace | Iterable[Message | dict] = (),
        lang: str = "en",
        title: str = "",
        store_times: bool | None = None,
        **traits: Any,
    ) -> None:
        messages = trace_or_messages
        if isinstance(messages, Trace):
            if store_times is None:
                store_times = messages.clock == "virtual"
            messages = dissect(messages)
        self.store_times = bool(store_times)
        self._derived: list[dict] = []
        super().__init__(messages=list(messages), lang=lang, title=title, **traits)

    @validate("messages")
    def _as_dicts(self, proposal: Any) -> list[dict]:
        return [_as_dict(i, m) for i, m in enumerate(proposal["value"])]

    @validate("selected")
    def _in_range(self, proposal: Any) -> int:
        if not -1 <= proposal["value"] < len(self.messages):
            count = len(self.messages)
            raise TraitError(f"selected is {proposal['value']} of {count} messages")
        return proposal["value"]

    @observe("messages", "lang")
    def _follow(self, _change: Any) -> None:
        """Derives the columns, unless they were set by hand."""
        if self.selected >= len(self.messages):
            self.selected = -1
        if self.columns == self._derived:
            self._derived = derive_columns(self.messages, self.lang)
            self.columns = self._derived

    def stored_state(self) -> dict[str, Any]:
        return super().stored_state() | {"messages": self._stored_messages()}

    def _stored_messages(self) -> list[dict]:
        if self.store_times:
            return self.messages
        return [message | {"time_ms": None} for message in self.messages]

    def _who(self, message: dict) -> str:
        names = {column["id"]: column["label"] for column in self.columns}
        ends = (message["sender"], message["receiver"])
        return " → ".join(names.get(end, end) for end in ends)

    def text(self) -> str:
        rows = self._stored_messages()
        if not rows:
            return LABELS[self.lang]["empty"]
        width = max(len(self._who(row)) for row in rows)
        steps = len(str(rows[-1]["step"]))
        return "\n".join(
            f"{row['step']:>{steps}}  {visible(self._who(row)):<{width}}  "
            + visible(row["summary"] + _error(row, self.lang, " ⚠ "))
            for row in rows
        )

    def snapshot(self) -> str:
        words, rows = LABELS[self.lang], self._stored_messages()
        timed = any(row["time_ms"] is not None for row in rows)
        heads = ["step", "time", "who", "message"] if timed else _UNTIMED
        head = "".join(f'<th style="{CELL}">{words[name]}</th>' for name in heads)
        body = [self._snapshot_row(row, timed, len(heads)) for row in rows]
        if not rows:
            body = [f'<tr><td colspan="3" style="{CELL}">{words["empty"]}</td></tr>']
        title = f'<caption style="{CAPTION}">{shown(self.title)}</caption>'
        lines = [
            f'<table style="{TABLE}">{title if self.title else ""}',
            f"<thead><tr>{head}</tr></thead>",
            "<tbody>",
            *body,
            "</tbody></table>",
        ]
        return "\n".join(lines)

    def _snapshot_row(self, row: dict, timed: bool, width: int) -> str:
        time = f'<td style="{TIGHT}">{time_text(row["time_ms"], self.lang)}</td>'
        # It may break after the arrow, not inside a name.
        ends = shown(self._who(row)).replace(" → ", " →</span> <span>")
        who = f"<span>{ends}</span>".replace("<span>", f'<span style="{WHOLE}">')
        error = f"<br>⚠ {shown(_error(row, self.lang))}" if row["error"] else ""
        return (
            f'<tr style="{ROW}"><td style="{CELL}">{row["step"]}</td>'
            f"{time if timed else ''}"
            f'<td style="{CELL}">{who}</td>'
            f'<td style="{LOOSE}">{shown(row["summary"])}{error}</td></tr>'
            f"{self._snapshot_bytes(row, width)}"
        )

    def _snapshot_bytes(self, row: dict, width: int) -> str:
        """The row below, with the bytes and the fields; nothing without bytes."""
        if not row["size"]:
            return ""
        words, data = LABELS[self.lang], bytes.fromhex(row["hex"])
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


_UNTIMED = ["step", "who", "message"]


def _range(field: dict) -> str:
    last = field["end"] - 1
    return f"{field['start']}–{last}" if last > field["start"] else f"{field['start']}"


def _error(row: dict, lang: str, sign: str = "") -> str:
    return f"{sign}{LABELS[lang]['error']}{row['error']}" if row["error"] else ""


def _as_dict(index: int, message: Message | dict) -> dict:
    """A message as the plain values that a browser gets."""
    if isinstance(message, Message):
        return _from_message(index + 1, message)
    if not isinstance(message, dict):
        raise TraitError(f"messages[{index}] is not a Message or a dict: {message!r}")
    message = {"size": len(message.get("hex", "")) // 2} | message
    if missing := sorted(KEYS - message.keys()):
        raise TraitError(f"messages[{index}] lacks {', '.join(missing)}")
    return message


def _from_message(step: int, message: Message) -> dict:
    client = f"client-{message.connection}"
    ends = (client, "server") if message.sender == "client" else ("server", client)
    return {
        "step": step,
        "time_ms": round(message.time_ms, 3),
        "connection": message.connection,
        "sender": ends[0],
        "receiver": ends[1],
        "kind": message.kind,
        "summary": message.summary,
        "hex": message.data[:MAX_BYTES_SHOWN].hex(),
        "size": len(message.data),
        "fields": [asdict(field) for field in message.fields],
        "error": message.error,
    }


def derive_columns(messages: list[dict], lang: str) -> list[dict]:
    """The ends that take part: every client in order, then the server."""
    words = LABELS[lang]
    clients = sorted({message["connection"] for message in messages}) or [1]
    several = len(clients) > 1
    columns = [
        {"id": f"client-{n}", "label": words["client"] + (f" {n}" if several else "")}
        for n in clients
    ]
    return [*columns, {"id": "server", "label": words["server"]}]


def time_text(time_ms: float | None, lang: str) -> str:
    """A time for a reader, such as "1.5 ms"; empty when it is not known."""
    if time_ms is None:
        return ""
    text = f"{int(time_ms * 10 + 0.5) / 10:.1f}".removesuffix(".0")
    return (text.replace(".", ",") if lang == "vi" else text) + " ms"
