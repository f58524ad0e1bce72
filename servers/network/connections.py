"""What a network in memory holds: connections, and servers that listen."""

from __future__ import annotations

import asyncio
import contextvars
import math
from collections.abc import Callable

from servers.network.ends import End
from servers.network.faults import Way
from servers.network.listening import HOST
from servers.network.memory_socket import MemorySocket

ProtocolFactory = Callable[[], asyncio.BaseProtocol]


class Connection:
    """Two ends and what lies between them."""

    def __init__(self, client: End, server: End, port: int) -> None:
        self.client = client
        self.server = server
        self.port = port
        client.peer, server.peer = server, client

    def lay(self, far: Way, taps: list[Way]) -> None:
        """Decide what the bytes pass: the taps first, from either side.

        So a tap sees everything at the moment at which it was sent.
        """
        to_server = far("client", self.server.arrive)
        for way in reversed(taps):
            to_server = way("client", to_server)
        to_client = far("server", self.client.arrive)
        for way in taps:
            to_client = way("server", to_client)
        self.client.send_on, self.server.send_on = to_server, to_client

    def lift_window(self) -> None:
        """The server may send without end: something on the way keeps it all."""
        self.server.credit(math.inf)

    @property
    def is_cut(self) -> bool:
        return self.client.deaf

    def cut(self) -> None:
        """Nothing arrives any more, and nobody is told."""
        self.client.deaf = self.server.deaf = True

    def reset(self) -> None:
        """Both ends get RST."""
        self.client.arrive("reset")
        self.server.arrive("reset")

    def abort(self) -> None:
        self.cut()
        self.client.abort()
        self.server.abort()


class Listener(asyncio.AbstractServer):
    """A server that listens in memory, with asyncio's interface.

    Not handled here: a limit of connections that wait to be accepted.
    """

    def __init__(
        self, port: int, factory: ProtocolFactory, when_closed: Callable[[int], object]
    ) -> None:
        self.sockets: tuple[MemorySocket, ...] = (MemorySocket((HOST, port)),)
        self._factory = factory
        # As with a socket: whoever dials does not lend the server a context.
        self._context = contextvars.copy_context()
        self.port = port
        self.is_down = False
        self._when_closed = when_closed
        self._closed = asyncio.get_running_loop().create_future()

    def accept(self, end: End) -> None:
        """Tie the server's end of a new connection to its program."""
        self._context.copy().run(lambda: end.start(self._factory()))

    def close(self) -> None:
        """Free the port. Open connections go on."""
        if self.sockets:
            self.sockets = ()
            self._when_closed(self.port)
            self._closed.set_result(None)

    async def wait_closed(self) -> None:
        await asyncio.shield(self._closed)

    def is_serving(self) -> bool:
        return bool(self.sockets)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._closed.get_loop()

    async def start_serving(self) -> None:
        """It serves from the beginning."""

    async def serve_forever(self) -> None:
        try:
            await self.wait_closed()
        finally:
            self.close()
