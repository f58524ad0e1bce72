"""The rooms while people come and go: the last steps, and where everyone was before."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

from widgets.growing import Growing
from widgets.rooms_steps import check_step, move

if TYPE_CHECKING:
    from widgets.rooms import Rooms


class RoomsFollowing(Growing):
    """What `Rooms.follow` gives: `add` says what happened, `heard` who heard it."""

    _widget: Rooms

    def __init__(self, rooms: Rooms, keep: int) -> None:
        super().__init__(rooms, "steps", "before", "earlier")
        self._keep = keep
        # Where everyone was before the steps that are kept, and how many are not.
        self._here: dict[str, set[str]] = {}
        self._earlier = 0

    def _begin(self) -> None:
        self._widget.steps, self._widget.before, self._widget.earlier = [], {}, 0

    def add(self, *steps: dict) -> None:
        """Takes what happened, in order: steps as `Rooms` describes them.

        A message may say `"hears": []`, and `heard` fills it as the clients tell.

        Raises:
            TraitError: A step that cannot be shown; the sentence says which.
        """
        kept = self._widget.steps
        for step in steps:
            check_step(step, f"step {self._earlier + len(kept) + 1}")
            kept.append(step | {"hears": [*step["hears"]]} if "hears" in step else step)
            if len(kept) > self._keep:
                move(kept.pop(0), self._here)
                self._earlier += 1
            self._changed = True

    def heard(self, who: str, text: str) -> None:
        """Says that `who` has received a message: the latest that said `text`.

        The names come in the order of the alphabet, whoever was told first.

        Raises:
            LookupError: Nobody has said that. Add the message before it is sent.
        """
        for step in reversed(self._widget.steps):
            if step["kind"] == "emit" and step.get("text") == text:
                if who not in step["hears"]:
                    insort(step["hears"], who)
                    self._changed = True
                return
        if not self._earlier:  # what is no longer kept needs no listeners
            raise LookupError(f"{who} heard {text!r}, which nobody has said")

    def _beat(self) -> None:
        here = {who: sorted(rooms) for who, rooms in self._here.items()}
        # A synced trait is sent when it is set: so only here, and with the steps.
        with self._widget.hold_sync():
            self._widget.before, self._widget.earlier = here, self._earlier
            super()._beat()

    def _end(self) -> None:
        super()._end()
        self._widget.selected = max(len(self._widget.steps) - 1, 0)
