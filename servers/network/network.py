"""The network in memory: ports, connections, and what people do to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from servers.network.connections import Connection, Listener, ProtocolFactory
from servers.network.ends import WINDOW_BYTES, End
from servers.network.faults import Fault, Link, Way, join, keeps, through
from servers.network.listening import HOST, HasPort
from servers.network.memory_socket import (
    in_use,
    out_of_ports,
    refused,
    timed_out,
    too_many,
)
from servers.network.seeding import chance

# The range Linux takes ports from when nobody asks for one.
EPHEMERAL_PORTS = range(32768, 61000)
# How long Linux tries to reach a host that does not answer.
CONNECT_PATIENCE_S = 127.0


@dataclass(frozen=True)
class TapPort:
    """A port that leads on to another one, past somebody who looks.

    Args:
        target: The port behind it.
        opened: Called with each new connection; gives what the bytes pass here.
        closed: Called with each that has ended.
    """

    target: int
    opened: Callable[[Connection], Way]
    closed: Callable[[Connection], object]


class Network:
    """The wires between clients and servers. Made by `in_memory`.

    Args:
        faults, window_bytes: As for `in_memory`.
        most: How many connections may be open at once; None: as many as ports.
    """

    def __init__(
        self,
        *faults: Fault,
        window_bytes: int = WINDOW_BYTES,
        most: int | None = None,
    ) -> None:
        self._faults = through(faults)
        self._rtt_s = sum(f.rtt_ms for f in faults if isinstance(f, Link)) / 1000
        self._window_bytes = window_bytes
        self._chance = chance()
        self._most = len(EPHEMERAL_PORTS) if most is None else most
        self._is_cut = False
        self._listeners: dict[int, Listener | TapPort] = {}
        # By the client's port, in the order in which they were opened.
        self._connections: dict[int, Connection] = {}
        self._next_ports: Iterator[int] = cycle(EPHEMERAL_PORTS)

    # What people do to a network

    @property
    def connections(self) -> list[Connection]:
        """The open connections, in the order in which they were opened."""
        return list(self._connections.values())

    def cut(self) -> None:
        """Pull the cable: what is open stays open, half-open, and nothing arrives.

        Nobody is told. New connections get no answer until `mend`.

        Not handled here: the system that gives up sending after about 15 minutes.
        """
        self._is_cut = True
        for connection in self.connections:
            connection.cut()

    def mend(self) -> None:
        """A new cable, on which new connections work; the old ones stay dead."""
        self._is_cut = False

    def reset(self) -> None:
        """Tear down every open connection: both ends get RST."""
        for connection in self.connections:
            connection.reset()

    async def restart(self, server: HasPort | int, down_s: float = 1.0) -> None:
        """What clients see when a server dies and is back after `down_s` seconds.

        Its connections end, and its port refuses new ones in between. The program
        goes on and finds its connections gone.

        Raises:
            ConnectionRefusedError: Nobody listens there.
        """
        port = server if isinstance(server, int) else server.port
        listener, _ = self._find(port)
        listener.is_down = True
        for connection in self.connections:
            if connection.port == listener.port:
                connection.server.abort()
        await asyncio.sleep(down_s)
        listener.is_down = False

    # What asyncio asks of it

    def listen(self, factory: ProtocolFactory, port: int = 0) -> Listener:
        """A server on a port; 0: one that is free.

        Raises:
            OSError: The port is in use.
        """
        if port in self._listeners:
            raise in_use((HOST, port))
        port = port or self._free_port()
        listener = Listener(port, factory, self._listeners.pop)
        self._listeners[port] = listener
        return listener

    def tap(self, tap: TapPort) -> int:
        """The port of a tap."""
        port = self._free_port()
        self._listeners[port] = tap
        return port

    def untap(self, port: int) -> None:
        del self._listeners[port]

    async def dial(self, port: int) -> End:
        """The client's end of a new connection.

        Raises:
            ConnectionRefusedError: Nobody listens there.
            TimeoutError: The cable is cut.
            OSError: No more connections may be open.
        """
        if len(self._connections) >= self._most:
            raise too_many(self._most)
        if self._is_cut:
            await asyncio.sleep(CONNECT_PATIENCE_S)
            raise timed_out((HOST, port))
        await asyncio.sleep(self._rtt_s)
        listener, taps = self._find(port)
        connection = self._connect(port, listener, taps)
        listener.accept(connection.server)
        return connection.client

    def close(self) -> None:
        """End every server and connection."""
        for listener in list(self._listeners.values()):
            if isinstance(listener, Listener):
                listener.close()
        for connection in self.connections:
            connection.abort()

    def _find(self, port: int) -> tuple[Listener, list[TapPort]]:
        taps = []
        listener = self._listeners.get(port)
        while isinstance(listener, TapPort):
            taps.append(listener)
            listener = self._listeners.get(listener.target)
        if listener is None or listener.is_down:
            raise refused((HOST, port))
        return listener, taps

    def _connect(
        self, port: int, listener: Listener, taps: list[TapPort]
    ) -> Connection:
        loop = asyncio.get_running_loop()
        at, server_at = (HOST, self._free_port()), (HOST, listener.port)

        def forget(_: End) -> None:
            if connection.client.is_closed and connection.server.is_closed:
                del self._connections[at[1]]
                for tap in taps:
                    tap.closed(connection)

        connection = Connection(
            End(loop, at, (HOST, port), self._window_bytes, forget),
            End(loop, server_at, at, self._window_bytes, forget),
            listener.port,
        )
        self._connections[at[1]] = connection
        if keeps(self._faults):
            connection.lift_window()
        connection.lay(
            join(self._faults, loop, self._chance),
            [tap.opened(connection) for tap in taps],
        )
        return connection

    def _free_port(self) -> int:
        for port in self._next_ports:
            if port not in self._listeners and port not in self._connections:
                return port
            if len(self._connections) + len(self._listeners) >= len(EPHEMERAL_PORTS):
                break
        raise out_of_ports()
