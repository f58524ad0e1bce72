"""Virtual time: nothing waits, everything repeats, anywhere."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.server import serve

from servers.network.listening import HOST, listening
from servers.network.memory import in_memory
from servers.network.seeding import replacing
from servers.network.tap import tapping
from servers.network.trace import Trace
from servers.network.virtual_time import simulate
from tests.network import chats

ROOT = Path(__file__).parent.parent.parent


def test_a_simulation_when_inside_a_running_loop_leaves_that_loop_as_it_was():
    async def cell():
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        result = simulate(lambda: asyncio.sleep(3600, "an hour"))
        assert asyncio.current_task() is task
        assert asyncio.get_running_loop() is loop
        await asyncio.sleep(0)
        return result

    assert asyncio.run(cell()) == "an hour"


def test_a_simulation_when_its_main_fails_raises_that_and_cleans_up():
    cleaned = []

    async def fail():
        async def forever():
            try:
                await asyncio.Event().wait()
            finally:
                cleaned.append(True)

        task = asyncio.create_task(forever())
        await asyncio.sleep(1)
        assert not task.done()
        raise RuntimeError("main failed")

    with pytest.raises(RuntimeError, match="main failed"):
        simulate(fail)
    assert cleaned == [True]
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


def test_a_simulation_when_everybody_waits_says_so():
    with pytest.raises(TimeoutError, match="nothing will ever come"):
        simulate(lambda: asyncio.Event().wait())


def test_a_server_when_nobody_comes_lets_time_rest():
    async def idle():
        async with listening(lambda reader, writer: asyncio.sleep(0)):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match="nothing will ever come"):
        simulate(idle)


def test_a_simulation_when_it_never_ends_is_given_up():
    async def heartbeats():
        loop = asyncio.get_running_loop()

        def beat():
            loop.call_later(20, beat)

        beat()
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match="Still busy at 3620 virtual seconds"):
        simulate(heartbeats, limit_s=3600)


def test_values_when_replaced_are_back_even_after_a_failure():
    class Base:
        inherited = "base"

    class Kind(Base):
        own = "kind"

    def places():
        yield Kind, "own", 1
        yield Kind, "inherited", 2
        raise RuntimeError("no third")

    with pytest.raises(RuntimeError, match="no third"), replacing(places()):
        pass
    assert (Kind.own, Kind.inherited, "inherited" in vars(Kind)) == (
        "kind",
        "base",
        False,
    )


def test_timers_when_due_at_one_moment_are_called_in_the_order_they_were_asked_for():
    async def many():
        called = []
        loop = asyncio.get_running_loop()
        for number in range(100):
            loop.call_at(5.0, called.append, number)
        await asyncio.sleep(6)
        return called

    assert simulate(many) == list(range(100))


def test_clients_when_cut_off_all_reconnect():
    async def storm(count=200):
        welcomed = 0
        again = asyncio.Semaphore(0)

        async def welcome(connection):
            nonlocal welcomed
            welcomed += 1
            await connection.wait_closed()

        async def client(port):
            seen = 0
            uri = f"ws://{HOST}:{port}"
            async for ws in websockets.connect(uri, proxy=None, compression=None):
                seen += 1
                if seen == 2:
                    again.release()
                    return await ws.close()
                await ws.wait_closed()

        async with in_memory() as network, serve(welcome, HOST, 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with asyncio.TaskGroup() as clients:
                for _ in range(count):
                    clients.create_task(client(port))
                await asyncio.sleep(5)
                network.cut()
                network.mend()
        return welcomed, asyncio.get_running_loop().time()

    welcomed, now_s = simulate(storm)
    assert welcomed == 400
    assert 40 < now_s < 100
    assert simulate(storm) == (welcomed, now_s)


PROGRAM = """
import asyncio, sys
from servers.network.faults import Link
from servers.network.memory import in_memory
from servers.network.virtual_time import simulate
from tests.network import chats

async def far(chat):
    async with in_memory(Link(rtt_ms=180, jitter_ms=20)):
        return await chat()

for _ in range(10):
    for name in ("websockets_chat", "aiohttp_chat", "socketio_chat"):
        trace = simulate(lambda: far(getattr(chats, name)), seed=20)
        print(trace.to_json().replace("\\n", ""))
"""


def test_a_demo_when_run_twenty_times_under_load_leaves_one_trace():
    burn = [sys.executable, "-c", "while True: pass"]
    burners = [subprocess.Popen(burn) for _ in range(os.cpu_count() or 1)]
    try:
        # Two processes of ten runs, each with another order of hashes.
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                cwd=ROOT,
                env=os.environ | {"PYTHONHASHSEED": number, "PYTHONPATH": "."},
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in ("1", "2")
        ]
        outputs = [line for p in processes for line in p.communicate()[0].splitlines()]
        assert [p.returncode for p in processes] == [0, 0]
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    assert len(outputs) == 60
    for kind in range(3):
        assert len(set(outputs[kind::3])) == 1
    trace = Trace.from_json(outputs[0])
    assert trace.clock == "virtual"
    assert trace.segments[-1].time_ms > 180


def test_a_tap_when_in_virtual_time_writes_down_virtual_times():
    async def main():
        async def pause(reader, writer):
            await asyncio.sleep(30)
            writer.write(b"half a minute")
            writer.close()

        server = await asyncio.start_server(pause, HOST, 0)
        async with tapping(server.sockets[0].getsockname()[1]) as tap:
            reader, writer = await asyncio.open_connection(HOST, tap.port)
            await reader.read()
            writer.close()
        return tap.trace

    trace = simulate(main)
    assert [(s.time_ms, s.event) for s in trace] == [
        (30_000.0, "data"),
        (30_000.0, "fin"),
        (30_000.0, "fin"),
    ]


def test_dates_when_simulated_follow_the_virtual_clock():
    async def main():
        await asyncio.sleep(3600)
        trace = await chats.aiohttp_chat()
        return trace.stream(1, "server")

    assert b"Date: Fri, 20 Nov 2026 02:00:00 GMT" in simulate(main)
