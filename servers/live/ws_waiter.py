"""Where a task waits for the next message, and gets it in its hand.

An `asyncio.Future` would do, and costs an echo server an eighth of its time: it wakes
the task in the loop's next round, by way of the loop's queue. Whoever has read a whole
message for a task that waits for it lets the task go on there and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Any

Message = str | bytes


class Waiter:
    """One place to wait, for one task at a time, as often as it likes.

    It is what a task can wait for: see `asyncio.isfuture`.

    Not handled here: callbacks of others than the task that waits.

    >>> async def demo():
    ...     loop = asyncio.get_running_loop()
    ...     waiter = Waiter(loop)
    ...     loop.call_soon(lambda: waiter.can_go_on() and waiter.go_on("Xin chào"))
    ...     return await waiter
    >>> asyncio.run(demo())
    'Xin chào'
    """

    __slots__ = (
        *("_asyncio_future_blocking", "_loop", "_wake", "_context", "_message"),
        *("is_taken", "_is_cancelled"),
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asyncio_future_blocking = False
        self._loop = loop
        self._wake: Callable[[Waiter], object] | None = None
        self._context: Context | None = None
        self._message: Message | None = None
        self.is_taken = False  # whether a task waits, or has not noticed its waking
        self._is_cancelled = False

    def __await__(self) -> Generator[Waiter, None, Message | None]:
        """The message; None if the task was only woken."""
        self.is_taken = True
        self._asyncio_future_blocking = True
        try:
            yield self
        finally:
            self.is_taken, self._wake = False, None
        message, self._message = self._message, None
        return message

    # What the other side does

    def can_go_on(self) -> bool:
        """Whether a task waits here, and no other one runs that it would interrupt."""
        return self._wake is not None and asyncio.current_task(self._loop) is None

    def go_on(self, message: Message) -> None:
        """Give the task a message, and let it run until it waits again.

        Only where it `can_go_on`.
        """
        wake, self._wake = self._wake, None
        self._message = message
        self._context.run(wake, self)

    def wake(self) -> None:
        """Let the task, if one waits, look around in the loop's next round."""
        wake, self._wake = self._wake, None
        if wake is not None:
            self._loop.call_soon(wake, self, context=self._context)

    # What the task asks of anything that it waits for

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def add_done_callback(
        self, wake: Callable[[Waiter], object], *, context: Context
    ) -> None:
        self._wake, self._context = wake, context

    def cancel(self, msg: Any = None) -> bool:
        if self._wake is None:
            # It is awake already, and cancels itself.
            return False
        self._is_cancelled = True
        self.wake()
        return True

    def result(self) -> None:
        if self._is_cancelled:
            self._is_cancelled = False
            raise asyncio.CancelledError
