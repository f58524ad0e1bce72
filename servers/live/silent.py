"""Servers for many people who say nothing, each in a process of its own.

What they cost is asked of that process alone: the clients' sockets are not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import selectors
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from functools import partial
from typing import NamedTuple

from servers.live.processes import Child, running_program
from servers.network.file_limit import allow_files
from servers.network.listening import HOST, HasPort

STATE = b"state\n"
FILES = 20_000
BACKLOG = 1024
DEADLINE_S = 20.0


class State(NamedTuple):
    """What a server says of its process."""

    connected: int
    threads: int
    memory_kib: float


def silent_server(kind: str, files: int = FILES) -> AbstractAsyncContextManager[Child]:
    """A server in a process of its own; what it is told, it sends back.

    Args:
        kind: "threads": one for each connection; "loop": one event loop, made of
            `selectors`; "asyncio": the library's.
        files: How many files and sockets it may have open.

    Raises:
        OSError: It did not start.

    Not handled here: messages cut by TCP, readers slower than they write, and, with
    threads, a full table of files. Taught in 11-concurrency.
    """
    program = [sys.executable, "-m", "servers.live.silent", kind, "--files", str(files)]
    return running_program(
        lambda port: [*program, "--port", str(port)], f"the server ({kind})", "tcp"
    )


@contextmanager
def crowd(at: HasPort, numbers: Iterable[object]) -> Iterator[list[socket.socket]]:
    """A connection for each of `numbers`, all open until the end of the block.

    Raises:
        OSError: Not so many; too few files are allowed, or the server is gone.
    """
    people: list[socket.socket] = []
    try:
        for _ in numbers:
            address = (HOST, at.port)
            people.append(socket.create_connection(address, timeout=DEADLINE_S))
        yield people
    finally:
        for person in people:
            person.close()


def say(person: socket.socket, words: bytes) -> bytes:
    """What the server answers, in one piece; b"" when it is gone.

    Raises:
        TimeoutError: It does not answer.
    """
    try:
        person.sendall(words)
        return person.recv(1024)
    except ConnectionError:
        return b""


def state_of(at: HasPort) -> State:
    """How the server is, asked over one more connection, which is not counted.

    The answer comes when everybody who connected before has been accepted.

    Not handled here: a server that may open no more files; it could not look up its
    memory, which takes one.
    """
    with socket.create_connection((HOST, at.port), timeout=DEADLINE_S) as person:
        connected, threads, memory_kib = json.loads(say(person, STATE))
    return State(connected - 1, threads, memory_kib)


def answer(data: bytes, connected: int) -> bytes:
    if data != STATE:
        return data
    import psutil  # not in a browser's tab, which starts no such server

    memory_kib = psutil.Process().memory_info().rss / 1024
    return json.dumps([connected, threading.active_count(), memory_kib]).encode()


def serve_with_threads(door: socket.socket) -> None:
    """A thread for each connection, for ever."""
    people = set()

    def talk(person: socket.socket) -> None:
        with person, suppress(ConnectionError):
            while data := person.recv(1024):
                person.sendall(answer(data, len(people)))
        people.discard(person)

    while True:
        person, _ = door.accept()
        people.add(person)
        threading.Thread(target=talk, args=(person,), daemon=True).start()


def serve_with_loop(door: socket.socket) -> None:
    """One thread for all connections, for ever."""
    selector = selectors.DefaultSelector()

    def accept() -> None:
        try:
            person, _ = door.accept()
        except OSError as error:
            if error.errno != errno.EMFILE:
                raise
            # Full: whoever comes now waits in the system's queue until one leaves.
            selector.unregister(door)
            return
        person.setblocking(False)
        selector.register(person, selectors.EVENT_READ, partial(talk, person))

    def talk(person: socket.socket) -> None:
        try:
            data = person.recv(1024)
        except ConnectionError:
            data = b""
        if data:
            others = door in selector.get_map()
            person.sendall(answer(data, len(selector.get_map()) - others))
            return
        selector.unregister(person)
        person.close()
        if door not in selector.get_map():
            selector.register(door, selectors.EVENT_READ, accept)

    selector.register(door, selectors.EVENT_READ, accept)
    while True:
        for key, _ in selector.select():
            key.data()


def serve_with_asyncio(door: socket.socket) -> None:
    """asyncio's streams, for ever."""
    people = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        people.add(writer)
        with suppress(ConnectionError):
            while data := await reader.read(1024):
                writer.write(answer(data, len(people)))
                await writer.drain()
        people.discard(writer)
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(talk, sock=door, backlog=BACKLOG)
        await server.serve_forever()

    asyncio.run(serve())


KINDS = {
    "threads": serve_with_threads,
    "loop": serve_with_loop,
    "asyncio": serve_with_asyncio,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=silent_server.__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--files", type=int, default=FILES)
    options = parser.parse_args()
    if sys.platform != "win32" and options.files < FILES:
        limit_files(options.files)
    else:
        allow_files(options.files)
    with socket.create_server((HOST, options.port), backlog=BACKLOG) as door:
        KINDS[options.kind](door)


def limit_files(files: int) -> None:
    import resource  # not on Windows

    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


if __name__ == "__main__":
    main()
