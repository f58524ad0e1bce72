"""Where a task waits for the next message, and gets it in its hand.

An `asyncio.Future` would do, and costs an echo server a tenth of its time: it wakes
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
    ...     loop.call_soon(lambda: waiter.is_waiting and waiter.go_on("Xin chào"))
    ...     return await waiter
    >>> asyncio.run(demo())
    'Xin chào'
    """

    __slots__ = (
        *("_asyncio_future_blocking", "_loop", "_wake", "_context", "_message"),
        *("is_waiting", "is_taken", "_is_cancelled"),
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asyncio_future_blocking = False
        self._loop = loop
        self._wake: Callable[[Waiter], object] | None = None
        self._context: Context | None = None
        self._message: Message | None = None
        self.is_waiting = False  # whether a task waits
        self.is_taken = False  # or has not noticed yet that it waits no more
        self._is_cancelled = False

    def __await__(self) -> Generator[Waiter, None, Message | None]:
        """The message; None if the task was only woken."""
        self.is_taken = True
        self._asyncio_future_blocking = True
        try:
            yield self
        finally:
            self.is_taken = False
        message, self._message = self._message, None
        return message

    # What the other side does

    def go_on(self, message: Message) -> None:
        """Give the task that waits a message, and let it run until it waits again.

        For what the loop calls, not for tasks: one cannot run inside another.
        """
        self.is_waiting = False
        self._message = message
        self._context.run(self._wake, self)

    def wake(self) -> None:
        """Let the task, if one waits, look around in the loop's next round."""
        if self.is_waiting:
            self.is_waiting = False
            self._loop.call_soon(self._wake, self, context=self._context)

    # What the task asks of anything that it waits for

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def add_done_callback(
        self, wake: Callable[[Waiter], object], *, context: Context
    ) -> None:
        self._wake, self._context = wake, context
        self.is_waiting = True

    def cancel(self, msg: Any = None) -> bool:
        if not self.is_waiting:
            # It is awake already, and cancels itself.
            return False
        self._is_cancelled = True
        self.wake()
        return True

    def result(self) -> None:
        if self._is_cancelled:
            self._is_cancelled = False
            raise asyncio.CancelledError
