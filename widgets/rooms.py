"""The rooms: who is in which one, and who really hears a message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from traitlets import Dict, Int, List, Unicode, validate

from widgets.faces import (
    FOLDER,
    LOOSE,
    ROW,
    TABLE,
    TIGHT,
    heading,
    number_text,
    shown,
    style_of,
    visible,
)
from widgets.following import Followed
from widgets.rooms_following import RoomsFollowing
from widgets.rooms_steps import check_names, check_step, listeners, move

LABELS = {
    "en": {
        "heads": ("Step", "What happens", "Who heard it"),
        "connect": "{who} connects",
        "disconnect": "{who} disconnects",
        "join": "{who} joins {room}",
        "leave": "{who} leaves {room}",
        "server": "Server",
        "everyone": "everyone",
        "nobody": "nobody",
        "hears": "Heard by: {}",
        "skipped": "skipped: {}",
        "missed": "⚠ in the room, did not hear it: {}",
        "outside": "⚠ outside, heard it: {}",
        "earlier": "{} earlier steps are not kept.",
        "none": "Nothing has happened yet.",
    },
    "vi": {
        "heads": ("Bước", "Chuyện gì xảy ra", "Ai nghe thấy"),
        "connect": "{who} kết nối",
        "disconnect": "{who} ngắt kết nối",
        "join": "{who} vào phòng {room}",
        "leave": "{who} rời phòng {room}",
        "server": "Máy chủ",
        "everyone": "mọi người",
        "nobody": "không ai",
        "hears": "Nghe thấy: {}",
        "skipped": "bỏ qua: {}",
        "missed": "⚠ ở trong phòng mà không nghe thấy: {}",
        "outside": "⚠ ở ngoài mà vẫn nghe thấy: {}",
        "earlier": "{} bước trước đó không được giữ lại.",
        "none": "Chưa có gì xảy ra.",
    },
}


class Rooms(Followed):
    """Rooms with the people in them, and each message lighting up who hears it.

    Args:
        steps: One dict for each thing that happened, in order:

            - {"kind": "connect", "who": "An"}, and "disconnect" likewise. Who
              disconnects has left every room.
            - {"kind": "join", "who": "An", "room": "news"}, and "leave" likewise.
              Who joins a room without a step "connect" counts as connected.
            - {"kind": "emit", "who": "An", "room": "news", "text": "hello",
              "hears": ["Bình"], "skip": ["An"]}: a message. Without "who" it comes
              from the server itself; without "room" it is for everyone connected.
              "hears" is who really received it, as recorded, not as worked out
              from the rooms: the picture shows where the two differ. "skip" is who
              the server was told to leave out.
        lang: "en" or "vi".
        title: One line above the rooms; may be empty.
        selected: The step that is shown first, counted from 0.
        before: Who was in which rooms before the first step: {"An": ["news"]}.
        earlier: How many steps came before the first, and are not kept.

    Raises:
        TraitError: A step that cannot be shown; the sentence says which.

    >>> Rooms([{"kind": "join", "who": "An", "room": "news"},
    ...        {"kind": "emit", "room": "news", "text": "2–1", "hears": ["An"]}])
    1. An joins news
    2. Server → news: “2–1”. Heard by: An
    """

    _esm = FOLDER / "rooms.js"
    _css = style_of("rooms")
    stored: ClassVar[tuple[str, ...]] = ("lang", "title", "steps", "selected")

    title = Unicode("", help="One line above the rooms.").tag(sync=True)
    steps = List(help="What happened, in order: see the class.").tag(sync=True)
    selected = Int(0, min=0, help="The step that is shown, from 0.").tag(sync=True)
    before = Dict(help="Who was where before the first step.").tag(sync=True)
    earlier = Int(0, min=0, help="How many steps are not kept.").tag(sync=True)

    def __init__(
        self, steps: Iterable[dict] = (), lang: str = "en", title: str = "", **traits
    ) -> None:
        super().__init__(steps=list(steps), lang=lang, title=title, **traits)

    @validate("steps")
    def _well_formed(self, proposal: Any) -> list[dict]:
        for index, step in enumerate(proposal["value"]):
            check_step(step, f"steps[{index}]")
        return proposal["value"]

    @validate("before")
    def _known_before(self, proposal: Any) -> dict:
        for who, rooms in proposal["value"].items():
            check_names([who], "before")
            check_names(rooms, f"before: {who}")
        return proposal["value"]

    def follow(self, keep: int = 200) -> RoomsFollowing:
        """Shows the rooms and lets them change with what happens.

            async with Rooms(lang=lang).follow() as live:
                live.add({"kind": "join", "who": "An", "room": "news"})
                live.add({"kind": "emit", "room": "news", "text": "2–1", "hears": []})
                live.heard("An", "2–1")

        Args:
            keep: How many steps the kernel, the page and the stored output hold at
                most. Of those before only is known where they left everyone.
        """
        return RoomsFollowing(self, keep)

    def stored_state(self) -> dict[str, Any]:
        before = {"before": self.before, "earlier": self.earlier}
        return super().stored_state() | (before if self.earlier else {})

    def rows(self) -> list[tuple[str, str]]:
        """What happened and who heard it, a pair of sentences for each step."""
        words, pairs = LABELS[self.lang], []
        here = {who: set(rooms) for who, rooms in self.before.items()}
        for step in self.steps:
            pairs.append((what_text(step, words), hears_text(step, here, words)))
            move(step, here)
        return pairs

    def earlier_text(self) -> str:
        """How many steps are not kept, as a sentence."""
        number = number_text(self.earlier, self.lang)
        return LABELS[self.lang]["earlier"].format(number)

    def text(self) -> str:
        words = LABELS[self.lang]
        lines = [self.earlier_text()] if self.earlier else []
        for number, (what, hears) in enumerate(self.rows(), self.earlier + 1):
            heard = f". {words['hears'].format(hears)}" if hears else ""
            lines.append(visible(f"{number}. {what}{heard}"))
        return "\n".join(lines) or words["none"]

    def snapshot(self) -> str:
        words = LABELS[self.lang]
        if not self.steps:
            return f"{heading(self.title)}<p>{words['none']}</p>"
        heads = "".join(f'<th style="{TIGHT}">{h}</th>' for h in words["heads"])
        rows = "\n".join(
            f'<tr style="{ROW}"><td style="{TIGHT}">{number}</td>'
            f'<td style="{LOOSE}">{shown(what)}</td>'
            f'<td style="{LOOSE}">{shown(hears or "–")}</td></tr>'
            for number, (what, hears) in enumerate(self.rows(), self.earlier + 1)
        )
        note = f"<p>{self.earlier_text()}</p>" if self.earlier else ""
        return (
            f'{heading(self.title)}{note}<div style="overflow-x:auto">'
            f'<table style="{TABLE}"><thead><tr>{heads}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody></table></div>"
        )


def what_text(step: dict, words: dict) -> str:
    """What happened, as a sentence."""
    if step["kind"] != "emit":
        return words[step["kind"]].format(**step)
    who = step.get("who", words["server"])
    said = f": “{step['text']}”" if step.get("text") else ""
    return f"{who} → {step.get('room', words['everyone'])}{said}"


def hears_text(step: dict, here: dict[str, set[str]], words: dict) -> str:
    """Who heard it and who did not; empty for what nobody can hear."""
    if step["kind"] != "emit":
        return ""
    found = listeners(step, here)
    said = [", ".join(found.pop("hears")) or words["nobody"]]
    said += [words[name].format(", ".join(who)) for name, who in found.items() if who]
    return "; ".join(said)
