"""The timeline: what several transports cost and show, on one axis of time."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import Any, ClassVar

from traitlets import Float, List, TraitError, Unicode, validate

from widgets.events import worst
from widgets.faces import (
    CELL,
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

MEASURES = ("age_ms", "latency_ms", "bytes", "requests")
LABELS = {
    "en": {
        "name": "Transport",
        "updates": "Updates",
        "age_ms": "Age in ms, mean / greatest",
        "latency_ms": "Latency in ms, median / greatest",
        "bytes": "Bytes",
        "requests": "Requests",
        "span": "From 0 to {} ms.",
        "none": "Nothing was measured.",
    },
    "vi": {
        "name": "Cách truyền",
        "updates": "Lần cập nhật",
        "age_ms": "Tuổi dữ liệu (ms), trung bình / lớn nhất",
        "latency_ms": "Độ trễ (ms), trung vị / lớn nhất",
        "bytes": "Byte",
        "requests": "Yêu cầu",
        "span": "Từ 0 đến {} ms.",
        "none": "Chưa đo được gì.",
    },
}


class Timeline(Tracks):
    """Age, latency, bytes and requests over time, and all of them at one time.

    Args:
        series: One dict for each transport, at most six: {"name": str, "events":
            [...]}. An event is {"time_ms": when, counted from the common start} with
            any of these beside it, all numbers that are not negative:

            - "age_ms": how old the data is that the client shows from now on; until
              the next one it ages by itself, 1 ms per ms.
            - "latency_ms": how long the message took that has arrived now.
            - "bytes": how many have passed since the event before, both ways.
            - "requests": how many HTTP requests were sent since the event before.

            Events stand in the order of their times. What is left out was not
            measured: it is never drawn as zero.
        lang: "en" or "vi".
        title: One line above the chart; may be empty.
        measure: What to draw first; "" for the first that was measured.
        store_times: Whether a stored output holds the values. Say False for values
            that this run measures: they belong to the live face.

    Raises:
        TraitError: A series that cannot be shown; the sentence says which.

    >>> Timeline([{"name": "SSE", "events": [{"time_ms": 0, "bytes": 120}]}])
    SSE: Updates 1; Bytes 120
    """

    _esm = FOLDER / "timeline.js"
    _css = style_of("timeline")
    stored: ClassVar[tuple[str, ...]] = ("lang", "title", "series", "measure", "at_ms")

    tracks, measures = "series", MEASURES
    series = List(help="What was measured: {name, events}, see the class.").tag(
        sync=True
    )
    measure = Unicode("", help="What is drawn; empty: the first measured.").tag(
        sync=True
    )
    at_ms = Float(
        None, allow_none=True, help="Where the cursor stands; None: at the end."
    ).tag(sync=True)

    @validate("series")
    def _well_formed(self, proposal: Any) -> list[dict]:
        return self.check_tracks(proposal["value"])

    @validate("measure")
    def _known_measure(self, proposal: Any) -> str:
        if proposal["value"] not in ("", *MEASURES):
            known = ", ".join(MEASURES)
            raise TraitError(f"measure is {proposal['value']!r}; it can be {known}")
        return proposal["value"]

    def measured(self) -> list[str]:
        """What was measured anywhere, in the order in which it is shown."""
        events = self.all_events()
        return [m for m in MEASURES if any(m in event for event in events)]

    def text(self) -> str:
        words = LABELS[self.lang]
        if not self.store_times:
            return visible(self.unstored_text())
        lines = []
        for one in self.series:
            sums = [f"{words['updates']} {number_text(count(one), self.lang)}"]
            for name in self.measured():
                if said := summary(one["events"], name, self.end_ms, self.lang):
                    sums.append(f"{words[name]} {said}")
            lines.append(f"{visible(str(one['name']))}: {'; '.join(sums)}")
        return "\n".join(lines) or words["none"]

    def snapshot(self) -> str:
        words = LABELS[self.lang]
        if not self.store_times:
            return self.sentence(self.unstored_text())
        if not self.series:
            return self.sentence(words["none"])
        names = ["name", "updates", *self.measured()]
        heads = "".join(f'<th style="{LOOSE}">{words[n]}</th>' for n in names)
        rows = "\n".join(self._snapshot_row(one) for one in self.series)
        span = words["span"].format(number_text(self.end_ms, self.lang))
        span = f"{span} {self.merged_text()}".strip()
        return (
            f'{heading(self.title)}<div style="overflow-x:auto"><table style="{TABLE}">'
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
            f"\n<p>{span}</p>"
        )

    def _snapshot_row(self, one: dict) -> str:
        events = one["events"]
        cells = [number_text(count(one), self.lang)]
        cells += [
            summary(events, m, self.end_ms, self.lang) or "–" for m in self.measured()
        ]
        rest = "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells)
        name = shown(one["name"])
        return f'<tr style="{ROW}"><td style="{LOOSE}">{name}</td>{rest}</tr>'


def count(one: dict) -> int:
    """How many events of a series there were, those counted that one stands for."""
    return sum(event.get("count", 1) for event in one["events"])


def summary(events: list[dict], measure: str, end_ms: float, lang: str) -> str:
    """One measure of a series in a few numbers; empty when it was not measured."""
    found = [(e["time_ms"], e[measure]) for e in events if measure in e]
    if not found:
        return ""
    values = [value for _, value in found]
    if measure == "age_ms":
        pair = mean_age(found, end_ms)
    elif measure == "latency_ms":
        pair = median(values), max(worst(e) for e in events if measure in e)
    else:
        return number_text(sum(values), lang)
    return " / ".join(number_text(value, lang) for value in pair)


def mean_age(ages: list[tuple[float, float]], end_ms: float) -> tuple[float, float]:
    """The mean age over time, and the greatest: data ages until it is replaced.

    Args:
        ages: When, and how old the data was that was shown from then on.

    >>> mean_age([(0, 10), (100, 0)], 200)
    (55.0, 110)
    """
    area, greatest = 0.0, ages[0][1]
    for (start, age), (end, _) in pairwise([*ages, (end_ms, 0)]):
        area += (end - start) * (age + (end - start) / 2)
        greatest = max(greatest, age + end - start)
    length = end_ms - ages[0][0]
    return (area / length if length else ages[0][1]), greatest
