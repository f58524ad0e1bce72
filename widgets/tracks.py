"""Several transports on one axis of time: what the timeline and the race share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from traitlets import TraitError, Unicode

from widgets.events import check_event, check_order, merge_events, most_merged
from widgets.faces import heading, number_text, shown
from widgets.following import Followed
from widgets.growing import Growing, Thinned

MOST_TRACKS = 6
LABELS = {
    "en": {
        "unstored": "Measured anew on every run: run the cell to see {}.",
        "merged": "One point stands for up to {} events.",
    },
    "vi": {
        "unstored": "Mỗi lần chạy lại đo một lần: hãy chạy ô này để xem {}.",
        "merged": "Một điểm đại diện cho tối đa {} sự kiện.",
    },
}


class Tracks(Followed):
    """A widget that draws events over time, by transport.

    A subclass has a trait of {name, events}, and says its name in `tracks`; `measures`
    are what an event may hold beside its time.
    """

    tracks: ClassVar[str]
    measures: ClassVar[tuple[str, ...]]

    title = Unicode("", help="One line above the picture.").tag(sync=True)

    def __init__(
        self,
        tracks: Iterable[dict] = (),
        lang: str = "en",
        title: str = "",
        store_times: bool = True,
        **traits: Any,
    ) -> None:
        self.store_times = store_times
        traits.setdefault(self.tracks, list(tracks))
        super().__init__(lang=lang, title=title, **traits)

    def all_tracks(self) -> list[dict]:
        """The transports, by whatever name the trait has."""
        return getattr(self, self.tracks)

    def all_events(self) -> list[dict]:
        """The events of all transports, one transport after the other."""
        return [event for one in self.all_tracks() for event in one["events"]]

    @property
    def end_ms(self) -> float:
        """When the last event happened."""
        return max((event["time_ms"] for event in self.all_events()), default=0)

    def check_tracks(self, tracks: list) -> list[dict]:
        """The tracks, when they keep to the contract.

        Raises:
            TraitError: They do not; the sentence names the event.
        """
        if len(tracks) > MOST_TRACKS:
            raise TraitError(
                f"{len(tracks)} {self.tracks}; {MOST_TRACKS} can be told apart"
            )
        for index, one in enumerate(tracks):
            where = f"{self.tracks}[{index}]"
            if not isinstance(one, dict) or {"name", "events"} - one.keys():
                raise TraitError(f"{where} is not {{name, events}}")
            before: list[dict] = []
            for number, event in enumerate(one["events"]):
                self.check_next(event, before, f"{where}.events[{number}]")
                before.append(event)
        return tracks

    def check_next(self, event: Any, before: list[dict], at: str) -> None:
        """Nothing, when the event may follow those before; otherwise a TraitError."""
        check_event(event, at, self.measures)
        check_order(event["time_ms"], before[-1]["time_ms"] if before else 0.0, at)

    def follow(self, keep: int = 300) -> TracksFollowing:
        """Shows the widget and lets it grow.

            async with Race(lang=lang).follow() as live:
                live.add("WebSocket", {"message": 1, "latency_ms": 3, "bytes": 120})

        Transports that were given keep their order and their colour; their events are
        new ones. Others come behind them.

        Args:
            keep: How many events of each transport the kernel, the page and the stored
                output hold at most; even. When there are more, each two neighbours
                become one event with their sum.
        """
        return TracksFollowing(self, keep)

    def merged_text(self) -> str:
        """That a point stands for several events, as a sentence; "" when none does."""
        if (most := most_merged(self.all_events())) == 1:
            return ""
        return LABELS[self.lang]["merged"].format(number_text(most, self.lang))

    def unstored_text(self) -> str:
        """What a stored output says instead of what every run measures anew."""
        names = ", ".join(str(one["name"]) for one in self.all_tracks())
        return LABELS[self.lang]["unstored"].format(names)

    def html(self) -> str:
        return super().html() if self.store_times else self.snapshot()

    def sentence(self, said: str) -> str:
        """One sentence in place of the picture, as HTML."""
        style = "overflow-wrap:anywhere"
        return f'{heading(self.title)}<p style="{style}">{shown(said)}</p>'


class TracksFollowing(Growing):
    """What `follow` gives: `add` says what one transport saw just now."""

    _widget: Tracks

    def __init__(self, widget: Tracks, keep: int) -> None:
        super().__init__(widget, widget.tracks)
        self._keep = keep
        self._thinned: dict[str, Thinned] = {}

    def _begin(self) -> None:
        names = [one["name"] for one in self._widget.all_tracks()]
        setattr(self._widget, self._widget.tracks, [])
        for name in names:
            self._open(name)

    def _open(self, name: str) -> Thinned:
        tracks = self._widget.all_tracks()
        self._widget.check_tracks([*tracks, {"name": name, "events": []}])
        thinned = self._thinned[name] = Thinned([], self._keep, merge_events)
        tracks.append({"name": name, "events": thinned.items})
        return thinned

    def add(self, name: str, *events: dict) -> None:
        """Takes what happened on the transport `name`, in order.

        An event without "time_ms" happens now (`now_ms`).

        Raises:
            TraitError: An event that cannot be shown; the sentence says why.
        """
        thinned = self._thinned.get(name) or self._open(name)
        for event in events:
            event = {"time_ms": self.now_ms()} | event
            # What was merged cannot be searched for a message that comes again.
            before = thinned.items if thinned.stride == 1 else thinned.items[-1:]
            self._widget.check_next(event, before, f"{name}, event {len(before) + 1}")
            thinned.add(event)
            self._changed = True
