"""Virtual time: an hour of heartbeats in milliseconds, the same on every run.

Knows nothing but asyncio's own interfaces: no sockets, no threads.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import heapq
import importlib
import itertools
import math
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn, TypeVar

from servers.network.memory import in_memory
from servers.network.seeding import BEGAN_S, replacing, seeding, wall_clock

Result = TypeVar("Result")

DAY_S = 24 * 60 * 60.0
# Where the libraries look at the clock on the wall.
_CLOCKS = [
    ("aiohttp.helpers", "time"),
    ("aiohttp.cookiejar", "time"),
    ("engineio.base_client", "time"),
    ("engineio.base_socket", "time"),
    ("engineio.async_socket", "time"),
]


def simulate(
    main: Callable[[], Coroutine[Any, Any, Result]],
    *,
    seed: int = 0,
    limit_s: float = DAY_S,
) -> Result:
    """What `main()` returns, run to its end in virtual time over a network in memory.

    Waiting costs nothing: when nobody has anything to do, the clock jumps to the next
    moment at which somebody has. No `await` before it: the call returns when `main`
    is over, in a notebook cell too.

    Args:
        main: A coroutine function without arguments. It asks
            `asyncio.get_running_loop().time()` for the time: seconds, from 0. Faults
            are given to an `in_memory` of its own.
        seed: One number gives the same masks, keys, session ids, jitter and order.
        limit_s: Virtual seconds after which a simulation without end is given up.

    Raises:
        TimeoutError: `limit_s` has passed, or everybody waits for ever.

    >>> async def an_hour():
    ...     await asyncio.sleep(3600)
    ...     return asyncio.get_running_loop().time()
    >>> simulate(an_hour)
    3600.0
    """

    async def connected() -> Result:
        async with in_memory():
            return await main()

    loop = VirtualLoop(limit_s)
    with ExitStack() as stack:
        stack.enter_context(seeding(seed))
        stack.enter_context(wall_clock(lambda: BEGAN_S + loop.time(), _CLOCKS))
        stack.enter_context(_numbered_connections())
        stack.enter_context(_no_collector())
        stack.enter_context(_no_loop_running())
        stack.enter_context(_interruptible())
        try:
            return loop.run_until_complete(connected())
        finally:
            try:
                _cancel_all(loop)
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                loop.close()


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio's event loop with a clock that jumps in place of waiting."""

    clock = "virtual"  # what a trace says about its times

    def __init__(self, limit_s: float = DAY_S) -> None:
        super().__init__()
        self._now_s = 0.0
        self._limit_s = limit_s
        # asyncio waits here for sockets or the next timer; there are only timers.
        self._selector = self
        self._numbers = itertools.count()
        self.set_task_factory(self._numbered_task)

    def time(self) -> float:
        return self._now_s

    def select(self, timeout: float | None) -> list[object]:
        """Jump to the next timer."""
        if timeout is None:
            raise TimeoutError("Everybody waits, and nothing will ever come.")
        if timeout > 0:
            # Not now + timeout: adding up would round.
            self._now_s = self._scheduled[0].when()
        if self._now_s > self._limit_s:
            self._limit_s = math.inf  # once; then the tasks may clean up
            raise TimeoutError(f"Still busy at {self._now_s:g} virtual seconds.")
        return []

    def run_in_executor(
        self, executor: object, function: Callable[..., Any], *arguments: Any
    ) -> asyncio.Future[Any]:
        """No threads here: the function is called now."""
        future = self.create_future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    async def subprocess_exec(self, *arguments: Any, **options: Any) -> NoReturn:
        raise NotImplementedError("A process knows no virtual time; run it for real.")

    subprocess_shell = subprocess_exec

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *arguments: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        self._check_closed()
        timer = _NumberedTimer(when, callback, arguments, self, context)
        timer.number = next(self._numbers)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer

    def _numbered_task(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
    ) -> asyncio.Task[Any]:
        return _NumberedTask(next(self._numbers), coroutine, loop=loop, **options)

    # The rest of what asyncio's base class leaves open.

    def _process_events(self, events: list[object]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


class _NumberedTimer(asyncio.TimerHandle):
    # For one and the same moment: who asked first is called first.
    number = 0

    def __lt__(self, other: _NumberedTimer) -> bool:
        return (self._when, self.number) < (other._when, other.number)


class _NumberedTask(asyncio.Task):
    # asyncio keeps tasks in sets, whose order follows the hash: by default the place
    # in memory, which differs from process to process.
    def __init__(self, number: int, coroutine: Any, **options: Any) -> None:
        self._number = number
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self._number


@contextmanager
def _numbered_connections() -> Iterator[None]:
    # Chats keep websockets' connections in sets, too.
    if "websockets" not in sys.modules:
        yield
        return
    module = importlib.import_module("websockets.asyncio.connection")
    numbers = itertools.count()

    def number(self: Any) -> int:
        return vars(self).setdefault("_number", next(numbers))

    with replacing([(module.Connection, "__hash__", number)]):
        yield


@contextmanager
def _no_collector() -> Iterator[None]:
    # The garbage collector comes when enough was allocated, before the simulation
    # too: finalizers would run at other moments in each process. It is also two
    # thirds of the work with thousands of connections.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _no_loop_running() -> Iterator[None]:
    # A notebook cell runs inside a loop, and asyncio allows one at a time: the outer
    # one is put aside, as a whole, until the inner one is done.
    outer = asyncio._get_running_loop()
    swap = getattr(asyncio.tasks, "_swap_current_task", None)  # from 3.12 on
    task = swap(outer, None) if swap and outer else None
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(outer)
        if swap and outer:
            swap(outer, task)


@contextmanager
def _interruptible() -> Iterator[None]:
    # Jupyter's handler for "interrupt" only queues a callback of the outer loop.
    try:
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
    except ValueError:  # not the main thread: interrupts go elsewhere
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _cancel_all(loop: VirtualLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
