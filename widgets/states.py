"""The states of a WebSocket as a picture, drawn from the table that the code runs."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from html import escape

from servers.wire.ws_states import NEXT_STATE, STATES
from widgets.faces import CELL, LANGUAGES, LOOSE, ROW, TABLE, TIGHT

WIDTH, ROW_HEIGHT, TOP = 720, 118, 34
BOX_WIDTH, BOX_HEIGHT, COLUMN_WIDTH = 112, 40, 232
LANE_GAP, LANE_MARGIN, PORT_GAP = 18, 12, 9
LINE_HEIGHT, LETTER_WIDTH = 16, 6.4
# One picture for light and dark pages: an <img> cannot ask the page which it is on.
STYLE = (
    "text{font:12px sans-serif;text-anchor:middle;dominant-baseline:central}"
    ".box{fill:#1f5fbf}.box+text{fill:#fff;font-weight:bold;font-size:14px}"
    ".last{fill:#4b5563}.pill{fill:#e6eaf0}.pill~text{fill:#1f2328}"
    ".way{fill:none;stroke:#858d97;stroke-width:1.5}#tip path{fill:#858d97}"
)
LABELS = {
    "en": {
        "alt": "Six states of a WebSocket and what leads from one to the next; "
        "the table below says the same in words.",
        "table": "The same as a table",
        "heads": ("State", "What happens", "Next state"),
        "events": {event: event for _, event in NEXT_STATE},
    },
    "vi": {
        "alt": "Sáu trạng thái của một WebSocket và điều gì đưa trạng thái này "
        "sang trạng thái kia; bảng bên dưới nói cùng điều ấy bằng lời.",
        "table": "Cũng nội dung ấy, dạng bảng",
        "heads": ("Trạng thái", "Điều xảy ra", "Trạng thái kế tiếp"),
        "events": {
            "101": "101",
            "refused": "bị từ chối",
            "wrong answer": "trả lời không hợp lệ",
            "stream ended": "hết dòng dữ liệu",
            "close sent": "đã gửi close",
            "close received": "đã nhận close",
            "rule broken": "phạm luật",
            "no sign of life": "mất dấu hiệu sống",
            "caught up": "đã xử lý xong",
            "time is up": "hết giờ",
            "too much unread": "chưa đọc quá nhiều",
        },
    },
}


class StateDiagram:
    """The diagram of `servers.wire.ws_states`: a picture, and a table behind it.

    Args:
        lang: "en" or "vi"; the names of the states are those that `state` gives.

    The picture is an image inside the page, since an untrusted notebook keeps no SVG
    element; where no image is shown, the table says the same.

    >>> print(StateDiagram())  # doctest: +ELLIPSIS
    connecting --101--> open
    connecting --refused--> ending
    ...
    """

    def __init__(self, lang: str = "en") -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"lang is {lang!r}; it can be {' or '.join(LANGUAGES)}")
        self.lang = lang

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """State, what happens (in the reader's language), next state."""
        words = LABELS[self.lang]["events"]
        return [(old, words[event], new) for (old, event), new in NEXT_STATE.items()]

    def __repr__(self) -> str:
        return "\n".join(f"{old} --{event}--> {new}" for old, event, new in self.rows)

    def _repr_html_(self) -> str:
        words = LABELS[self.lang]
        image = b64encode(self.svg().encode()).decode()
        head = "".join(f'<th style="{TIGHT}">{name}</th>' for name in words["heads"])
        body = "".join(
            f'<tr style="{ROW}"><td style="{CELL}">{old}</td>'
            f'<td style="{LOOSE}">{event}</td><td style="{CELL}">{new}</td></tr>'
            for old, event, new in self.rows
        )
        return (
            # The theme would put a light sheet behind other images on a dark page.
            '<div style="overflow-x:auto">'
            f'<img class="dark-light" alt="{escape(words["alt"])}" '
            'style="width:100%; min-width:36rem; max-width:46rem; background:none" '
            f'src="data:image/svg+xml;base64,{image}"></div>'
            f"<details><summary>{words['table']}</summary>"
            f'<table style="{TABLE}"><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></details>"
        )

    def svg(self) -> str:
        """The picture alone."""
        places = place_states()
        height = max(place.y for place in places.values()) + 84
        events: dict[tuple[str, str], list[str]] = {}
        for old, event, new in self.rows:
            events.setdefault((old, new), []).append(event)
        routes = route_all(places, list(events))
        ways = "".join(_way(*pair, routes[pair]) for pair in events)
        pills = "".join(
            _pill(*pair, routes[pair], events[pair], self.lang) for pair in events
        )
        boxes = "".join(_box(name, place) for name, place in places.items())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}"><style>{STYLE}</style><defs>'
            '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
            'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
            f"{ways}{boxes}{pills}</svg>"
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a state stands: its rank from the top, and its centre in pixels."""

    rank: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Route:
    """How an arrow runs, as the `d` of an SVG path, and where its label stands."""

    path: str
    x: float
    y: float


def rank_states() -> dict[str, int]:
    """How many steps a state is from the first, on the longest way.

    >>> rank_states()["closed"]
    4
    """
    ranks = dict.fromkeys(STATES, 0)
    for _ in STATES:
        for (old, _event), new in NEXT_STATE.items():
            if old != new:
                ranks[new] = max(ranks[new], ranks[old] + 1)
    return ranks


def place_states() -> dict[str, Place]:
    """One row for each rank; states of one rank stand side by side."""
    ranks, places = rank_states(), {}
    for name, rank in ranks.items():
        row = [other for other in ranks if ranks[other] == rank]
        offset = (row.index(name) - (len(row) - 1) / 2) * COLUMN_WIDTH
        places[name] = Place(rank, WIDTH / 2 + offset, TOP + rank * ROW_HEIGHT)
    return places


def route_all(
    places: dict[str, Place], pairs: list[tuple[str, str]]
) -> dict[tuple[str, str], Route]:
    """A route for each pair of states; those that skip a row run in lanes outside."""
    routes, lanes = {}, {-1: 0, 1: 0}
    last = max(place.rank for place in places.values())
    for old, new in pairs:
        start, end = places[old], places[new]
        if old == new:
            routes[old, new] = _loop(start)
        elif end.rank == start.rank + 1:
            routes[old, new] = _straight(start, end)
        else:
            side = -1 if start.x < WIDTH / 2 or end.rank < last else 1
            routes[old, new] = _around(start, end, side, lanes[side])
            lanes[side] += 1
    return routes


def _straight(start: Place, end: Place) -> Route:
    top, bottom = start.y + BOX_HEIGHT / 2, end.y - BOX_HEIGHT / 2
    path = f"M{start.x:g} {top:g} {end.x:g} {bottom:g}"
    return Route(path, (start.x + end.x) / 2, (top + bottom) / 2)


def _loop(place: Place) -> Route:
    bottom = place.y + BOX_HEIGHT / 2
    path = f"M{place.x - 24:g} {bottom:g}v26h48V{bottom:g}"
    return Route(path, place.x, bottom + 26)


def _around(start: Place, end: Place, side: int, lane: int) -> Route:
    edge = LANE_MARGIN + lane * LANE_GAP
    outside = edge if side < 0 else WIDTH - edge
    leave = start.x + side * BOX_WIDTH / 2
    arrive = end.x + side * BOX_WIDTH / 2
    y = end.y + (1 - lane) * PORT_GAP
    path = f"M{leave:g} {start.y:g}H{outside:g}V{y:g}H{arrive:g}"
    return Route(path, (leave + outside) / 2, start.y)


def _way(old: str, new: str, route: Route) -> str:
    return (
        f'<path class="way" data-from="{old}" data-to="{new}" d="{route.path}" '
        'marker-end="url(#tip)"/>'
    )


def _pill(old: str, new: str, route: Route, events: list[str], lang: str) -> str:
    width = max(map(len, events)) * LETTER_WIDTH + 14
    height = len(events) * LINE_HEIGHT + 6
    top = route.y - height / 2
    lines = "".join(
        f'<text x="{route.x:g}" y="{top + 3 + (i + 0.5) * LINE_HEIGHT:g}">'
        f"{escape(event)}</text>"
        for i, event in enumerate(events)
    )
    return (
        f'<g data-from="{old}" data-to="{new}" lang="{lang}"><rect class="pill" '
        f'x="{route.x - width / 2:g}" y="{top:g}" width="{width:g}" '
        f'height="{height:g}" rx="6"/>{lines}</g>'
    )


def _box(name: str, place: Place) -> str:
    left, top = place.x - BOX_WIDTH / 2, place.y - BOX_HEIGHT / 2
    goes_on = any(old == name != new for (old, _), new in NEXT_STATE.items())
    kind = "box" if goes_on else "box last"
    return (
        f'<rect class="{kind}" x="{left:g}" y="{top:g}" width="{BOX_WIDTH}" '
        f'height="{BOX_HEIGHT}" rx="8"/>'
        f'<text x="{place.x:g}" y="{place.y:g}">{name}</text>'
    )
