"""A server that goes on after its cell, until somebody says that it is over."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, suppress

from servers.network.listening import HasPort, start_task
from servers.network.tap import Tap, tapping


class Background:
    """A server behind a tap, in a task of its own.

    A cell that waits for the browser would keep the reader from everything else; so
    it returns at once, and the server ends when `over` is set, or after the deadline.

    Args:
        server: What starts it, such as `serving()`.
        deadline_s: How long it may run when nobody ends it.
    """

    def __init__(
        self, server: AbstractAsyncContextManager[HasPort | int], deadline_s: float
    ) -> None:
        self.over = asyncio.Event()
        self._server, self._deadline_s = server, deadline_s
        self._tap: asyncio.Future[Tap] = asyncio.get_running_loop().create_future()
        self.task = start_task(self._run())

    async def listens(self) -> Tap:
        """The open tap, as soon as the server listens.

        Raises:
            OSError: It could not; whatever else the server raises, too.
        """
        await asyncio.wait([self.task, self._tap], return_when="FIRST_COMPLETED")
        if not self._tap.done():
            self.task.result()
        return self._tap.result()

    async def end(self) -> None:
        """Ends the server, and raises what it failed with."""
        self.over.set()
        await asyncio.wait([self.task])
        self.task.result()

    async def _run(self) -> None:
        async with self._server as server, tapping(server) as tap:
            self._tap.set_result(tap)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._deadline_s):
                    await self.over.wait()
