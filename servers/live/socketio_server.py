"""A python-socketio server on 127.0.0.1, and one with rooms to walk into."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import socketio
from aiohttp import web

from servers.live.ws_server import Server
from servers.network.listening import HOST, start_task

# How long open requests may take on leaving; aiohttp's default is a minute.
SHUTDOWN_S = 0.1
_OF_THIS_MACHINE = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?::\d+)?")


@asynccontextmanager
async def serving(sio: socketio.AsyncServer, *, port: int = 0) -> AsyncIterator[Server]:
    """A Socket.IO server, served through aiohttp, that ends with the block.

    Entering means that it listens. Leaving ends every session and every background
    task of the server, so the same `sio` can be served again afterwards.

    Args:
        sio: Made with `async_mode="aiohttp"`.
        port: 0 lets the system choose.

    Raises:
        OSError: The port is in use.

    Not handled here: TLS, more than one server (chapter 51).
    """
    with _noting_tasks(sio) as tasks:
        application = web.Application(middlewares=[_noting_requests(tasks)])
        sio.attach(application)
        runner = web.AppRunner(application, shutdown_timeout=SHUTDOWN_S)
        # In tasks of their own context: prints land in the notebook cell that runs.
        await start_task(runner.setup())
        try:
            site = web.TCPSite(runner, HOST, port)
            await start_task(site.start())
            yield Server(site.port)
        finally:
            await sio.shutdown()
            await _end(tasks)
            await runner.cleanup()
            # As new: python-engineio starts its watch over clients only once.
            sio.eio.start_service_task, sio.eio.service_task_event = True, None


Tasks = set[asyncio.Task[Any]]


@contextmanager
def _noting_tasks(sio: socketio.AsyncServer) -> Iterator[Tasks]:
    """The tasks that the server starts: `shutdown` leaves its pings waiting."""
    tasks: Tasks = set()
    start = sio.eio.start_background_task

    def start_and_note(*arguments: Any, **named: Any) -> asyncio.Task[Any]:
        return _note(start(*arguments, **named), tasks)

    sio.eio.start_background_task = start_and_note
    try:
        yield tasks
    finally:
        del sio.eio.start_background_task


def _noting_requests(tasks: Tasks) -> Any:
    """aiohttp does not wait for the requests that it cancels, such as a long poll."""

    @web.middleware
    async def note(request: web.Request, handler: Any) -> web.StreamResponse:
        _note(asyncio.current_task(), tasks)
        return await handler(request)

    return note


def _note(task: asyncio.Task[Any], tasks: Tasks) -> asyncio.Task[Any]:
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


async def _end(tasks: Tasks) -> None:
    """Let the tasks come to their end for a moment, then end them."""
    left = list(tasks)
    if left:
        await asyncio.wait(left, timeout=SHUTDOWN_S)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def rooms_server(**options: Any) -> socketio.AsyncServer:
    """A server with rooms, for anyone who asks: `join`, `leave`, `say` and `tell`.

    `join(room)` and `leave(room)` do what they say. `say(room, text)` lets the whole
    room hear the event `said`, `tell(room, text)` all but the one who tells. Each is
    acknowledged when it is done. Pages of this machine may connect.

    Args:
        options: Passed on to `socketio.AsyncServer`.

    Not handled here: who may join which room, and who may speak there (chapter 42,
    "Break it").
    """
    options = {"cors_allowed_origins": is_of_this_machine} | options
    sio = socketio.AsyncServer(async_mode="aiohttp", **options)

    @sio.event
    async def join(sid: str, room: str) -> None:
        await sio.enter_room(sid, _name(room))

    @sio.event
    async def leave(sid: str, room: str) -> None:
        await sio.leave_room(sid, _name(room))

    @sio.event
    async def say(sid: str, room: str, text: str) -> None:
        await sio.emit("said", text, room=_name(room))

    @sio.event
    async def tell(sid: str, room: str, text: str) -> None:
        await sio.emit("said", text, room=_name(room), skip_sid=sid)

    return sio


def _name(room: Any) -> str:
    # Without a name python-socketio would send to everyone.
    if not isinstance(room, str) or not room:
        raise ValueError(f"a room has a name, not {room!r}")
    return room


def is_of_this_machine(origin: str | None, environ: object = None) -> bool:
    """Whether a page came from a server on this machine, whatever its port.

    Args:
        origin: None when the request names none: then it is no page that asks.
        environ: The request, which python-engineio hands over too.

    >>> is_of_this_machine("http://127.0.0.1:8000"), is_of_this_machine("http://x.vn")
    (True, False)
    """
    return bool(origin and _OF_THIS_MACHINE.fullmatch(origin))
