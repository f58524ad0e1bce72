"""The rooms: who is in which one, and who really hears a message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from traitlets import Int, List, TraitError, Unicode, validate

from widgets.faces import (
    FOLDER,
    LOOSE,
    ROW,
    TABLE,
    TIGHT,
    Faces,
    heading,
    shown,
    style_of,
    visible,
)

# What a step of each kind must say, and what it may say.
NEEDED = {
    "connect": {"who"},
    "disconnect": {"who"},
    "join": {"who", "room"},
    "leave": {"who", "room"},
    "emit": {"hears"},
}
ALLOWED = NEEDED | {"emit": {"who", "room", "text", "hears", "skip"}}
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
        "none": "Chưa có gì xảy ra.",
    },
}


class Rooms(Faces):
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

    def __init__(
        self, steps: Iterable[dict] = (), lang: str = "en", title: str = "", **traits
    ) -> None:
        super().__init__(steps=list(steps), lang=lang, title=title, **traits)

    @validate("steps")
    def _well_formed(self, proposal: Any) -> list[dict]:
        for index, step in enumerate(proposal["value"]):
            check_step(step, f"steps[{index}]")
        return proposal["value"]

    def rows(self) -> list[tuple[str, str]]:
        """What happened and who heard it, a pair of sentences for each step."""
        words, here, pairs = LABELS[self.lang], {}, []
        for step in self.steps:
            pairs.append((what_text(step, words), hears_text(step, here, words)))
            move(step, here)
        return pairs

    def text(self) -> str:
        words = LABELS[self.lang]
        lines = []
        for number, (what, hears) in enumerate(self.rows(), 1):
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
            for number, (what, hears) in enumerate(self.rows(), 1)
        )
        return (
            f'{heading(self.title)}<div style="overflow-x:auto">'
            f'<table style="{TABLE}"><thead><tr>{heads}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody></table></div>"
        )


def check_step(step: Any, at: str) -> None:
    """Nothing, when the step keeps to the contract.

    Raises:
        TraitError: It does not; the sentence names the step.
    """
    if not isinstance(step, dict) or step.get("kind") not in NEEDED:
        raise TraitError(f"{at} has no kind out of {', '.join(NEEDED)}")
    kind, said = step["kind"], step.keys() - {"kind"}
    if missing := sorted(NEEDED[kind] - said):
        raise TraitError(f"{at}: {kind} needs {', '.join(missing)}")
    if unknown := sorted(said - ALLOWED[kind]):
        raise TraitError(f"{at}: {kind} has {', '.join(unknown)}, which nobody draws")
    for name in said & {"who", "room", "text"}:
        if not isinstance(step[name], str) or (not step[name] and name != "text"):
            raise TraitError(f"{at}: {name} is {step[name]!r}, no name")
    for name in said & {"hears", "skip"}:
        people = step[name]
        if not isinstance(people, list) or not all(
            isinstance(person, str) and person for person in people
        ):
            raise TraitError(f"{at}: {name} is {people!r}, no list of names")


def move(step: dict, here: dict[str, set[str]]) -> None:
    """Changes `here`, the rooms of everyone connected, as the step does.

    >>> here = {"An": {"news"}}
    >>> move({"kind": "leave", "who": "An", "room": "news"}, here)
    >>> here
    {'An': set()}
    """
    kind, who = step["kind"], step.get("who")
    if kind in ("connect", "join"):
        here.setdefault(who, set())
    if kind == "join":
        here[who].add(step["room"])
    if kind == "leave" and who in here:
        here[who].discard(step["room"])
    if kind == "disconnect":
        here.pop(who, None)


def listeners(step: dict, here: dict[str, set[str]]) -> dict[str, list[str]]:
    """Who heard a message, and where that differs from who was in its room.

    >>> step = {"kind": "emit", "room": "news", "hears": ["Chi"], "skip": ["An"]}
    >>> listeners(step, {"An": {"news"}, "Bình": {"news"}})
    {'hears': ['Chi'], 'skipped': ['An'], 'missed': ['Bình'], 'outside': ['Chi']}
    """
    hears, skip, room = step["hears"], step.get("skip", []), step.get("room")
    inside = [who for who, rooms in here.items() if room is None or room in rooms]
    return {
        "hears": hears,
        "skipped": [who for who in skip if who not in hears],
        "missed": [who for who in inside if who not in (*hears, *skip)],
        "outside": [who for who in hears if who not in inside],
    }


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
