"""Socket.IO clients on several servers, and what each of them really heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Protocol

import socketio

from servers.live.socketio_people import DEADLINE_S, FENCE
from servers.live.socketio_server import rooms_server, serving
from servers.network.deadline import within
from servers.network.listening import HOST, HasPort

LINK_S = 20.0
AGAIN_S = 0.05


class Spread:
    """Clients by name, each at a server of its own. Made by `spreading`.

    `steps` is what was played, for `widgets.Rooms`. The servers have the events of
    `rooms_server`; the fences are said in a room of that name, so that they take the
    way of everything else, over the broker too.
    """

    def __init__(self) -> None:
        self._clients: dict[str, socketio.AsyncClient] = {}
        self._heard: dict[str, list[str]] = {}
        self._fences: dict[str, set[str]] = {}
        self._fresh = asyncio.Event()
        self._round = 0
        self.steps: list[dict] = []

    async def arrive(self, name: str, at: HasPort) -> None:
        """One more client connects, to this server."""
        client = self._clients[name] = socketio.AsyncClient()
        self._heard[name], self._fences[name] = [], set()

        def said(text: str) -> None:
            if text.startswith(f"{FENCE} "):
                self._fences[name].add(text)
                self._fresh.set()
            else:
                self._heard[name].append(text)

        client.on("said", said)
        headers = {"Host": "chat.example"}
        url = f"http://{HOST}:{at.port}"
        await client.connect(url, headers=headers, transports=["websocket"])
        await self.ask(name, "join", FENCE)

    async def ask(self, name: str, event: str, *data: Any) -> Any:
        """What this client's server acknowledges: `AsyncClient.call`.

        Raises:
            TimeoutError: No acknowledgement came.
        """
        async with within(DEADLINE_S, f"answer to {event}"):
            return await self._clients[name].call(event, data)

    async def join(self, room: str, *names: str) -> None:
        """These clients join, one after the other, and it is a step of each."""
        for name in names:
            await self.ask(name, "join", room)
            self.steps.append({"kind": "join", "who": name, "room": room})

    async def linked(self) -> dict[str, list[str]]:
        """Wait until each hears each, over the broker; what each has heard by then.

        A server subscribes some time after it began to listen, and again some time
        after a broker came back; it tells nobody. So this asks until it is so.

        Raises:
            TimeoutError: It did not become so.
        """
        async with within(LINK_S, "link between all servers"):
            while not await self._fenced(AGAIN_S):
                pass
        return await self.heard()

    async def heard(self, *, alone: bool = False) -> dict[str, list[str]]:
        """What each client has heard since the last call.

        Each lets a fence be said. Servers and brokers keep the order of what one
        server sent, so what has not come before all fences was not sent, or is lost.

        Args:
            alone: There is no way between the servers: each waits for its own fence
                only.
        """
        if not await self._fenced(DEADLINE_S, alone=alone):
            raise TimeoutError(f"No fence within {DEADLINE_S:g} seconds.")
        told = {name: list(said) for name, said in self._heard.items()}
        for said in self._heard.values():
            said.clear()
        return told

    async def _fenced(self, deadline_s: float, *, alone: bool = False) -> bool:
        self._round += 1
        fences = {name: f"{FENCE} {self._round} {name}" for name in self._clients}
        for name, fence in fences.items():
            await self.ask(name, "say", FENCE, fence)
        every = set(fences.values())
        try:
            async with asyncio.timeout(deadline_s):
                while not all(
                    self._fences[name] >= ({fence} if alone else every)
                    for name, fence in fences.items()
                ):
                    self._fresh.clear()
                    await self._fresh.wait()
        except TimeoutError:
            return False
        return True

    async def say(
        self, who: str, room: str, text: str, *, alone: bool = False
    ) -> list[str]:
        """Who hears it when this client says it; a step too."""
        await self.heard(alone=alone)
        await self.ask(who, "say", room, text)
        heard = await self.heard(alone=alone)
        hears = [name for name, texts in heard.items() if text in texts]
        step = {"kind": "emit", "who": who, "room": room, "text": text, "hears": hears}
        self.steps.append(step)
        return hears

    async def go(self) -> None:
        """Everybody disconnects."""
        for client in self._clients.values():
            await client.disconnect()


@asynccontextmanager
async def spreading(
    names: Iterable[str], places: Iterable[HasPort]
) -> AsyncIterator[Spread]:
    """Clients by name, each connected to its own server; they go at the end.

    Args:
        names: Who is there.
        places: Where each of them dials: a server, a child process, a tap. As many as
            there are names.
    """
    people = Spread()
    try:
        for name, at in zip(names, places, strict=True):
            await people.arrive(name, at)
        yield people
    finally:
        await people.go()


class Manager(Protocol):
    """A python-socketio manager that can be opened, and closed again."""

    async def open(self, broker: Any) -> Manager: ...
    async def close(self) -> None: ...


@asynccontextmanager
async def linked_servers(
    manager: Callable[[], Manager], broker: Any, count: int = 3
) -> AsyncIterator[list[HasPort]]:
    """So many servers with rooms in this process, each with a manager of its own.

    Args:
        manager: Makes one. It is subscribed when `open` returns, and is closed at the
            end, after the server that uses it.
        broker: What `open` is called with.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(_refusing_quietly())
        servers = []
        for _ in range(count):
            opened = await manager().open(broker)
            stack.push_async_callback(opened.close)
            sio = rooms_server(client_manager=opened)
            servers.append(await stack.enter_async_context(serving(sio)))
        yield servers


@contextmanager
def _refusing_quietly() -> Iterator[None]:
    """No log of foreign sessions: whoever asks for one is answered 400, and sees it."""

    def is_other(record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Invalid session")

    logger = logging.getLogger("engineio.server")
    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)
