"""What a price feed costs over each transport, for settings that the reader turns."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from traitlets import Float, Int, List, TraitError, Unicode, validate

from widgets.faces import (
    FOLDER,
    LOOSE,
    ROW,
    TABLE,
    Faces,
    heading,
    number_text,
    shown,
    style_of,
    visible,
)

SETTINGS = ("mean_s", "rtt_ms", "clients")
RECORDED = FOLDER / "recorded" / "grids" / "feeds.json"
LABELS = {
    "en": {
        "name": "Transport",
        "mean_ms": "Mean latency, ms",
        "worst_ms": "Worst latency, ms",
        "shown_percent": "Changes shown, %",
        "requests_each": "Requests per change",
        "bytes_each": "Bytes per change",
        "requests_per_s": "All clients: requests/s",
        "kilobytes_per_s": "All clients: kB/s",
        "setting": "A change every {mean_s} s on average · round trip {rtt_ms} ms · "
        "clients: {clients}",
    },
    "vi": {
        "name": "Cách truyền",
        "mean_ms": "Độ trễ trung bình (ms)",
        "worst_ms": "Độ trễ lớn nhất (ms)",
        "shown_percent": "Lần đổi giá được thấy (%)",
        "requests_each": "Yêu cầu mỗi lần đổi",
        "bytes_each": "Byte mỗi lần đổi",
        "requests_per_s": "Mọi máy khách: yêu cầu/s",
        "kilobytes_per_s": "Mọi máy khách: kB/s",
        "setting": "Trung bình {mean_s} s đổi giá một lần · lượt đi về "
        "{rtt_ms} ms · số máy khách: {clients}",
    },
}
# Eight columns: with cells as wide as elsewhere they would have to be scrolled.
NARROW = LOOSE.replace("min-width:6em", "min-width:4em")
COLUMNS = tuple(LABELS["en"])[1:-1]


def recorded_grid() -> list[dict]:
    """The points that `tools/record_feeds.py` wrote down, in virtual time."""
    return json.loads(RECORDED.read_text("utf-8"))


def recorded_costs(mean_s: float, rtt_ms: float, clients: int) -> dict[str, dict]:
    """For each transport what it costs in one setting, from the recorded grid.

    Args:
        mean_s: Seconds between two changes of the price, on average.
        rtt_ms: Milliseconds to the server and back.
        clients: How many follow the feed.

    Raises:
        LookupError: That setting was not recorded; the sentence says which were.

    >>> recorded_costs(mean_s=1, rtt_ms=180, clients=1)["WebSocket"]["mean_ms"]
    90.0
    """
    point = find(recorded_grid(), [mean_s, rtt_ms, clients])
    return {name: costs(figures) for name, figures in point["lanes"].items()}


def find(points: list[dict], setting: list[float]) -> dict:
    """The point of a grid with this setting.

    Raises:
        LookupError: There is none.
    """
    for point in points:
        if [point[name] for name in SETTINGS] == setting:
            return point
    known = ", ".join(f"{name} {choices(points, name)}" for name in SETTINGS)
    raise LookupError(f"{setting} is not in the grid, which has {known}")


def choices(points: list[dict], name: str) -> list[float]:
    """The values that a setting takes in a grid, in rising order."""
    return sorted({point[name] for point in points})


def costs(figures: dict[str, float]) -> dict[str, float]:
    """Figures of a lane (`Run.figures`) as a reader compares them.

    Returns:
        "mean_ms", "worst_ms": How late a change was seen, or a later one.
        "shown_percent": The part of the changes that reached a screen.
        "requests_each", "bytes_each": For each change on one screen.
        "requests_per_s", "kilobytes_per_s": Of all clients together.

    The opening of each connection is paid for too: over a minute it weighs more than
    over a day.
    """
    shown_changes, seconds = figures["shown"], figures["seconds"]
    due = figures["changes"] * figures["clients"]
    return {
        "mean_ms": figures["mean_ms"],
        "worst_ms": figures["worst_ms"],
        "shown_percent": 100 * shown_changes / due,
        "requests_each": figures["requests"] / shown_changes,
        "bytes_each": figures["bytes"] / shown_changes,
        "requests_per_s": figures["requests"] / seconds,
        "kilobytes_per_s": figures["bytes"] / seconds / 1000,
    }


def cost_text(value: float, lang: str) -> str:
    """A cost for a reader: two decimals below 1, one below 100, none above."""
    if value >= 100:
        return number_text(int(value + 0.5), lang)
    if value >= 1:
        return number_text(value, lang)
    text = f"{int(value * 100 + 0.5) / 100:.2f}"
    return text.replace(".", ",") if lang == "vi" else text


class Feeds(Faces):
    """A price feed over several transports; the reader turns rate, distance, clients.

    Args:
        points: A grid: one dict for each setting, {"mean_s", "rtt_ms", "clients",
            "lanes": {name: figures}}; every combination of the values must be there.
            None: the recorded grid.
        lang: "en" or "vi".
        title: One line above the controls; may be empty.
        mean_s, rtt_ms, clients: The setting that is shown first.

    Raises:
        TraitError: A setting that the grid does not have.

    >>> Feeds(lang="en", mean_s=1, rtt_ms=180, clients=1).costs()["SSE"]["mean_ms"]
    90.0
    """

    _esm = FOLDER / "feeds.js"
    _css = style_of("feeds")
    stored: ClassVar[tuple[str, ...]] = ("lang", "title", "points", *SETTINGS)

    title = Unicode("", help="One line above the controls.").tag(sync=True)
    points = List(help="The grid: settings, and each lane's figures.").tag(sync=True)
    mean_s = Float(1, help="Seconds between two changes, on average.").tag(sync=True)
    rtt_ms = Float(180, help="Milliseconds to the server and back.").tag(sync=True)
    clients = Int(1, help="How many follow the feed.").tag(sync=True)

    def __init__(
        self, points: list[dict] | None = None, lang: str = "en", **traits: Any
    ) -> None:
        points = recorded_grid() if points is None else list(points)
        super().__init__(points=points, lang=lang, **traits)

    @validate("points")
    def _whole_grid(self, proposal: Any) -> list[dict]:
        points = proposal["value"]
        size = 1
        for name in SETTINGS:
            size *= len(choices(points, name))
        if not points or len(points) != size:
            raise TraitError(f"{len(points)} points are no whole grid of {size}")
        return points

    @validate(*SETTINGS)
    def _in_grid(self, proposal: Any) -> float:
        name, value = proposal["trait"].name, proposal["value"]
        if value not in (known := choices(self.points, name)):
            raise TraitError(f"{name} is {value}; it can be {known}")
        return value

    def costs(self) -> dict[str, dict[str, float]]:
        """For each transport what it costs in the setting that is shown."""
        setting = [getattr(self, name) for name in SETTINGS]
        lanes = find(self.points, setting)["lanes"]
        return {name: costs(figures) for name, figures in lanes.items()}

    def _setting_text(self) -> str:
        values = {
            name: number_text(getattr(self, name), self.lang) for name in SETTINGS
        }
        return LABELS[self.lang]["setting"].format(**values)

    def _rows(self) -> list[list[str]]:
        return [
            [name, *(cost_text(cost[column], self.lang) for column in COLUMNS)]
            for name, cost in self.costs().items()
        ]

    def text(self) -> str:
        words = LABELS[self.lang]
        lines = [self._setting_text()]
        for name, *cells in self._rows():
            pairs = zip(COLUMNS, cells, strict=True)
            said = "; ".join(f"{words[column]} {cell}" for column, cell in pairs)
            lines.append(f"{visible(name)}: {said}")
        return "\n".join(lines)

    def snapshot(self) -> str:
        words = LABELS[self.lang]
        heads = "".join(
            f'<th style="{NARROW}">{words[c]}</th>' for c in ("name", *COLUMNS)
        )
        rows = "\n".join(
            f'<tr style="{ROW}">'
            + "".join(f'<td style="{NARROW}">{shown(cell)}</td>' for cell in row)
            + "</tr>"
            for row in self._rows()
        )
        return (
            f"{heading(self.title)}<p>{shown(self._setting_text())}</p>"
            f'<div style="overflow-x:auto"><table style="{TABLE}">'
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
        )
