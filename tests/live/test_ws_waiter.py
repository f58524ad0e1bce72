"""A task that waits for a message: it goes on at once, and loses none."""

import asyncio
import contextvars

import pytest

from servers.live.ws_connection import MAX_WAITING_BYTES, ConnectionEnded
from servers.live.ws_waiter import Waiter
from servers.wire.frames import BINARY, CLOSE, Frame, serialise_frame
from tests.wire.test_receiving import REQUESTS, connected, read

SPEAKER = contextvars.ContextVar("speaker", default="nobody")


def masked(data):
    return serialise_frame(Frame(BINARY, data, masking_key=b"mask"))


def opened():
    """A server's connection after its handshake."""
    connection, transport = connected(is_client=False)
    connection.data_received(REQUESTS[0])
    return connection, transport


async def waiting(connection):
    """A task that waits for the next message by now."""
    receiving = asyncio.create_task(connection.receive())
    await asyncio.sleep(0)
    return receiving


async def in_the_loop(*calls):
    """Call them one after the other, while no task runs."""
    done = asyncio.Event()
    for call in (*calls, done.set):
        asyncio.get_running_loop().call_soon(call)
    await done.wait()


def arriving(connection, data):
    return lambda: read(connection, masked(data))


def test_a_task_when_its_message_comes_answers_before_anything_else_happens():
    async def test():
        connection, transport = opened()
        transport.sent, seen = b"", []

        async def echo():
            async for message in connection:
                await connection.send(message)

        task = asyncio.create_task(echo())
        await asyncio.sleep(0)
        look = lambda: seen.append(transport.sent)  # noqa: E731
        await in_the_loop(
            arriving(connection, b"1"), look, arriving(connection, b"2"), look
        )
        assert seen == [b"\x82\x011", b"\x82\x011\x82\x012"]
        task.cancel()

    asyncio.run(test())


def test_bytes_when_a_running_task_brings_them_wait_for_its_end():
    async def test():
        connection, _ = opened()
        receiving = await waiting(connection)
        # This task runs: no other one can run inside it.
        connection.data_received(masked(b"1"))
        assert not receiving.done() and await receiving == b"1"

    asyncio.run(test())


def test_a_message_when_its_task_is_cancelled_is_the_next_ones():
    async def test():
        connection, _ = opened()
        receiving = await waiting(connection)
        # Cancelled in the same round of the loop, before and after the message.
        await in_the_loop(receiving.cancel, arriving(connection, b"1"))
        with pytest.raises(asyncio.CancelledError):
            await receiving
        assert await connection.receive() == b"1"
        receiving = await waiting(connection)
        connection.data_received(masked(b"2"))
        receiving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await receiving
        assert await connection.receive() == b"2"

    asyncio.run(test())


def test_a_task_when_it_gave_up_in_time_can_wait_again():
    async def test():
        connection, _ = opened()
        for number in (b"1", b"2"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await connection.receive()
            receiving = await waiting(connection)
            await in_the_loop(arriving(connection, number))
            assert await receiving == number

    asyncio.run(test())


def test_a_second_task_when_one_waits_already_is_told():
    async def test():
        connection, _ = opened()
        receiving = await waiting(connection)
        with pytest.raises(RuntimeError, match="only one task"):
            await connection.receive()
        # Cancelled, it has still to notice.
        receiving.cancel()
        with pytest.raises(RuntimeError, match="only one task"):
            await connection.receive()
        await asyncio.wait([receiving])
        arriving(connection, b"1")()
        assert await connection.receive() == b"1"

    asyncio.run(test())


def straight(connection, data):
    connection.data_received(masked(data))


@pytest.mark.parametrize("bring", [straight, lambda c, data: read(c, masked(data))])
def test_a_task_when_it_goes_on_keeps_its_own_context(bring):
    async def test():
        connection, _ = opened()

        async def listen():
            SPEAKER.set("An")
            await connection.receive()
            heard = SPEAKER.get()
            SPEAKER.set("Bình")
            return heard

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)
        seen = []
        await in_the_loop(lambda: (bring(connection, b"1"), seen.append(SPEAKER.get())))
        assert await listening == "An" and seen == ["nobody"]

    asyncio.run(test())


def test_a_task_when_the_connection_ends_while_it_waits_is_told():
    async def test():
        connection, _ = opened()
        receiving = await waiting(connection)
        await in_the_loop(connection.eof_received)
        with pytest.raises(ConnectionEnded, match="1006"):
            await receiving

    asyncio.run(test())


def test_a_waiter_when_nobody_waits_wakes_nobody():
    async def test():
        waiter = Waiter(asyncio.get_running_loop())
        waiter.wake()
        assert not waiter.is_waiting and not waiter.cancel()

        async def wait():
            return await waiter

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        assert waiter.is_waiting
        waiter.wake()
        waiter.wake()
        assert waiter.is_taken and not waiter.is_waiting
        assert await waiting is None

    asyncio.run(test())


def test_a_message_when_a_close_waits_behind_it_can_still_be_answered():
    async def test():
        connection, transport = opened()
        big = bytes(MAX_WAITING_BYTES)
        close = serialise_frame(Frame(CLOSE, b"\x03\xe8", masking_key=b"mask"))
        # The close is read when the message, too much to read on, has been taken.
        connection.data_received(masked(big) + close)
        transport.sent = b""
        assert await connection.receive() == big
        await connection.send(b"1")
        with pytest.raises(ConnectionEnded, match="1000"):
            await connection.receive()
        assert transport.sent == b"\x82\x011" + b"\x88\x02\x03\xe8"

    asyncio.run(test())
