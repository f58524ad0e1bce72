"""TCP in memory: the same libraries and the same cells, without a socket.

Knows nothing but asyncio's own interfaces: no sockets, no threads.
"""

from __future__ import annotations

import asyncio
import socket
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from servers.network.connections import Listener, ProtocolFactory
from servers.network.ends import WINDOW_BYTES, End
from servers.network.faults import Fault
from servers.network.listening import HOST
from servers.network.memory_socket import answer_httpcore
from servers.network.network import Network

_plugged: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, list[Face]]
_plugged = weakref.WeakKeyDictionary()


@asynccontextmanager
async def in_memory(
    *faults: Fault, window_bytes: int = WINDOW_BYTES
) -> AsyncIterator[Network]:
    """A network in memory, which every library in the block uses in place of sockets.

    Servers and connections that the running event loop is asked for are made in
    memory, whatever host they name; what was open before goes on as it was. Leaving
    ends what is still open.

    Args:
        faults: What stands between clients and servers, seen from the client.
        window_bytes: How much an end takes before its program reads; then the
            sender waits.

    Not handled here: TLS, UDP, Unix sockets.

    >>> async def demo():
    ...     async def shout(reader, writer):
    ...         writer.write((await reader.read(100)).upper())
    ...         writer.close()
    ...     async with in_memory(Link(rtt_ms=2)):
    ...         await asyncio.start_server(shout, "chat.example", 80)
    ...         reader, writer = await asyncio.open_connection("chat.example", 80)
    ...         writer.write(b"hello")
    ...         return await reader.read()
    >>> from servers.network.faults import Link
    >>> asyncio.run(demo())
    b'HELLO'
    """
    network = Network(*faults, window_bytes=window_bytes)
    plug_in(network)
    try:
        yield network
    finally:
        unplug()
        network.close()
        # The ends tell their programs on the loop's next turn.
        await asyncio.sleep(0)


def plug_in(network: Network) -> None:
    """From here on the running event loop uses `network`, until `unplug`."""
    loop = asyncio.get_running_loop()
    face = Face(network, loop)
    _plugged.setdefault(loop, []).append(face)
    face.put_on()


def unplug() -> None:
    """The running event loop uses again what it used before the last `plug_in`."""
    _plugged[asyncio.get_running_loop()].pop().take_off()


def network_here() -> Network | None:
    """The network in memory that the running event loop uses; None: real sockets."""
    faces = _plugged.get(asyncio.get_running_loop())
    return faces[-1].network if faces else None


class Face:
    """What the event loop is asked for, answered by a network in memory.

    Its public coroutines stand in for the loop's methods of the same names.
    """

    STANDS_IN = (
        "create_server",
        "create_connection",
        "sock_connect",
        "getaddrinfo",
        "getnameinfo",
        "start_tls",
    )

    def __init__(self, network: Network, loop: asyncio.AbstractEventLoop) -> None:
        self.network = network
        self._loop = loop
        self._before: dict[str, Any] = {}
        # Sockets that aiohttp made and connected, before it asks for a transport.
        self._dialled: weakref.WeakKeyDictionary[socket.socket, End]
        self._dialled = weakref.WeakKeyDictionary()

    def put_on(self) -> None:
        for name in self.STANDS_IN:
            if name in vars(self._loop):
                self._before[name] = vars(self._loop)[name]
            setattr(self._loop, name, getattr(self, name))

    def take_off(self) -> None:
        for name in self.STANDS_IN:
            delattr(self._loop, name)
        for name, value in self._before.items():
            setattr(self._loop, name, value)

    async def create_server(
        self,
        protocol_factory: ProtocolFactory,
        host: object = None,
        port: int | None = None,
        *,
        sock: socket.socket | None = None,
        ssl: object = None,
        **options: object,
    ) -> Listener:
        if ssl:
            _refuse_tls()
        if sock is not None:
            port = sock.getsockname()[1]
        return self.network.listen(protocol_factory, port or 0)

    async def create_connection(
        self,
        protocol_factory: ProtocolFactory,
        host: str | None = None,
        port: int | None = None,
        *,
        sock: socket.socket | None = None,
        ssl: object = None,
        **options: object,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        if ssl:
            _refuse_tls()
        if sock is not None:
            end = self._dialled.pop(sock)
            sock.close()
        else:
            end = await self.network.dial(int(port or 0))
        answer_httpcore()
        protocol = protocol_factory()
        end.start(protocol)
        await asyncio.sleep(0)  # `connection_made` first, as with sockets
        return end, protocol

    async def sock_connect(self, sock: socket.socket, address: tuple) -> None:
        self._dialled[sock] = await self.network.dial(address[1])

    async def getaddrinfo(
        self, host: object, port: object, **options: object
    ) -> list[tuple]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        return [(*kind, "", (HOST, int(port or 0)))]

    async def getnameinfo(self, sockaddr: tuple, flags: int = 0) -> tuple[str, str]:
        return sockaddr[0], str(sockaddr[1])

    async def start_tls(self, *arguments: object, **options: object) -> NoReturn:
        _refuse_tls()


def _refuse_tls() -> NoReturn:
    raise NotImplementedError(
        "There is no TLS in memory: nobody else could read the bytes. Use ws:// or"
        " http:// here, and real sockets for wss:// and https://."
    )
