"""One price feed over five transports: who was told what when, and what it cost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from random import Random
from statistics import mean, median

from servers.live.feed_lanes import LANES, POLL_S, Client, short_polling
from servers.live.ticker import Quote, Ticker, walk
from servers.network.deadline import within
from servers.network.faults import Link
from servers.network.listening import Tasks
from servers.network.memory import in_memory
from servers.network.tap import Tap, tapping
from servers.network.trace import Trace
from servers.network.virtual_time import simulate

DEADLINE_S = 600.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What one client knew at one moment.

    Args:
        at_s: By the clock of the event loop.
        quote_id: The newest quote it shows.
        passed: How many segments its lane's trace had then.
    """

    at_s: float
    quote_id: int
    passed: int


@dataclass
class Run:
    """What happened in one lane.

    Args:
        quotes: Every price of the feed, from the first.
        sights: For each client, its moments: the opening, and each answer or message.
        trace: All bytes, both ways, of all clients.
        began_s: When the price began to change, by the clock of the event loop;
            every client was connected before.
        ended_s: When the last client of the lane had the last price.
    """

    quotes: list[Quote] = field(default_factory=list)
    sights: list[list[Sight]] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    began_s: float = 0.0
    ended_s: float = 0.0

    def lags_ms(self) -> list[float]:
        """For each client and change: how long until it showed that price or a later.

        >>> sights = [[Sight(0, 0, 1), Sight(3, 2, 5)]]
        >>> Run([Quote(0, 1, 0), Quote(1, 5, 1), Quote(2, 6, 2)], sights).lags_ms()
        [2000, 1000]
        """
        lags = []
        for one in self.sights:
            shown = iter(one)
            sight = next(shown)
            for quote in self.quotes[1:]:
                while sight.quote_id < quote.id:
                    sight = next(shown)
                lags.append(1000 * (sight.at_s - quote.set_s))
        return lags

    def shown(self) -> int:
        """How many changes reached a screen, all clients together."""
        return sum(len({s.quote_id for s in one} - {0}) for one in self.sights)

    def figures(self) -> dict[str, float]:
        """What the lane got and paid, all clients together."""
        lags = self.lags_ms()
        return {
            "clients": len(self.sights),
            "changes": len(self.quotes) - 1,
            "shown": self.shown(),
            "mean_ms": round(mean(lags), 1),
            "median_ms": round(median(lags), 1),
            "worst_ms": round(max(lags), 1),
            "requests": count_requests(self.trace),
            "bytes": count_bytes(self.trace),
            "seconds": round(self.ended_s - self.began_s, 1),
        }

    def events(self, client: int = 0) -> list[dict[str, float]]:
        """A lane of `widgets.Race`: what one client got, and what the lane paid."""
        events, before = [], 0
        newest = 0
        for sight in self.sights[client]:
            passed = self.trace[before : sight.passed]
            event = {"time_ms": round(1000 * (sight.at_s - self.began_s), 1)}
            event["time_ms"] = max(event["time_ms"], 0)
            event["bytes"] = count_bytes(passed)
            if requests := count_requests(passed):
                event["requests"] = requests
            if sight.quote_id > newest:
                newest = event["message"] = sight.quote_id
                lag_s = sight.at_s - self.quotes[newest].set_s
                event["latency_ms"] = round(1000 * lag_s, 1)
            events.append(event)
            before = sight.passed
        return events


def count_bytes(trace: Trace) -> int:
    """All that passed, both ways."""
    return sum(len(segment.data) for segment in trace)


def count_requests(trace: Trace) -> int:
    """HTTP requests; nobody here sends the next before the answer to the last."""
    verbs = (b"GET ", b"POST ")
    return sum(s.sender == "client" and s.data.startswith(verbs) for s in trace)


def random_gaps_s(mean_s: float, for_s: float, seed: int = 0) -> list[float]:
    """Seconds between changes, random without memory, until `for_s` is over.

    >>> [round(gap_s, 1) for gap_s in random_gaps_s(mean_s=10, for_s=60)]
    [18.6, 14.2, 5.5, 3.0, 7.2, 5.2]
    """
    chance, gaps_s = Random(seed), []
    while sum(gaps_s) < for_s:
        gaps_s.append(chance.expovariate(1 / mean_s))
    return gaps_s[:-1]


async def race(
    gaps_s: Sequence[float],
    *,
    clients: int = 1,
    lanes: Iterable[str] = tuple(LANES),
    poll_s: float = POLL_S,
    seed: int = 0,
) -> dict[str, Run]:
    """The same feed over each lane, all in one run, on the network that is current.

    Everybody connects; then the price begins to change; it is over when every
    client shows the last price. Clients that poll begin at random moments of one
    interval, so that they do not all ask at once.

    Args:
        gaps_s: Seconds from one change of the price to the next.
        clients: How many follow the feed in each lane.
        lanes: Some of `LANES`, or all.
        poll_s: How long short polling pauses between an answer and a question.
        seed: For the prices and for those moments.

    Raises:
        TimeoutError: It is not over within ten minutes after the last change.

    Not handled here: TLS, compression, lost messages (a server or a line that
    breaks), the time a browser takes to draw. Taught in 03-four-transports.
    """
    ticker, chance = Ticker(), Random(seed)
    async with AsyncExitStack() as stack:
        runs = {}
        following = []
        for name in lanes:
            serve, client = LANES[name]
            if client is short_polling:
                client = partial(short_polling, poll_s=poll_s)
            tap = await stack.enter_async_context(
                tapping(await stack.enter_async_context(serve(ticker)))
            )
            run = runs[name] = Run(trace=tap.trace)
            starts_s = [chance.uniform(0, poll_s) for _ in range(clients)]
            following += [_Following(run, tap, client, s) for s in starts_s]
        await _follow(following, ticker, gaps_s, chance)
    for run in runs.values():
        run.quotes = [*ticker.quotes]
    return runs


class _Following:
    """One client of a lane, from its first moment to the last price."""

    def __init__(self, run: Run, tap: Tap, client: Client, start_s: float) -> None:
        self._run, self._tap, self._client, self._start_s = run, tap, client, start_s
        self._sights: list[Sight] = []
        run.sights.append(self._sights)
        self._last_id = -1
        self.connected, self.done = asyncio.Event(), asyncio.Event()

    def begin(self, last_id: int) -> None:
        """From now on the price changes, up to this id."""
        self._last_id = last_id
        self._run.began_s = asyncio.get_running_loop().time()

    def note(self, quote_id: int) -> None:
        now_s = asyncio.get_running_loop().time()
        if self.done.is_set():
            return
        self._sights.append(Sight(now_s, quote_id, len(self._run.trace)))
        self.connected.set()
        if quote_id == self._last_id:
            self._run.ended_s = now_s
            self.done.set()

    async def go(self) -> None:
        await asyncio.sleep(self._start_s)
        await self._client(self._tap, self.note)


async def _follow(
    following: list[_Following],
    ticker: Ticker,
    gaps_s: Sequence[float],
    chance: Random,
) -> None:
    tasks = Tasks()
    for one in following:
        tasks.start(one.go())
    try:
        async with within(DEADLINE_S, "connection"):
            for one in following:
                await one.connected.wait()
        for one in following:
            one.begin(len(gaps_s))
        await walk(ticker, gaps_s, chance)
        async with within(DEADLINE_S, "last price"):
            for one in following:
                await one.done.wait()
    finally:
        await tasks.cancel()
    if tasks.failures:
        raise tasks.failures[0]


def simulated_race(
    gaps_s: Sequence[float], *, rtt_ms: float = 0.0, **options: object
) -> dict[str, Run]:
    """`race` in virtual time, with a distance between the clients and the server.

    Args:
        rtt_ms: Milliseconds there and back.
        options: As for `race`.
    """

    async def far() -> dict[str, Run]:
        async with in_memory(Link(rtt_ms=rtt_ms)):
            return await race(gaps_s, **options)

    return simulate(far)


def costs(
    mean_s: float, rtt_ms: float, clients: int, *, for_s: float = 60.0
) -> dict[str, dict[str, float]]:
    """The figures of each lane for one setting: one point of the recorded grid.

    Args:
        mean_s: Seconds between two changes of the price, on average.
        rtt_ms: Milliseconds to the server and back.
        clients: How many follow the feed in each lane.
        for_s: How long the price changes, in virtual seconds.
    """
    gaps_s = random_gaps_s(mean_s, for_s)
    runs = simulated_race(gaps_s, rtt_ms=rtt_ms, clients=clients)
    return {name: run.figures() for name, run in runs.items()}
