"""An aiohttp application on 127.0.0.1 that ends with the block that started it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from servers.network.listening import HOST


@asynccontextmanager
async def running(application: web.Application, port: int = 0) -> AsyncIterator[int]:
    """The port on which the application answers. Entering means that it listens.

    A handler whose client has gone is cancelled, and so are those that still run
    when the block ends.

    Args:
        port: 0 lets the system choose a free one.

    Raises:
        OSError: The port is in use.
    """
    runner = web.AppRunner(
        application, shutdown_timeout=0.1, handler_cancellation=True, access_log=None
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
