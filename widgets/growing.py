"""Widgets whose own traits grow: sent whole, because they are bounded."""

from __future__ import annotations

import asyncio
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

    def now_ms(self) -> float:
        """Milliseconds since the block was entered, by the event loop's clock."""
        since_s = asyncio.get_running_loop().time() - self._began_s
        return round(since_s * 1000, 1)

    def _beat(self) -> None:
        if self._changed:
            self._changed = False
            self._widget.send_state(self._sent)

    def _end(self) -> None:
        self._beat()


class Thinned:
    """A list that never holds more than so many: then each two neighbours become one.

    What it holds depends on what was added and in which order, not on when.

    Args:
        items: The list; it is changed in place.
        most: How many it may hold; even.
        merge: Makes one of two neighbours.

    >>> sums = Thinned([], most=4, merge=lambda a, b: a + b)
    >>> for number in range(1, 8):
    ...     sums.add(number)
    >>> sums.items
    [3, 7, 11, 7]
    """

    def __init__(self, items: list, most: int, merge: Merge) -> None:
        if most < 2 or most % 2:
            raise ValueError(f"keep is {most}; it can be 2, 4, 6 …")
        self.items = items
        self._most, self._merge = most, merge
        self.stride = 1  # how many were added for each item; the last may lack some
        self._in_last = 1

    def add(self, item: dict) -> None:
        if self._in_last < self.stride:
            self.items[-1] = self._merge(self.items[-1], item)
            self._in_last += 1
            return
        if len(self.items) == self._most:
            pairs = zip(self.items[::2], self.items[1::2], strict=True)
            self.items[:] = [self._merge(*pair) for pair in pairs]
            self.stride *= 2
        self.items.append(item)
        self._in_last = 1
