"""A TCP server on 127.0.0.1 that ends with the block that started it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol

HOST = "127.0.0.1"
# How many connections may wait to be accepted when thousands come at once.
BACKLOG = 4096

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
    tasks: set[asyncio.Task[None]] = set()
    failures: list[BaseException] = []

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await on_connection(reader, writer)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = start_task(run(reader, writer))
        tasks.add(task)
        task.add_done_callback(finish)

    def finish(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()):
            failures.append(failure)

    server = await start_task(asyncio.start_server(accept, HOST, port))
    ticking = start_task(_tick())
    try:
        yield server.sockets[0].getsockname()[1]
        if tasks and grace_s:
            await asyncio.wait(tasks, timeout=grace_s)
    except Exception as error:
        # What failed in the server is why its client failed.
        if failures:
            raise failures[0] from error
        raise
    finally:
        server.close()
        left = [ticking, *tasks]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await server.wait_closed()
    if failures:
        raise failures[0]


@asynccontextmanager
async def accepting(
    protocol_factory: Callable[[], asyncio.BaseProtocol], *, port: int = 0
) -> AsyncIterator[int]:
    """The port on which each connection gets a protocol, without a task or streams.

    A tenth of what `listening` needs for a connection; for servers that hold
    thousands. Leaving closes the port; the connections are the caller's to close.

    Args:
        port: 0 lets the system choose a free one.

    Raises:
        OSError: The port is in use; take another, or 0.
    """
    loop = asyncio.get_running_loop()
    server = await start_task(
        loop.create_server(protocol_factory, HOST, port, backlog=BACKLOG)
    )
    ticking = start_task(_tick())
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)


async def _tick() -> None:
    # A sleeping event loop does not notice Jupyter's interrupt: its signal handler
    # only queues a callback. So the loop is woken now and then.
    while True:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.2)
