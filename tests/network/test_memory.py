"""The network in memory keeps to what TCP does, as sockets do beside it."""

import asyncio
import contextvars

import pytest

from servers.network.faults import SlowReader
from servers.network.listening import HOST, listening
from servers.network.memory import in_memory, network_here
from servers.network.relay import _reset
from servers.network.tap import tapping
from servers.network.virtual_time import simulate
from tests.network.ways import WAYS

both = pytest.mark.parametrize("run", WAYS)


async def hold(reader, writer):
    await reader.read()


async def pair(port):
    return await asyncio.open_connection(HOST, port)


@both
def test_a_port_when_nobody_listens_is_refused(run):
    async def dial():
        async with listening(hold) as port:
            pass
        await pair(port)

    with pytest.raises(ConnectionRefusedError):
        run(dial)


@both
def test_a_port_when_it_is_in_use_is_refused(run):
    async def twice():
        async with listening(hold) as port, listening(hold, port=port):
            pass

    with pytest.raises(OSError, match="address already in use"):
        run(twice)


@both
def test_addresses_when_asked_for_are_each_others(run):
    async def ask():
        seen = asyncio.get_running_loop().create_future()

        async def note(reader, writer):
            seen.set_result(
                [writer.get_extra_info(n) for n in ("sockname", "peername")]
            )

        async with listening(note) as port:
            _, writer = await pair(port)
            ours = [writer.get_extra_info(n) for n in ("peername", "sockname")]
            writer.close()
            assert ours == await seen
            assert ours[0] == (HOST, port)

    run(ask)


@both
def test_a_half_closed_connection_when_the_other_end_writes_still_hears_it(run):
    async def after_fin(reader, writer):
        asked = await reader.read()  # until FIN
        writer.write(asked.upper())

    async def half_close():
        async with listening(after_fin) as port:
            reader, writer = await pair(port)
            writer.write(b"xin ")
            writer.write(b"chao")
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    assert run(half_close) == b"XIN CHAO"


@both
def test_a_writer_when_nobody_reads_blocks_until_somebody_does(run):
    async def block():
        wake = asyncio.Event()
        size = 0

        async def late(reader, writer):
            nonlocal size
            await wake.wait()
            while data := await reader.read(2**16):
                size += len(data)

        async with listening(late, grace_s=5) as port:
            _, writer = await pair(port)
            written = 0
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    while written < 2**26:
                        writer.write(bytes(2**16))
                        written += 2**16
                        await writer.drain()
            wake.set()
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        return written, size

    written, size = run(block)
    assert written == size < 2**26


def test_a_window_when_full_holds_no_more_than_it_says():
    class Deaf(asyncio.Protocol):
        def connection_made(self, transport):
            transport.pause_reading()

    async def fill():
        loop = asyncio.get_running_loop()
        async with in_memory(window_bytes=1000):
            server = await loop.create_server(Deaf, HOST, 0)
            _, writer = await pair(server.sockets[0].getsockname()[1])
            writer.write(bytes(5000))
            await asyncio.sleep(1)
            return writer.transport.get_write_buffer_size()

    assert simulate(fill) == 4000


def test_writes_when_they_wait_for_the_window_are_not_cut_finer_and_finer():
    async def pour():
        async def server(reader, writer):
            for _ in range(4):
                writer.write(bytes(700))
            writer.close()

        async with in_memory(SlowReader(1000), window_bytes=1000):
            async with listening(server, grace_s=9) as port, tapping(port) as tap:
                reader, writer = await pair(tap.port)
                await reader.read()
                writer.close()
            return [len(segment.data) for segment in tap.trace if segment.data]

    assert simulate(pour) == [700, 300, 700, 300, 700, 100]


@both
def test_a_reset_when_sent_raises_at_the_other_end(run):
    async def tear_down():
        told = asyncio.get_running_loop().create_future()

        async def until_gone(reader, writer):
            try:
                await reader.read()
            except ConnectionResetError as error:
                told.set_result(error)

        async with listening(until_gone) as port:
            _, writer = await pair(port)
            writer.write(b"half a ")
            _reset(writer.transport)
            return await told

    assert isinstance(run(tear_down), ConnectionResetError)


@both
def test_an_end_when_closed_answers_bytes_with_a_reset(run):
    async def close_at_once(reader, writer):
        pass

    async def write_on():
        async with listening(close_at_once) as port:
            reader, writer = await pair(port)
            assert await reader.read() == b""
            with pytest.raises(ConnectionError):
                while True:
                    writer.write(b"anybody there?")
                    await writer.drain()
                    await asyncio.sleep(0.01)
            writer.close()

    run(write_on)


def test_a_loop_when_the_block_ends_uses_sockets_again():
    async def inside_and_after():
        loop = asyncio.get_running_loop()
        async with in_memory() as outer:
            async with in_memory() as inner:
                assert network_here() is inner
                _, writer = await pair(
                    (await asyncio.start_server(hold, HOST, 0))
                    .sockets[0]
                    .getsockname()[1]
                )
            assert writer.transport.is_closing()
            assert network_here() is outer
        assert network_here() is None
        assert "create_server" not in vars(loop)
        async with listening(hold) as port:
            _, writer = await pair(port)
            assert writer.get_extra_info("socket").fileno() > 0
            writer.close()

    asyncio.run(inside_and_after())


def test_tls_when_asked_for_refuses_with_a_sentence():
    async def dial():
        async with in_memory():
            await asyncio.open_connection(HOST, 443, ssl=True)

    with pytest.raises(NotImplementedError, match="no TLS in memory"):
        asyncio.run(dial())


@both
def test_a_server_when_bytes_come_hears_of_them_in_its_own_context(run):
    who = contextvars.ContextVar("who", default="nobody")
    heard = []

    class Note(asyncio.Protocol):
        def connection_made(self, transport):
            heard.append(who.get())

        def data_received(self, data):
            heard.append(who.get())

        def connection_lost(self, error):
            heard.append(who.get())
            over.set()

    async def talk():
        nonlocal over
        over = asyncio.Event()
        who.set("server")
        server = await asyncio.get_running_loop().create_server(Note, HOST, 0)
        who.set("client")
        _, writer = await pair(server.sockets[0].getsockname()[1])
        writer.write(b"Xin")
        writer.close()
        await over.wait()
        server.close()

    over = None
    run(talk)
    assert heard == ["server"] * 3
