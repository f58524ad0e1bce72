"""Our client in the role that Autobahn's suite judges: it echoes, case after case."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import quote

from servers.live.ws_connection import Connection, ConnectionEnded
from servers.live.ws_server import echo
from servers.wire.http_head import HandshakeError

AGENT = "live-wire"


async def run_cases(
    connect: Callable[[str], AbstractAsyncContextManager[Connection]],
    agent: str = AGENT,
) -> int:
    """How many cases a suite had; each was echoed, and its report asked for at the end.

    Args:
        connect: Opens a connection to a target of the suite, such as "/getCaseCount".
        agent: The name under which the suite reports.

    Source: the Autobahn TestSuite, mode "fuzzingserver". Taught in
    23-server-from-scratch.
    """
    async with connect("/getCaseCount") as connection:
        count = int(await connection.receive())
    name = quote(agent)
    for case in range(1, count + 1):
        # A case may end in any way, but a client that stops is one that failed all.
        try:
            async with connect(f"/runCase?case={case}&agent={name}") as connection:
                await echo(connection)
        except (ConnectionEnded, HandshakeError, TimeoutError) as error:
            print(f"case {case}: {error}", flush=True)
    async with connect(f"/updateReports?agent={name}") as connection:
        await echo(connection)
    return count
