"""Each fault does what its name says: in virtual time, and through the tap for real."""

import asyncio

import pytest
import websockets
from websockets.asyncio.server import serve

from servers.network.faults import (
    BufferingProxy,
    CuttingProxy,
    Link,
    Nat,
    Outage,
    SlowReader,
)
from servers.network.listening import HOST, listening
from servers.network.memory import in_memory
from servers.network.tap import tapping
from servers.network.virtual_time import simulate
from tests.network.ways import WAYS

both = pytest.mark.parametrize("run", WAYS)


async def echo(reader, writer):
    while data := await reader.read(2**16):
        writer.write(data)


def talk(*faults, say=b"hello", deadline_s=10.0):
    """The times at which pieces of the echo came back, and the pieces."""

    async def main():
        loop = asyncio.get_running_loop()
        came = []
        async with in_memory(*faults), listening(echo) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            began = loop.time()
            writer.write(say)
            writer.write_eof()
            while data := await reader.read(2**16):
                came.append((round(loop.time() - began, 6), data))
            writer.close()
        return came

    return simulate(main)


def test_a_round_trip_when_the_link_is_long_takes_its_time():
    assert talk(Link(rtt_ms=180)) == [(0.18, b"hello")]


def test_two_links_when_in_line_add_up():
    assert talk(Link(rtt_ms=100), Link(rtt_ms=80)) == [(0.18, b"hello")]


def test_jitter_when_seeded_repeats_and_stays_in_its_bounds():
    link = Link(rtt_ms=180, jitter_ms=20)
    [(time_s, _)] = talk(link)
    assert 0.18 < time_s < 0.22
    assert talk(link) == [(time_s, b"hello")]


def test_a_slow_reader_when_sent_much_gets_it_at_its_pace():
    came = talk(SlowReader(bytes_per_s=1460), say=bytes(14600))
    assert [time_s for time_s, _ in came] == [float(n) for n in range(1, 11)]


def test_a_line_when_dead_for_a_while_loses_what_is_sent_then():
    async def main():
        async with listening(echo) as port, tapping(port, Outage(1, 3)) as tap:
            reader, writer = await asyncio.open_connection(HOST, tap.port)
            for letter in (b"a", b"b", b"c", b"d"):
                writer.write(letter)
                await asyncio.sleep(1)
            came = await reader.read(100)
            writer.close()
            return came

    assert simulate(main) == b"ad"


def test_a_server_when_it_died_in_an_outage_answers_the_next_bytes_with_a_reset():
    async def main():
        async with in_memory(Outage(1, 3)) as network, listening(echo) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            await asyncio.sleep(2)
            await network.restart(port)
            await asyncio.sleep(1)
            writer.write(b"hello")
            return await reader.read(100)

    with pytest.raises(ConnectionResetError):
        simulate(main)


def test_a_cutting_proxy_when_bytes_come_hands_on_pieces():
    came = talk(CuttingProxy(every_bytes=2))
    assert [data for _, data in came] == [b"he", b"ll", b"o"]


@both
def test_a_cutting_proxy_when_before_a_tap_loses_nothing(run):
    async def main():
        async with (
            listening(echo) as port,
            tapping(port, CuttingProxy(every_bytes=2)) as proxy,
            tapping(proxy) as tap,
        ):
            reader, writer = await asyncio.open_connection(HOST, tap.port)
            writer.write(b"hello")
            writer.write_eof()
            got = await reader.read()
            writer.close()
        return got, tap.trace.stream(1, "server"), proxy.trace.stream(1, "server")

    assert run(main) == (b"hello",) * 3


STREAM_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@both
def test_a_buffering_proxy_when_a_response_has_no_end_hands_nothing_on(run):
    async def main():
        ending = asyncio.Event()

        async def stream(reader, writer):
            writer.write(STREAM_HEAD + b"9\r\ndata: 1\n\n\r\n")
            await ending.wait()
            writer.write(b"0\r\n\r\n")
            await reader.read()

        async with listening(stream) as port, tapping(port, BufferingProxy()) as proxy:
            reader, writer = await asyncio.open_connection(HOST, proxy.port)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await reader.read(1)
            ending.set()
            whole = await reader.readuntil(b"0\r\n\r\n")
            writer.close()
        return whole

    assert run(main).startswith(STREAM_HEAD + b"9\r\ndata: 1\n\n")


@both
def test_a_websocket_when_behind_a_buffering_proxy_passes(run):
    async def answer(connection):
        async for message in connection:
            await connection.send(message)

    async def main():
        async with serve(answer, HOST, 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with tapping(port, BufferingProxy()) as proxy:
                uri = f"ws://{HOST}:{proxy.port}"
                async with websockets.connect(uri, proxy=None) as ws:
                    await ws.send("Xin chào")
                    return await ws.recv()

    assert run(main) == "Xin chào"


@both
@pytest.mark.parametrize("act", ["cut", "reset"])
def test_a_tap_when_cut_tells_nobody_and_when_reset_tells_both(run, act):
    async def main():
        ends = {}

        async def until_gone(reader, writer):
            writer.write(b"hi")
            ends["server"] = await outcome(reader)

        async def outcome(reader):
            try:
                async with asyncio.timeout(0.2):
                    return await reader.read(10)
            except (TimeoutError, ConnectionError) as error:
                return type(error)

        async with listening(until_gone, grace_s=1) as port, tapping(port) as tap:
            reader, writer = await asyncio.open_connection(HOST, tap.port)
            assert await reader.read(10) == b"hi"
            getattr(tap, act)()
            ends["client"] = await outcome(reader)
            writer.close()
        return ends

    told = TimeoutError if act == "cut" else ConnectionResetError
    ends = run(main)
    assert ends["client"] is told
    assert ends["server"] is told


def test_a_cable_when_cut_leaves_both_ends_open_and_the_heartbeat_finds_out():
    async def main():
        async def quiet(connection):
            await connection.wait_closed()

        loop = asyncio.get_running_loop()
        async with in_memory() as network, serve(quiet, HOST, 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with websockets.connect(f"ws://{HOST}:{port}", proxy=None) as ws:
                network.cut()
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(19):
                        await ws.recv()
                with pytest.raises(websockets.ConnectionClosedError) as caught:
                    await ws.recv()
                when_s = loop.time()
            network.mend()
            return when_s, str(caught.value)

    when_s, sentence = simulate(main)
    # ping_interval, ping_timeout and close_timeout of websockets
    assert when_s == 20 + 20 + 10
    assert "keepalive ping timeout" in sentence


def test_a_dial_when_the_cable_is_cut_times_out_and_works_when_mended():
    async def main():
        async with in_memory() as network, listening(echo) as port:
            network.cut()
            with pytest.raises(TimeoutError):
                await asyncio.open_connection(HOST, port)
            network.mend()
            _, writer = await asyncio.open_connection(HOST, port)
            writer.close()
            return asyncio.get_running_loop().time()

    assert simulate(main) >= 127


def test_a_nat_when_the_connection_was_idle_too_long_has_forgotten_it():
    async def main():
        async with in_memory(Nat(idle_s=60)), listening(echo) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            heard = []
            for pause_s in (50, 50, 70):
                await asyncio.sleep(pause_s)
                writer.write(b"still there?")
                try:
                    async with asyncio.timeout(5):
                        heard.append(await reader.readexactly(12))
                except TimeoutError:
                    heard.append(None)
            writer.close()
        return heard

    assert simulate(main) == [b"still there?", b"still there?", None]


def test_a_server_when_restarted_ends_its_connections_and_refuses_meanwhile():
    async def main():
        async with in_memory() as network, listening(echo) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            restart = asyncio.create_task(network.restart(port, down_s=3))
            assert await reader.read() == b""
            writer.close()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(HOST, port)
            await restart
            _, writer = await asyncio.open_connection(HOST, port)
            writer.close()

    simulate(main)


def test_a_fault_when_it_is_no_value_is_refused():
    with pytest.raises(TypeError, match=r"Link\(rtt_ms=180\)"):
        simulate(lambda: in_memory(Link).__aenter__())
