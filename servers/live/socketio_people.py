"""Socket.IO clients by name, and what each of them really heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import socketio

from servers.live.socketio_server import serving
from servers.network.deadline import within
from servers.network.listening import HOST, HasPort

DEADLINE_S = 5.0
FENCE = "fence"


class People:
    """Clients of one server, by name. Made by `meeting`.

    `people["An"]` is An's `socketio.AsyncClient`; `steps` is what was played.

    Args:
        sio: The server that they talk to: it sends the fences.
        at: The server or tap to dial.
        connect: Passed on to `AsyncClient.connect`.
    """

    def __init__(
        self, sio: socketio.AsyncServer, at: HasPort, connect: dict[str, Any]
    ) -> None:
        self._sio = sio
        self._connect = connect | {"url": f"http://{HOST}:{at.port}"}
        self._clients: dict[str, socketio.AsyncClient] = {}
        self._heard: dict[str, list[Any]] = {}
        self._fences: asyncio.Queue[str] = asyncio.Queue()
        self.steps: list[dict] = []

    def __getitem__(self, name: str) -> socketio.AsyncClient:
        return self._clients[name]

    def sid(self, name: str, namespace: str = "/") -> str:
        """The session id that the server knows this client by."""
        return self._clients[name].get_sid(namespace)

    async def arrive(self, name: str) -> None:
        """One more client connects."""
        client = socketio.AsyncClient()
        heard = self._heard[name] = []
        for namespace in self._connect["namespaces"]:
            # With only one catch-all handler an event named "fence" would be heard.
            client.on("*", lambda _, *data: heard.extend(data[:1]), namespace=namespace)
        client.on(FENCE, lambda: self._fences.put_nowait(name))
        await client.connect(**self._connect)
        self._clients[name] = client

    async def leave(self, name: str) -> None:
        """A client disconnects, and the server has noticed."""
        sid = self.sid(name)
        client = self._clients.pop(name)
        del self._heard[name]
        await client.disconnect()
        async with within(DEADLINE_S, f"end of {name}'s session"):
            # The server tells nobody but its handlers, and those are the chapter's.
            while self._sio.manager.is_sid_room("/", sid):  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def heard(self) -> dict[str, list[Any]]:
        """What each client has heard since the last call: the events' first arguments.

        The server sends each of them a fence, an empty event. One connection keeps its
        order: what a client has not heard when its fence arrives was not sent to it.
        """
        for name in self._clients:
            await self._sio.emit(FENCE, to=self.sid(name))
        async with within(DEADLINE_S, "fence"):
            for _ in self._clients:
                await self._fences.get()
        told = {name: list(said) for name, said in self._heard.items()}
        for said in self._heard.values():
            said.clear()
        return told

    async def ask(self, name: str, event: str, *data: Any) -> Any:
        """What the server answers when this client sends an event: `AsyncClient.call`.

        Raises:
            NameError: The server has no such handler, which python-socketio answers
                with silence; the cell that makes it has not run.
            TimeoutError: No acknowledgement came.
        """
        if event not in self._sio.handlers.get("/", {}):
            raise NameError(f"the server has no handler {event!r}", name=event)
        async with within(DEADLINE_S, f"answer to {event}"):
            return await self[name].call(event, data)

    async def join(self, room: str, *names: str) -> None:
        """These clients ask for `join(room)`, one after the other, and are in."""
        for name in names:
            await self.ask(name, "join", room)

    async def play(
        self, kind: str, who: str | None = None, room: str | None = None, **more: Any
    ) -> None:
        """Do one step of `widgets.Rooms` and note it in `steps`, with who heard it.

        Needs a server with the events of `rooms_server`. An "emit" of somebody goes
        through `tell` when the step skips them, else through `say`; one without `who`
        comes from the server itself.
        """
        said = {"who": who, "room": room}
        step = {"kind": kind} | {k: v for k, v in said.items() if v is not None} | more
        if kind == "connect":
            await self.arrive(who)
        elif kind == "disconnect":
            await self.leave(who)
        elif kind == "emit":
            await self.heard()
            await self._emit(**step)
            heard = await self.heard()
            step["hears"] = [name for name, told in heard.items() if told]
        else:
            await self.ask(who, kind, room)
        self.steps.append(step)

    async def _emit(
        self,
        text: str,
        who: str | None = None,
        room: str | None = None,
        skip: Iterable[str] = (),
        **_: Any,
    ) -> None:
        if who is None:
            sids = [self.sid(name) for name in skip]
            await self._sio.emit("said", text, room=room, skip_sid=sids)
        else:
            event = "tell" if who in skip else "say"
            await self.ask(who, event, room, text)

    async def go(self) -> None:
        """Everybody disconnects."""
        for name in list(self._clients):
            await self._clients.pop(name).disconnect()


@asynccontextmanager
async def meeting(
    sio: socketio.AsyncServer,
    names: Iterable[str] = (),
    *,
    at: HasPort | None = None,
    namespaces: Iterable[str] = ("/",),
    host: str = "chat.example",
) -> AsyncIterator[People]:
    """Clients with these names, connected one after the other; they go at the end.

    Args:
        sio: The server; it is served while they meet, unless `at` is given.
        names: Who is there from the beginning; others may `arrive`.
        at: The server as it is served already, or a tap in front of it.
        namespaces: What each of them connects to, over one connection.
        host: What the requests call the server: the same on every run.

    Raises:
        TimeoutError: An answer did not come.
        socketio.exceptions.ConnectionError: The server refused a client.

    Not handled here: long polling. python-socketio's client takes 30 seconds to
    disconnect from it (5.18.1).
    """
    connect = {
        "namespaces": list(namespaces),
        "transports": ["websocket"],
        "headers": {"Host": host},
    }
    async with AsyncExitStack() as stack:
        at = at or await stack.enter_async_context(serving(sio))
        people = People(sio, at, connect)
        stack.push_async_callback(people.go)
        for name in names:
            await people.arrive(name)
        yield people
