"""One network, three ways: each runs a coroutine function to its end."""

import asyncio

import pytest

from servers.network.memory import in_memory
from servers.network.virtual_time import simulate


def on_sockets(main):
    return asyncio.run(main())


def in_real_time(main):
    async def connected():
        async with in_memory():
            return await main()

    return asyncio.run(connected())


def in_virtual_time(main):
    return simulate(main)


WAYS = [
    pytest.param(on_sockets, id="sockets"),
    pytest.param(in_real_time, id="memory"),
    pytest.param(in_virtual_time, id="virtual"),
]
