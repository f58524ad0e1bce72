"""The microscope: a message as bits and boxes, and what its receiver would do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from traitlets import Dict, Int, TraitError, Unicode, observe, validate

from servers.network.redaction import redact, redact_frames
from servers.wire.frames import CLOSE, OPCODES, PING, PONG, TEXT, apply_mask
from servers.wire.http_head import REASONS
from servers.wire.message import Message
from servers.wire.receiving import Deed, receive
from widgets.faces import (
    CELL,
    DUMP,
    FOLDER,
    LOOSE,
    ROW,
    TABLE,
    TIGHT,
    Faces,
    heading,
    hex_dump,
    shown,
    shown_lines,
    style_of,
    visible,
)
from widgets.microscope_words import ABOUT, HEADS, SENTENCES, SOURCES, VERDICTS

# Every bit of it is a button, and every key judges all of it anew.
MAX_BYTES = 1024
# Names and values share a phone's width with two more columns.
_NARROW = LOOSE.replace("6em", "5em")
# As much of a long value as a line can show.
SHORT = 80
_HEADERS = {"host", "upgrade", "connection", "origin"}
_HEADERS |= {key for key in ABOUT if key.startswith("sec-websocket-")}
_KINDS, _ROLES = ("frame", "request"), ("server", "client")


class Microscope(Faces):
    """The bits of one message: change one, and see what the receiver would do.

    Args:
        message_or_bytes: A `Message` that is a frame or a request, or bytes; several
            frames may follow each other.
        role: Who receives, "server" or "client". None: the other end of the message's
            sender; for bytes, the server.
        lang: "en" or "vi".
        title: One line above the bits; may be empty.
        kind: "frame" or "request". None: what the message is, or the bytes look like.

    The receiver is the book's own, without extensions, and the connection has just
    opened. `hex` holds the bytes as the reader changed them; `deeds` says what the
    receiver does with those.

    Raises:
        TraitError: Bytes that cannot be shown; the sentence says why.

    Not handled here: answers (to judge one takes the request), compressed messages,
    a fragment's earlier fragments.

    >>> Microscope(bytes.fromhex("8105"), role="client")
    The client: waits for at least 5 bytes more
    """

    _esm = FOLDER / "microscope.js"
    _css = style_of("microscope")
    stored: ClassVar[tuple[str, ...]] = (
        *("lang", "title", "role", "kind", "original", "hex", "selected", "words"),
    )

    title = Unicode("", help="One line above the bits.").tag(sync=True)
    role = Unicode("server", help="Who receives: server or client.").tag(sync=True)
    kind = Unicode("frame", help="What the bytes are: frame or request.").tag(sync=True)
    original = Unicode("", help="The bytes as they passed, in hex.").tag(sync=True)
    hex = Unicode("", help="The bytes as they are now, in hex.").tag(sync=True)
    selected = Int(0, help="The bit in focus, counted from 0.").tag(sync=True)
    words = Dict(help="What fields and verdicts are called in `lang`.").tag(sync=True)

    def __init__(
        self,
        message_or_bytes: Message | bytes,
        role: str | None = None,
        lang: str = "en",
        title: str = "",
        kind: str | None = None,
        **traits: Any,
    ) -> None:
        data, role, kind = _given(message_or_bytes, role, kind)
        super().__init__(
            **{"role": role, "kind": kind, "lang": lang, "title": title},
            **{"original": data.hex(), "hex": data.hex()} | traits,
        )

    @validate("role", "kind")
    def _known(self, proposal: Any) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        known = _ROLES if name == "role" else _KINDS
        if value not in known:
            raise TraitError(f"{name} is {value!r}; it can be {' or '.join(known)}")
        return value

    @validate("original", "hex")
    def _some_bytes(self, proposal: Any) -> str:
        try:
            size = len(bytes.fromhex(proposal["value"]))
        except ValueError as error:
            raise TraitError(f"{proposal['trait'].name}: {error}") from error
        if not 1 <= size <= MAX_BYTES:
            raise TraitError(f"{size} bytes; a microscope shows 1 to {MAX_BYTES}")
        return proposal["value"]

    @validate("selected")
    def _in_range(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < 4 * len(self.hex):
            bits = 4 * len(self.hex)
            raise TraitError(f"selected is {proposal['value']} of {bits} bits")
        return proposal["value"]

    @observe("lang")
    def _speak(self, _change: Any = None) -> None:
        self.words = words_in(self.lang)

    def _words_default(self) -> dict[str, Any]:
        return words_in(self.lang)

    @property
    def deeds(self) -> list[Deed]:
        """What the receiver does with the bytes as they are now."""
        data, is_client = bytes.fromhex(self.hex), self.role == "client"
        return receive(data, kind=self.kind, is_client=is_client)

    @property
    def verdict(self) -> str:
        """The same in words, such as "closes with 1002: Opcode 0x3 is reserved."."""
        return "; ".join(say(deed, self.words) for deed in self.deeds)

    def text(self) -> str:
        return f"{self.words['verdicts'][self.role]}: {visible(self.verdict)}"

    def snapshot(self) -> str:
        data = bytes.fromhex(self.hex)
        heads = "".join(f'<th style="{CELL}">{h}</th>' for h in HEADS[self.lang])
        receiver = self.words["verdicts"][self.role]
        rows = [self._snapshot_row(data, box) for box in boxes(data, self.kind)]
        return "\n".join(
            [
                heading(self.title),
                f'<p style="overflow-wrap:anywhere"><b>{receiver}</b>: '
                f"{shown(self.verdict)}</p>",
                f'<pre style="{DUMP}">{shown_lines(hex_dump(data))}</pre>',
                f'<table style="{TABLE}">',
                f"<thead><tr>{heads}</tr></thead>",
                "<tbody>",
                *rows,
                "</tbody></table>",
            ]
        )

    def _snapshot_row(self, data: bytes, box: dict) -> str:
        source, about = self.words["about"][box["key"]]
        value = f"<b>{shown(box['value'])}</b><br>" if box["value"] else ""
        return (
            f'<tr style="{ROW}"><td style="{_NARROW}">{shown(box_name(box))}</td>'
            f'<td style="{TIGHT}">{range_text(box)}</td>'
            f'<td style="{_NARROW}">{value}{shown(about)}</td>'
            f'<td style="{CELL}"><small>{source}</small></td></tr>'
        )


def _given(
    given: Message | bytes, role: str | None, kind: str | None
) -> tuple[bytes, str, str]:
    """The bytes, who receives them, and what they are."""
    if not isinstance(given, Message):
        data = bytes(given)
        looks = "request" if re.match(rb"[A-Z]+ ", data) else "frame"
        return data, role or "server", kind or looks
    known = dict.fromkeys(OPCODES.values(), "frame") | {"request": "request"}
    looks = known.get(given.kind) or kind
    if looks is None and given.kind == "bytes":
        looks = "request" if re.match(rb"[A-Z]+ ", given.data) else "frame"
    if looks is None:
        raise TraitError(f"a microscope reads frames and requests, no {given.kind}")
    other = "client" if given.sender == "server" else "server"
    # Bytes that passed may be stored; bytes that were written by hand are no secret.
    clean = redact_frames if looks == "frame" else redact
    return clean(given.data), role or other, kind or looks


def words_in(lang: str) -> dict[str, Any]:
    """Everything that the browser has to say in a language, as plain values."""
    at = 1 if lang == "vi" else 0
    return {
        "about": {key: [SOURCES[key], ABOUT[key][at]] for key in ABOUT},
        "verdicts": VERDICTS[lang],
        "sentences": SENTENCES if lang == "vi" else {},
        "reasons": {str(status): REASONS[status] for status in REASONS},
    }


def say(deed: Deed, words: dict[str, Any]) -> str:
    """A deed in words."""
    phrases, what = words["verdicts"], deed.what
    if what == "wait" and not deed.number:
        what = "waitHead"
    if what == "goodbye" and deed.number == 1005:
        what = "bare"
    text = words["reasons"][str(deed.number)] if what == "status" else deed.text[:SHORT]
    text += "…" if what == "text" and len(deed.text) > SHORT else ""
    amount = phrases["one" if deed.number == 1 else "many"]
    said = (
        phrases[what]
        .replace("{n}", str(deed.number))
        .replace("{b}", amount.replace("{n}", str(deed.number)))
    )
    # Last, because the text may hold braces of its own.
    said = said.replace("{t}", text)
    if what in ("status", "close") and deed.text:
        said += f": {translated(deed.text, words['sentences'])}"
    return said


def translated(sentence: str, sentences: dict[str, str]) -> str:
    """The receiver's sentence in the reader's language; itself when not known."""
    for template, other in sentences.items():
        pattern = re.escape(template).replace(r"\{\}", "(.+)")
        if match := re.fullmatch(pattern, sentence, re.DOTALL):
            return other.format(*match.groups())
    return sentence


def box_name(box: dict) -> str:
    return box["name"] + (f" ({box['frame']})" if box["frame"] > 1 else "")


def range_text(box: dict) -> str:
    last = box["start"] + box["count"] - 1
    return f"{box['start']}–{last}" if last > box["start"] else f"{last}"


def boxes(data: bytes, kind: str) -> list[dict]:
    """The fields as stretches of bits, in order; every bit is in exactly one.

    Returns:
        Dicts of name, key (into `ABOUT`), value, start and count (bits), frame (which
        of several frames, from 1).

    >>> [b["name"] for b in boxes(bytes.fromhex("8100"), "frame")][:3]
    ['FIN', 'RSV1', 'RSV2']
    """
    if kind == "request":
        return list(_request_boxes(data))
    found: list[dict] = []
    at, frame = 0, 1
    while at < 8 * len(data):
        start = at
        for name, count, value, key in _frame_boxes(data[start // 8 :]):
            found.append(_box(name, key, value, at, count, frame))
            at += count
        frame += 1
    return found


def _box(
    name: str, key: str, value: str, start: int, count: int, frame: int = 1
) -> dict:
    value = value[:SHORT] + ("…" if len(value) > SHORT else "")
    return {
        **{"name": name, "key": key, "value": value},
        **{"start": start, "count": count, "frame": frame},
    }


def _frame_boxes(data: bytes) -> Iterator[tuple[str, int, str, str]]:
    """The fields of the first frame, as far as it has come: name, bits, value, key."""
    for shift, name in ((7, "FIN"), (6, "RSV1"), (5, "RSV2"), (4, "RSV3")):
        yield name, 1, f"0b{data[0] >> shift & 1}", name
    opcode = data[0] & 0b1111
    value = f"0b{opcode:04b} {OPCODES.get(opcode, '')}".strip()
    yield "opcode", 4, value, "opcode"
    if len(data) < 2:
        return
    masked, size = data[1] >> 7, data[1] & 0b0111_1111
    yield "MASK", 1, f"0b{masked}", "MASK"
    value = f"0b{size >> 4:03b}_{size & 0b1111:04b} = {size}"
    yield "payload length", 7, value, "payload length"
    start = 2 + {126: 2, 127: 8}.get(size, 0)
    if more := data[2:start]:
        size = int.from_bytes(more)
        key = "extended payload length"
        yield key, 8 * len(more), str(size), key
    masking_key = data[start : start + 4] if masked else b""
    if masking_key:
        yield "masking key", 8 * len(masking_key), masking_key.hex(" "), "masking key"
    start += len(masking_key)
    if payload := data[start : start + size]:
        plain = apply_mask(payload, masking_key) if masked else payload
        yield from _payload_boxes(opcode, data[0] >> 4 & 0b111, plain)


def _payload_boxes(
    opcode: int, rsv: int, plain: bytes
) -> Iterator[tuple[str, int, str, str]]:
    if opcode == CLOSE and len(plain) > 1:
        yield "close code", 16, str(int.from_bytes(plain[:2])), "close code"
        if reason := plain[2:]:
            yield "reason", 8 * len(reason), reason.decode("utf-8", "replace"), "reason"
        return
    is_text = opcode == TEXT and not rsv
    value = plain.decode("utf-8", "replace") if is_text else plain.hex(" ")
    key = "ping payload" if opcode in (PING, PONG) else "payload"
    yield "payload", 8 * len(plain), value, key


def _request_boxes(data: bytes) -> Iterator[dict]:
    """The lines of a request's head, whatever they hold."""
    end = data.find(b"\r\n\r\n")
    head = data if end < 0 else data[: end + 2]
    lines = head.decode("latin-1").split("\r\n")
    at = 0
    for index, line in enumerate(lines):
        size = len(line) + (2 if index < len(lines) - 1 else 0)
        name, _, value = line.partition(":")
        key = name.lower() if name.lower() in _HEADERS else "header"
        if index == 0:
            name, value, key = "request line", line, "request line"
        if size:
            yield _box(name or "header", key, value.strip(" \t"), 8 * at, 8 * size)
        at += size
    if end >= 0:
        yield _box("empty line", "empty line", "", 8 * at, 16)
    if end >= 0 and (rest := data[at + 2 :]):
        key = "after the head"
        yield _box(key, key, rest.hex(" "), 8 * (at + 2), 8 * len(rest))
