"""The steps of the rooms: what each must say, and where it leaves everyone."""

from __future__ import annotations

from typing import Any

from traitlets import TraitError

# What a step of each kind must say, and what it may say.
NEEDED = {
    "connect": {"who"},
    "disconnect": {"who"},
    "join": {"who", "room"},
    "leave": {"who", "room"},
    "emit": {"hears"},
}
ALLOWED = NEEDED | {"emit": {"who", "room", "text", "hears", "skip"}}


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
        check_names(step[name], f"{at}: {name}")


def check_names(names: Any, at: str) -> None:
    """Nothing, when it is a list of names.

    Raises:
        TraitError: It is not; the sentence names the place.
    """
    if not isinstance(names, list) or not all(
        isinstance(name, str) and name for name in names
    ):
        raise TraitError(f"{at} is {names!r}, no list of names")


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
