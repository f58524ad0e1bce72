"""Servers for many silent people: what they answer, hold, and do when they are full."""

import asyncio
import socket
import struct
import sys
from functools import wraps
from select import select

import pytest

from servers.live.silent import KINDS, crowd, say, silent_server, state_of
from servers.network.leftovers import leftovers


def running(test):
    """A test that is a coroutine, run to its end."""

    @wraps(test)
    def run(*arguments, **fixtures):
        asyncio.run(test(*arguments, **fixtures))

    return run


@pytest.mark.parametrize("kind", KINDS)
@running
async def test_people_are_answered_counted_and_forgotten(kind):
    async with silent_server(kind) as server:
        with crowd(server, range(20)) as people:
            assert [say(person, b"Chi") for person in people] == [b"Chi"] * 20
            full = state_of(server)
            # A thread for each, also for who asks, and the one at the door.
            assert full.threads == (22 if kind == "threads" else 1)
            assert full.connected == 20
            assert full.memory_kib > 1024
        while state_of(server).connected:
            pass  # until the server has read every end; pytest gives up some day
    assert leftovers() == []


@pytest.mark.parametrize("kind", KINDS)
@running
async def test_a_person_who_is_cut_off_harms_nobody(kind):
    async with silent_server(kind) as server:
        with crowd(server, range(3)) as people:
            # Lingering for 0 s: closing resets.
            linger = struct.pack("ii", 1, 0)
            people[0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            people[0].close()
            assert say(people[2], b"Chi") == b"Chi"


@running
async def test_words_are_empty_when_the_server_is_gone():
    async with silent_server("loop") as server:
        with crowd(server, range(1)) as people:
            await server.stop()
            assert say(people[0], b"Chi") == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no sockets")
@running
async def test_a_full_loop_lets_people_wait_until_others_leave():
    async with silent_server("loop", files=32) as server:
        with crowd(server, range(40)) as people:
            people[-1].sendall(b"Chi")
            assert say(people[0], b"An") == b"An"
            assert select([people[-1]], [], [], 0.5)[0] == []  # not accepted
            for person in people[:20]:
                person.close()
            assert people[-1].recv(9) == b"Chi"
