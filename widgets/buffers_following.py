"""The buffers while they fill and drain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.growing import Growing, Thinned

if TYPE_CHECKING:
    from widgets.buffers import Buffers

QUEUES = ("application_bytes", "transport_bytes", "kernel_bytes")


def merge_samples(first: dict, second: dict) -> dict:
    """Two neighbours as one sample, at the time of the second: the most of each queue.

    The writer has to wait in it when it had to in either.
    """
    return {
        "time_ms": second["time_ms"],
        **{queue: max(first[queue], second[queue]) for queue in QUEUES},
        "paused": first["paused"] or second["paused"],
        "count": first.get("count", 1) + second.get("count", 1),
    }


class BuffersFollowing(Growing):
    """What `Buffers.follow` gives: `add` says what waits just now."""

    _widget: Buffers

    def __init__(self, buffers: Buffers, keep: int) -> None:
        super().__init__(buffers, "samples")
        self._thinned = Thinned([], keep, merge_samples)

    def _begin(self) -> None:
        self._widget.samples = self._thinned.items

    def add(self, *samples: dict) -> None:
        """Takes samples, in order. One without "time_ms" is of now (`now_ms`).

        Raises:
            TraitError: A sample that cannot be shown; the sentence says why.
        """
        kept = self._thinned.items
        for sample in samples:
            sample = {"time_ms": self.now_ms()} | sample
            self._widget.check_next(sample, kept[-1:], f"sample {len(kept) + 1}")
            self._thinned.add(sample)
            self._changed = True

    def _end(self) -> None:
        super()._end()
        self._widget.selected = max(len(self._widget.samples) - 1, 0)
