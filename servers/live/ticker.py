"""A price that changes: what the transports of this book deliver.

Knows no socket and no protocol, only the clock of the running event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from random import Random

from servers.network.listening import start_task

NAME = "Cà phê Đắk Lắk"
FIRST_PRICE = 118_000
STEPS = (-300, -200, -100, 100, 200, 300)
KEEP = 10_000


class GoneError(LookupError):
    """The changes after an id are not known; start again from the newest quote."""


@dataclass(frozen=True, slots=True)
class Quote:
    """One price.

    Args:
        id: 0, 1, 2 …: it grows by 1 with each change.
        price: đồng a kilogram.
        set_s: When it was set, by the clock of the event loop.
    """

    id: int
    price: int
    set_s: float

    def as_dict(self) -> dict[str, object]:
        """What travels: the time stays here, for whoever measures."""
        return {"id": self.id, "name": NAME, "price": self.price}


class Ticker:
    """The newest quote, those before it, and a way to wait for the next.

    Args:
        keep: How many quotes are remembered.

    Not handled here: a restart. Ids begin at 0 again, and a client that knows a
    higher one gets a `GoneError` only until they have caught up with it; a real feed
    puts the name of the run into its cursor.

    >>> async def demo():
    ...     ticker = Ticker()
    ...     ticker.change(118_500)
    ...     return [quote.price for quote in await ticker.after(0)]
    >>> asyncio.run(demo())
    [118500]
    """

    def __init__(self, keep: int = KEEP) -> None:
        first = Quote(0, FIRST_PRICE, asyncio.get_running_loop().time())
        self.quotes: deque[Quote] = deque([first], maxlen=keep)
        self._changed = asyncio.Event()

    @property
    def newest(self) -> Quote:
        return self.quotes[-1]

    def change(self, price: int) -> None:
        """Set the price, and wake everybody who waits for it."""
        now_s = asyncio.get_running_loop().time()
        self.quotes.append(Quote(self.newest.id + 1, price, now_s))
        self._changed.set()
        self._changed = asyncio.Event()

    async def after(self, quote_id: int) -> list[Quote]:
        """All quotes newer than `quote_id`, the oldest first; waits until there is one.

        Raises:
            GoneError: It was never given, or its successor is forgotten.
        """
        oldest, newest = self.quotes[0].id, self.newest.id
        if quote_id > newest:
            raise GoneError(f"{quote_id} is ahead of the newest id, {newest}.")
        if quote_id < oldest - 1:
            raise GoneError(f"The oldest id that is remembered is {oldest}.")
        if quote_id == newest:
            await self._changed.wait()
        return list(islice(self.quotes, quote_id + 1 - self.quotes[0].id, None))


@asynccontextmanager
async def ticking(
    *,
    mean_s: float = 5.0,
    gaps_s: Iterable[float] | None = None,
    seed: int = 0,
    keep: int = KEEP,
) -> AsyncIterator[Ticker]:
    """A ticker that changes by itself until the block ends.

    Args:
        mean_s: Seconds between two changes, on average. The gaps are random, without
            memory: two changes may lie close together, as on a market.
        gaps_s: These gaps instead, in seconds; after the last, the price rests.
        seed: One number gives the same prices at the same times.
        keep: How many quotes are remembered.
    """
    ticker, chance = Ticker(keep), Random(seed)
    if gaps_s is None:
        gaps_s = iter(lambda: chance.expovariate(1 / mean_s), None)
    walking = start_task(walk(ticker, gaps_s, chance))
    try:
        yield ticker
    finally:
        walking.cancel()
        await asyncio.wait([walking])


async def walk(ticker: Ticker, gaps_s: Iterable[float], chance: Random) -> None:
    """Change the price at random, with these gaps in seconds in between."""
    for gap_s in gaps_s:
        await asyncio.sleep(gap_s)
        ticker.change(ticker.newest.price + chance.choice(STEPS))
