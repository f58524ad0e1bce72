"""The race: the same messages over several transports, side by side."""

from __future__ import annotations

from statistics import median
from typing import Any, ClassVar

from traitlets import Float, Int, List, TraitError, validate

from widgets.events import arrived, most_merged, worst
from widgets.faces import (
    FOLDER,
    LOOSE,
    ROW,
    TABLE,
    heading,
    number_text,
    shown,
    style_of,
    visible,
)
from widgets.tracks import Tracks

FIELDS = ("message", "latency_ms", "bytes", "requests")
COLUMNS = ("messages", "bytes", "requests", "median", "worst")
MAX_NAMED = 8
# Latencies that differ by less say more about the machine than about the transport.
TIE_MS = 1.0
BEST = "★"
SPEEDS = (0.1, 0.25, 0.5, 1, 2, 4, 10)
LABELS = {
    "en": {
        "name": "Transport",
        "messages": "Messages",
        "bytes": "Bytes",
        "requests": "Requests",
        "median": "Median latency, ms",
        "worst": "Worst latency, ms",
        "missing": "missing: {}",
        "more": "{} more",
        "span": "From 0 to {} ms.",
        "best": "★ The best of those that got every message; latencies that differ by "
        "no more than 1 ms count as equal.",
        "none": "Nobody has run yet.",
    },
    "vi": {
        "name": "Cách truyền",
        "messages": "Thông điệp",
        "bytes": "Byte",
        "requests": "Yêu cầu",
        "median": "Độ trễ trung vị (ms)",
        "worst": "Độ trễ lớn nhất (ms)",
        "missing": "thiếu: {}",
        "more": "{} thông điệp nữa",
        "span": "Từ 0 đến {} ms.",
        "best": "★ Tốt nhất trong số các cách nhận đủ mọi thông điệp; độ trễ "
        "chênh nhau không quá 1 ms được coi là bằng nhau.",
        "none": "Chưa có cuộc đua nào.",
    },
}


class Race(Tracks):
    """The same messages over several transports: when each arrives, and at what cost.

    Args:
        lanes: One dict for each transport, at most six: {"name": str, "events":
            [...]}. An event is {"time_ms": when the client saw it, counted from the
            common start} with any of these beside it, all numbers that are not
            negative:

            - "message": the number of the message that has arrived now, from 1 on,
              the same in every lane, each at most once in a lane.
            - "latency_ms": how long that message took; it was sent at time_ms -
              latency_ms. Only beside "message".
            - "bytes": how many have passed since the event before, both ways.
            - "requests": how many HTTP requests were sent since the event before.

            Events stand in the order of their times, and nothing is cumulative. An
            event without "message" cost something and delivered nothing: a
            handshake, an empty answer. What no event of a lane holds was not
            measured there: it is never shown as zero.
        lang: "en" or "vi".
        title: One line above the lanes; may be empty.
        messages: How many messages were sent. 0: the greatest number that any lane
            got; say it when the last ones may be missing everywhere.
        store_times: Whether a stored output holds the values. Say False for values
            that this run measures: they belong to the live face.

    Raises:
        TraitError: A lane that cannot be shown; the sentence says which.

    The best value of a column carries a ★, among the lanes that got every message: a
    lane that lost some has no right to be cheap. Where all are as good, nobody is best.

    >>> Race([{"name": "SSE", "events": [{"time_ms": 9, "message": 1, "bytes": 120}]}])
    SSE: Messages 1 / 1; Bytes 120
    """

    _esm = FOLDER / "race.js"
    _css = style_of("race")
    stored: ClassVar[tuple[str, ...]] = (
        "lang",
        "title",
        "lanes",
        "messages",
        "speed",
        "at_ms",
    )

    tracks, measures = "lanes", FIELDS

    lanes = List(help="What arrived and what it cost: {name, events}.").tag(sync=True)
    messages = Int(0, help="How many were sent; 0: the greatest number got.").tag(
        sync=True
    )
    speed = Float(1, help="How fast it plays; 1 is as fast as it was.").tag(sync=True)
    at_ms = Float(
        None, allow_none=True, help="Where the clock stands; None: at the end."
    ).tag(sync=True)

    @validate("lanes")
    def _well_formed(self, proposal: Any) -> list[dict]:
        return self.check_tracks(proposal["value"])

    def check_next(self, event: Any, before: list[dict], at: str) -> None:
        super().check_next(event, before, at)
        check_message(event, before, at)

    @validate("messages")
    def _countable(self, proposal: Any) -> int:
        if proposal["value"] < 0:
            raise TraitError(f"messages is {proposal['value']}, less than none")
        return proposal["value"]

    @validate("speed")
    def _known_speed(self, proposal: Any) -> float:
        if proposal["value"] not in SPEEDS:
            known = ", ".join(map(str, SPEEDS))
            raise TraitError(f"speed is {proposal['value']}; it can be {known}")
        return proposal["value"]

    @property
    def total(self) -> int:
        """How many messages every lane should get."""
        return max(self.messages, greatest(self.lanes))

    def table(self) -> list[dict[str, float | None]]:
        """What each lane got and paid in all, as numbers; None: not measured."""
        return [totals(one["events"]) for one in self.lanes]

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        """The columns that were measured, and each lane's cells below them."""
        rows, best = self.table(), winners(self.table(), self.total)
        columns = [c for c in COLUMNS if any(row[c] is not None for row in rows)]
        cells = []
        for index, row in enumerate(rows):
            said = {
                c: number_text(row[c], self.lang) for c in columns if row[c] is not None
            }
            said["messages"] += f" / {number_text(self.total, self.lang)}"
            for column in said:
                said[column] += f" {BEST}" if index in best[column] else ""
            lacking = self._missing(self.lanes[index]["events"])
            said["messages"] += f" ({lacking})" if lacking else ""
            cells.append([said.get(column, "–") for column in columns])
        return columns, cells

    def _missing(self, events: list[dict]) -> str:
        words, lacking = LABELS[self.lang], self.total - sum(map(arrived, events))
        # Of merged events only the number is known, not which are missing.
        numbers = missing(events, self.total) if most_merged(events) == 1 else []
        names = [number_text(n, self.lang) for n in numbers[:MAX_NAMED]]
        if more := lacking - len(names):
            names.append(words["more"].format(number_text(more, self.lang)))
        return words["missing"].format(", ".join(names)) if names else ""

    def text(self) -> str:
        words = LABELS[self.lang]
        if not self.store_times:
            return visible(self.unstored_text())
        columns, cells = self._cells()
        lines = []
        for one, row in zip(self.lanes, cells, strict=True):
            pairs = zip(columns, row, strict=True)
            said = "; ".join(f"{words[c]} {cell}" for c, cell in pairs if cell != "–")
            lines.append(f"{visible(str(one['name']))}: {said}")
        return "\n".join(lines) or words["none"]

    def snapshot(self) -> str:
        words = LABELS[self.lang]
        if not self.store_times:
            return self.sentence(self.unstored_text())
        if not self.lanes:
            return self.sentence(words["none"])
        columns, cells = self._cells()
        heads = "".join(
            f'<th style="{LOOSE}">{words[c]}</th>' for c in ("name", *columns)
        )
        rows = "\n".join(
            f'<tr style="{ROW}">'
            + "".join(
                f'<td style="{LOOSE}">{shown(c)}</td>' for c in (one["name"], *row)
            )
            + "</tr>"
            for one, row in zip(self.lanes, cells, strict=True)
        )
        notes = [words["span"].format(number_text(self.end_ms, self.lang))]
        if any(BEST in cell for row in cells for cell in row):
            notes.append(words["best"])
        if merged := self.merged_text():
            notes.append(merged)
        return (
            f'{heading(self.title)}<div style="overflow-x:auto"><table style="{TABLE}">'
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
            f"\n<p>{' '.join(notes)}</p>"
        )


def check_message(event: dict, before: list[dict], at: str) -> None:
    """Nothing, when the message of an event has a number of its own.

    Raises:
        TraitError: It has not; the sentence names the event.
    """
    if "message" not in event:
        if "latency_ms" in event:
            raise TraitError(f"{at} has a latency but no message")
        return
    number = event["message"]
    if number != int(number) or number < 1:
        raise TraitError(f"{at}: message is {number}; they count from 1")
    if any(one.get("message") == number for one in before):
        raise TraitError(f"{at}: message {number} arrives a second time")


def greatest(lanes: list[dict]) -> int:
    """The greatest number of a message that any lane got."""
    numbers = [e["message"] for one in lanes for e in one["events"] if "message" in e]
    return max(numbers, default=0)


def missing(events: list[dict], total: int) -> list[int]:
    """The numbers of the messages that a lane never got.

    >>> missing([{"time_ms": 1, "message": 2}], total=3)
    [1, 3]
    """
    got = {event.get("message") for event in events}
    return [number for number in range(1, total + 1) if number not in got]


def totals(events: list[dict]) -> dict[str, float | None]:
    """What a lane got and paid; None for what was not measured in it."""
    found = {f: [event[f] for event in events if f in event] for f in FIELDS}
    latencies = found["latency_ms"]
    return {
        "messages": sum(map(arrived, events)),
        "bytes": sum(found["bytes"]) if found["bytes"] else None,
        "requests": sum(found["requests"]) if found["requests"] else None,
        "median": median(latencies) if latencies else None,
        "worst": max(map(worst, events)) if latencies else None,
    }


def winners(rows: list[dict], total: int) -> dict[str, set[int]]:
    """For each column the lanes that are best in it, among those that got everything.

    Latencies within TIE_MS of the best are as good as the best. Nobody is best where
    all are as good, or where nobody else was measured.
    """
    best = {}
    for column in COLUMNS:
        known = {
            i: row[column] for i, row in enumerate(rows) if row[column] is not None
        }
        fit = {i: v for i, v in known.items() if rows[i]["messages"] == total}
        limit = min(fit.values(), default=0)
        if column in ("median", "worst"):
            limit += TIE_MS
        found = {i for i, value in fit.items() if value <= limit}
        best[column] = set() if len(found) == len(known) else found
    return best
