"""The client that comes back: when it does, when not, and how long it waits."""

import asyncio

import pytest

from servers.live.reconnecting import reconnecting
from servers.live.ws_connection import ConnectionEnded
from servers.live.ws_server import serving
from servers.network.faults import Link
from servers.network.memory import in_memory
from servers.network.virtual_time import simulate
from servers.wire.handshake import answer
from servers.wire.http_head import HandshakeError


def visits(say, times=3):
    """How many connections a client had with a server that ends each with `say`."""
    seen = []

    async def handler(connection):
        seen.append(connection)
        if len(seen) < times:
            await say(connection)
        else:
            async for _ in connection:
                pass

    async def talk(connection):
        if len(seen) < times:
            async for _ in connection:
                pass

    async def main():
        async with serving(handler) as server:
            await reconnecting(server.url(), talk)

    simulate(main)
    return len(seen)


async def cut_off(connection):
    connection.abort()


async def restart(connection):
    await connection.close(1012, "Nâng cấp")


@pytest.mark.parametrize("say", [cut_off, restart])
def test_a_client_when_its_connection_is_lost_comes_back(say):
    assert visits(say) == 3


def test_a_client_when_the_server_is_done_does_not_come_back():
    async def done(connection):
        await connection.close(1000)

    assert visits(done) == 1


@pytest.mark.parametrize("code", [1002, 1005, 1008, 4001])
def test_a_client_when_it_is_not_wanted_back_says_so(code):
    async def refuse(connection):
        await connection.close(code)

    with pytest.raises(ConnectionEnded) as caught:
        visits(refuse)
    assert caught.value.code == code


def test_a_client_when_the_handshake_is_refused_says_so():
    async def main():
        async with serving(
            answer=lambda request: answer(request, origins=[])
        ) as server:
            await reconnecting(server.url(), None, origin="https://evil.example")

    with pytest.raises(HandshakeError, match="403"):
        simulate(main)


def test_a_client_when_talk_fails_fails_the_same_way():
    async def talk(connection):
        raise FileNotFoundError("no such file")

    async def main():
        async with serving() as server:
            await reconnecting(server.url(), talk)

    with pytest.raises(FileNotFoundError):
        simulate(main)


def test_a_client_when_the_cable_is_cut_notices_and_comes_back():
    async def main():
        loop = asyncio.get_running_loop()
        opened_s = []

        async def talk(connection):
            opened_s.append(loop.time())
            if len(opened_s) == 1:
                network.cut()
                loop.call_later(90, network.mend)
                async for _ in connection:
                    pass

        async with in_memory() as network, serving() as server:
            await reconnecting(server.url(), talk)
        return opened_s

    first_s, second_s = simulate(main)
    # Two heartbeats and up to 30 s after the mending.
    assert first_s == 0 and 90 < second_s < 130


def test_a_client_when_a_server_accepts_and_hangs_up_waits_longer_and_longer():
    async def main():
        opened = []

        async def slam(connection):
            opened.append(asyncio.get_running_loop().time())
            await connection.close(1013, "Đông quá")

        async def listen(connection):
            async for _ in connection:
                pass

        async with in_memory(Link(rtt_ms=50)), serving(slam) as server:
            client = asyncio.create_task(reconnecting(server.url(), listen))
            await asyncio.sleep(600)
            client.cancel()
        return opened

    opened = simulate(main)
    assert len(opened) < 60
