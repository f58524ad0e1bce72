"""The same feed over five lanes: on sockets, and in virtual time with a distance."""

import asyncio
import json
from pathlib import Path

import pytest

from servers.live.feed_lanes import LANES, POLL_S
from servers.live.feeds import costs, race, random_gaps_s, simulated_race
from servers.network.faults import BufferingProxy
from servers.network.leftovers import leftovers
from servers.network.memory import in_memory
from servers.network.virtual_time import simulate

RECORDED = Path(__file__).parents[2] / "widgets" / "recorded" / "grids" / "feeds.json"
RTT_MS = 180
PUSHED = ["SSE", "WebSocket", "Socket.IO"]


@pytest.fixture(scope="module")
def runs():
    """Two clients a lane, far away, for a minute."""
    return simulated_race(random_gaps_s(1, 60), rtt_ms=RTT_MS, clients=2)


@pytest.mark.parametrize("setting", [(1, RTT_MS, 10), (0.2, 60, 1)])
def test_a_point_of_the_recorded_grid_when_computed_again_is_the_same(setting):
    points = json.loads(RECORDED.read_text("utf-8"))
    (point,) = (
        p for p in points if (p["mean_s"], p["rtt_ms"], p["clients"]) == setting
    )
    assert point["lanes"] == costs(*setting)


@pytest.mark.parametrize("name", PUSHED)
def test_a_pushed_price_takes_one_way_through_the_network(runs, name):
    assert runs[name].lags_ms() == pytest.approx([RTT_MS / 2] * 100)
    assert runs[name].shown() == 100


def test_long_polling_loses_nothing_and_takes_three_ways_at_worst(runs):
    run = runs["long polling"]
    assert run.shown() == 100
    assert RTT_MS < max(run.lags_ms()) <= 1.5 * RTT_MS + 1e-6


def test_short_polling_skips_prices_and_takes_an_interval_at_worst(runs):
    run = runs["short polling"]
    assert run.shown() < 100
    assert max(run.lags_ms()) <= 1000 * POLL_S + 1.5 * RTT_MS + 1e-6


def test_the_events_of_one_client_add_up_to_what_the_lane_paid():
    for name, run in simulated_race([1, 2, 0.5], rtt_ms=RTT_MS).items():
        events, figures = run.events(), run.figures()
        messages = [event["message"] for event in events if "message" in event]
        assert messages == sorted(set(messages)), name
        assert len(messages) == figures["shown"]
        assert 0 < sum(event["bytes"] for event in events) <= figures["bytes"]
        requests = sum(event.get("requests", 0) for event in events)
        # A long poll that waits at the end has been asked, and is not answered.
        assert 0 <= figures["requests"] - requests <= 1
        latencies = [event.get("latency_ms", 0) for event in events]
        assert max(latencies) <= round(max(run.lags_ms()), 1)


def test_on_sockets_each_lane_shows_the_last_price_and_nothing_is_left():
    async def raced():
        runs = await race([0.02] * 5, poll_s=0.05)
        return runs, leftovers()

    runs, left = asyncio.run(raced())
    assert [*runs] == [*LANES]
    for name, run in runs.items():
        assert run.sights[0][-1].quote_id == 5, name
        assert run.shown() == 5 or name == "short polling"
    assert left == []


def test_a_lane_that_gets_nothing_is_given_up():
    async def buffered():
        async with in_memory(BufferingProxy()):
            await race([1], lanes=["SSE"])

    with pytest.raises(TimeoutError, match="last price"):
        simulate(buffered)
