"""A TCP server on 127.0.0.1 that ends with the block that started it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal, Protocol

HOST = "127.0.0.1"

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class HasPort(Protocol):
    """Anything that listens on 127.0.0.1: a server, or a tap."""

    @property
    def port(self) -> int: ...


def start_task(coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """A task whose prints land in the notebook cell that runs when it prints.

    A task inherits the context it is created in, and Jupyter keeps "which cell"
    there. A server outlives cells, so it gets an empty one.
    """
    return asyncio.create_task(coroutine, context=contextvars.Context())


class Tasks:
    """What a server has under way; it ends with the server.

    `failures` holds what was raised in it, in order.
    """

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self.running: set[asyncio.Task[None]] = set()

    def start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = start_task(coroutine)
        self.running.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self.running.discard(task)
        if not task.cancelled() and (failure := task.exception()):
            self.failures.append(failure)

    async def cancel(self) -> None:
        """End all of it, and wait until it has ended."""
        running = list(self.running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def accepting(
    creating: Coroutine[Any, Any, asyncio.Server],
    tasks: Tasks,
    *,
    grace_s: float = 0.0,
    at_end: Callable[[], object] = lambda: None,
) -> AsyncIterator[int]:
    """The port of a server that asyncio creates, until the end of the block.

    Args:
        creating: A call of `asyncio.start_server` or of the loop's `create_server`.
        tasks: What runs for its connections. Leaving ends it; what failed in it is
            raised then.
        grace_s: How long it may take to end by itself on leaving.
        at_end: Called when the port is closed and the tasks have ended.

    Raises:
        OSError: The port is in use; take another, or 0.
    """
    server = await start_task(creating)
    ticking = start_task(_tick())
    try:
        yield server.sockets[0].getsockname()[1]
        if tasks.running and grace_s:
            await asyncio.wait(tasks.running, timeout=grace_s)
    except Exception as error:
        # What failed in the server is why its client failed.
        if tasks.failures:
            raise tasks.failures[0] from error
        raise
    finally:
        server.close()
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        await tasks.cancel()
        at_end()
        await server.wait_closed()
    if tasks.failures:
        raise tasks.failures[0]


@asynccontextmanager
async def listening(
    on_connection: Handler, *, port: int = 0, grace_s: float = 0.0
) -> AsyncIterator[int]:
    """The port on which `on_connection(reader, writer)` is called per connection.

    Entering means that it listens. Leaving closes the port and every connection,
    also when the cell is interrupted; an exception of `on_connection` is raised then.

    Args:
        port: 0 lets the system choose a free one.
        grace_s: How long connections may take to end by themselves on leaving.

    Raises:
        OSError: The port is in use; take another, or 0.
    """
    tasks = Tasks()

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await on_connection(reader, writer)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.start(run(reader, writer))

    starting = asyncio.start_server(accept, HOST, port)
    async with accepting(starting, tasks, grace_s=grace_s) as chosen_port:
        yield chosen_port


def clock_kind() -> Literal["measured", "virtual"]:
    """What the running event loop's times are: this machine's, or simulated."""
    return getattr(asyncio.get_running_loop(), "clock", "measured")


async def _tick() -> None:
    # A sleeping event loop does not notice Jupyter's interrupt: its signal handler
    # only queues a callback. So the loop is woken now and then. In virtual time no
    # loop sleeps, and a night would have 144,000 such moments.
    while clock_kind() == "measured":  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.2)
