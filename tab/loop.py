"""asyncio's own event loop, turned by the browser's: nothing ever waits in it."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from asyncio import events
from collections.abc import Callable
from typing import Any, NoReturn

from tab.refusals import NotInTab

# So long may Python keep the tab's messages waiting while it is always busy.
TURN_S = 0.01


class TabLoop(asyncio.BaseEventLoop):
    """An event loop that is asked for its turns, and says when it wants the next.

    Args:
        wake: Called when there is something to do: arrange for a call of `turn` soon.

    Not handled here: sockets (a network in memory is plugged in), threads, processes.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        super().__init__()
        # asyncio waits here for sockets or the next timer; here it only passes by.
        self._selector = self
        self._wake, self._awake, self._turning = wake, False, False
        # It always runs: asyncio asks for the thread, and the hooks end generators.
        self._thread_id = threading.get_ident()
        sys.set_asyncgen_hooks(
            firstiter=self._asyncgen_firstiter_hook,
            finalizer=self._asyncgen_finalizer_hook,
        )

    def turn(self) -> float | None:
        """Do what is due.

        Returns:
            In how many seconds to call again; 0: soon; None: when `wake` says so.
        """
        outer = events._get_running_loop()
        events._set_running_loop(self)
        self._turning = True
        end_s = time.monotonic() + TURN_S
        try:
            self._run_once()
            while self._ready and time.monotonic() < end_s:
                self._run_once()
        except (SystemExit, KeyboardInterrupt) as error:
            # A task may leave by `exit()`; the tab's Python has nowhere to go.
            said = "A task wanted to end Python; it goes on."
            self.call_exception_handler({"message": said, "exception": error})
        finally:
            self._turning = False
            events._set_running_loop(outer)
            self._awake = bool(self._ready)
        if self._ready:
            return 0
        if self._scheduled:
            return max(0.0, self._scheduled[0].when() - self.time())
        return None

    def call_soon(
        self, callback: Callable[..., object], *arguments: Any, context: Any = None
    ) -> asyncio.Handle:
        handle = super().call_soon(callback, *arguments, context=context)
        self._wake_up()
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *arguments: Any,
        context: Any = None,
    ) -> asyncio.TimerHandle:
        timer = super().call_at(when, callback, *arguments, context=context)
        self._wake_up()
        return timer

    def select(self, timeout: float | None) -> list[object]:
        return []

    def run_in_executor(self, *arguments: Any) -> NoReturn:
        raise NotInTab("threads")

    async def subprocess_exec(self, *arguments: Any, **options: Any) -> NoReturn:
        raise NotInTab("processes")

    subprocess_shell = subprocess_exec

    def add_signal_handler(self, number: int, *callback: Any) -> None:
        """Accepted; no signal ever comes here."""

    def _wake_up(self) -> None:
        if not (self._awake or self._turning):
            self._awake = True
            self._wake()

    # The rest of what asyncio's base class leaves open.

    def _process_events(self, events: list[object]) -> None:
        pass

    def _write_to_self(self) -> None:
        self._wake_up()
