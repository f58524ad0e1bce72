"""A server ends with its block, whatever ends the block."""

import asyncio
import socket

import pytest

from servers.network.leftovers import leftovers
from servers.network.listening import HOST, listening


async def hold(reader, writer):
    await reader.read()


def test_a_server_when_the_block_ends_has_closed_port_and_connections():
    async def run():
        async with listening(hold) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            assert len(leftovers()) > 1
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, port)
        return leftovers()

    assert asyncio.run(run()) == []


def test_a_server_when_its_cell_is_cancelled_leaves_nothing():
    async def cell(started):
        async with listening(hold) as port:
            _, writer = await asyncio.open_connection(HOST, port)
            started.set_result(writer)
            await asyncio.Event().wait()

    async def run():
        started = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(cell(started))
        writer = await started
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        writer.close()
        await writer.wait_closed()
        return leftovers()

    assert asyncio.run(run()) == []


def test_a_failure_when_a_connection_raises_is_raised_on_leaving():
    async def fail(reader, writer):
        raise RuntimeError("the handler failed")

    async def run():
        async with listening(fail) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            await reader.read()
            writer.close()

    with pytest.raises(RuntimeError, match="the handler failed"):
        asyncio.run(run())


def test_a_port_when_it_is_taken_is_refused():
    with socket.create_server((HOST, 0)) as taken:

        async def run():
            async with listening(hold, port=taken.getsockname()[1]):
                pass

        with pytest.raises(OSError, match=r"[Aa]ddress already in use"):
            asyncio.run(run())


def test_a_failure_when_the_block_fails_too_is_the_one_that_is_raised():
    async def fail(reader, writer):
        raise RuntimeError("the handler failed")

    async def run():
        async with listening(fail) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                await reader.readexactly(1)
            finally:
                writer.close()

    with pytest.raises(RuntimeError, match="the handler failed") as caught:
        asyncio.run(run())
    assert isinstance(caught.value.__cause__, asyncio.IncompleteReadError)
