"""A WebSocket client that comes back when its connection is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from servers.live.ws_client import connecting
from servers.live.ws_connection import Connection, ConnectionEnded
from servers.network.seeding import chance
from servers.wire.coming_back import Backoff, asks_to_come_back

# Whoever only listens would never notice that the other end is gone.
HEARTBEAT_S = 20.0


async def reconnecting(
    url: str,
    talk: Callable[[Connection], Awaitable[None]],
    *,
    backoff: Backoff | None = None,
    **options: Any,
) -> None:
    """Call `talk` with an open connection, and again with a new one when it is lost.

    Returns when `talk` returns while its connection is still open, which is then
    closed, or when the server has said 1000.

    Args:
        talk: What to do on a connection, from the beginning: log in, ask for what was
            missed, listen. It may let `ConnectionEnded` pass.
        backoff: How long to wait between attempts; by default 1 s at most after a
            stable connection, then up to 30 s, drawn by lot.
        options: As for `connecting`; a heartbeat every 20 s and no deadline for a
            message, unless they say otherwise.

    Raises:
        ConnectionEnded: The server does not want this client back; `code` says why.
        HandshakeError: It refused the connection.

    Not handled here: a server that refuses for a time only (503); messages sent while
    there is no connection. Taught in 22-ping-close-reconnect.
    """
    backoff = backoff or Backoff(chance())
    options = {"heartbeat_s": HEARTBEAT_S, "receive_deadline_s": None} | options
    now_s = asyncio.get_running_loop().time
    while True:
        opened_s: float | None = None
        try:
            async with connecting(url, **options) as connection:
                opened_s = now_s()
                ended = await _talk(connection, talk)
        except OSError:
            if opened_s is not None:
                raise  # not the network's: from `talk`
            ended = ConnectionEnded(1006)
        if ended is None or ended.code == 1000:
            return
        if not asks_to_come_back(ended.code):
            raise ended
        lasted_s = 0.0 if opened_s is None else now_s() - opened_s
        await asyncio.sleep(backoff.pause_s(lasted_s))


async def _talk(
    connection: Connection, talk: Callable[[Connection], Awaitable[None]]
) -> ConnectionEnded | None:
    """How the connection ended while `talk` went on; None: it did not."""
    try:
        await talk(connection)
        while connection.state != "open":
            await connection.receive()  # what is left, until it says how it ended
    except ConnectionEnded as ended:
        return ended
    return None
