"""Widgets whose own traits grow: sent whole, because they are bounded."""

from __future__ import annotations

from collections.abc import Callable

from widgets.following import Followed, Following

Merge = Callable[[dict, dict], dict]


class Growing(Following):
    """What `follow` gives where a widget shows one bounded list.

    The list grows in place, and all of it is sent when it has changed: a view that is
    opened late, or once more, misses nothing.
    """

    def __init__(self, widget: Followed, *sent: str) -> None:
        super().__init__(widget)
        self._sent = sent
        self._changed = False

    def _beat(self) -> None:
        if self._changed:
            self._changed = False
            self._widget.send_state(self._sent)

    def _end(self) -> None:
        self._beat()
