"""A widget that grows while something happens: in batches, and within bounds."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from IPython import get_ipython
from IPython.display import display
from traitlets import Bool

from widgets.faces import Faces

# One widget message for each event saturates near 1,200 a second; batches do not.
BATCHES_PER_S = 30
VIEW = "application/vnd.jupyter.widget-view+json"
BLANK = {"text/plain": ""}


class Followed(Faces):
    """A widget that can be followed: shown while it grows."""

    following = Bool(False, help="Whether more is coming.").tag(sync=True)


class Following:
    """What `follow` gives: an asynchronous context manager.

    Inside it, what is new reaches the page 30 times a second. After it, no task is
    left and the widget holds what it was given, like any other.

    A subclass gives `_begin` (the traits as they are at first), `_beat` (what is new
    goes to the page) and `_end` (the traits as they stay).
    """

    def __init__(self, widget: Followed) -> None:
        self._widget = widget

    async def __aenter__(self) -> Self:
        self._began_s = asyncio.get_running_loop().time()
        with self._widget.hold_sync():
            self._begin()
            self._widget.following = True
        self._shown = None
        if get_ipython():
            # Only the live face: what is stored comes at the end, and whole.
            live, _ = self._widget._repr_mimebundle_()
            live = {kind: live[kind] for kind in live if kind == VIEW}
            self._shown = display(live | BLANK, raw=True, display_id=True)
        self._task = asyncio.create_task(self._run(), name="a widget follows")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._task.cancel()
        try:
            await asyncio.wait([self._task])
        finally:
            self._finish()
        if not self._task.cancelled():
            self._task.result()

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            self._beat()
            # Late once, it comes sooner next; but the program has its turn in between.
            due = max(due + 1 / BATCHES_PER_S, clock() + 0.005)
            await asyncio.sleep(due - clock())

    def _finish(self) -> None:
        with self._widget.hold_sync():
            self._end()
            self._widget.following = False
        if self._shown:
            self._shown.update(BLANK, raw=True)
            display(self._widget)

    def _begin(self) -> None:
        raise NotImplementedError

    def _beat(self) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        raise NotImplementedError
