"""Socket.IO clients on several servers, and what each of them really heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import socketio

from servers.live.socketio_people import DEADLINE_S, FENCE
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

    async def linked(self) -> None:
        """Wait until each hears each, over the broker; forget what was heard so far.

        A server subscribes some time after it began to listen, and again some time
        after a broker came back; it tells nobody. So this asks until it is so.

        Raises:
            TimeoutError: It did not become so.
        """
        async with within(LINK_S, "link between all servers"):
            while not await self._fenced(AGAIN_S):
                pass
        await self.heard()

    async def heard(self, *, linked: bool = True) -> dict[str, list[str]]:
        """What each client has heard since the last call.

        Each lets a fence be said. Servers and brokers keep the order of what one
        server sent, so what has not come before all fences was not sent, or is lost.

        Args:
            linked: Whether there is a way between the servers. If not, each waits for
                its own fence only.
        """
        if not await self._fenced(DEADLINE_S, linked=linked):
            raise TimeoutError(f"No fence within {DEADLINE_S:g} seconds.")
        told = {name: list(said) for name, said in self._heard.items()}
        for said in self._heard.values():
            said.clear()
        return told

    async def _fenced(self, deadline_s: float, *, linked: bool = True) -> bool:
        self._round += 1
        fences = {name: f"{FENCE} {self._round} {name}" for name in self._clients}
        for name, fence in fences.items():
            await self.ask(name, "say", FENCE, fence)
        every = set(fences.values())
        try:
            async with asyncio.timeout(deadline_s):
                while not all(
                    self._fences[name] >= (every if linked else {fence})
                    for name, fence in fences.items()
                ):
                    self._fresh.clear()
                    await self._fresh.wait()
        except TimeoutError:
            return False
        return True

    async def say(
        self, who: str, room: str, text: str, *, linked: bool = True
    ) -> list[str]:
        """Who hears it when this client says it; a step too."""
        await self.heard(linked=linked)
        await self.ask(who, "say", room, text)
        heard = await self.heard(linked=linked)
        hears = [name for name, texts in heard.items() if text in texts]
        step = {"kind": "emit", "who": who, "room": room, "text": text, "hears": hears}
        self.steps.append(step)
        return hears

    async def go(self) -> None:
        """Everybody disconnects."""
        for client in self._clients.values():
            await client.disconnect()


@asynccontextmanager
async def spreading(places: dict[str, HasPort]) -> AsyncIterator[Spread]:
    """Clients by name, each connected to its own server; they go at the end.

    Args:
        places: Where each of them dials: a server, a child process, a tap.
    """
    people = Spread()
    try:
        for name, at in places.items():
            await people.arrive(name, at)
        yield people
    finally:
        await people.go()
