"""Timeline, race and buffers that are followed: bounded, and the same on every run."""

import asyncio

import pytest
from traitlets import TraitError

from servers.network.virtual_time import simulate
from widgets import Buffers, Race, Timeline

FIRST = {"time_ms": 5, "message": 1, "latency_ms": 2, "bytes": 100, "requests": 1}
SAMPLE = {"application_bytes": 1, "transport_bytes": 2, "kernel_bytes": 3}
SAMPLE |= {"paused": False}


def followed(widget, use, **bounds):
    """The widget after `use` had its feed in its hands, and nothing else left."""

    async def run():
        async with widget.follow(**bounds) as live:
            assert widget.following
            use(live)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
    assert not widget.following
    return widget


def samples(count):
    return [SAMPLE | {"time_ms": n, "kernel_bytes": n % 100} for n in range(count)]


def race_events(count, start=1):
    numbers = range(start, start + count)
    return [FIRST | {"time_ms": 5 + n, "message": n, "latency_ms": n} for n in numbers]


def test_a_few_are_kept_as_they_were_added():
    race = followed(Race(), lambda live: live.add("SSE", *race_events(3)))
    assert race.text() == Race([{"name": "SSE", "events": race_events(3)}]).text()
    buffers = followed(Buffers(), lambda live: live.add(*samples(5)))
    assert (buffers.samples, buffers.selected) == (samples(5), 4)
    assert buffers.snapshot() == Buffers(samples(5)).snapshot()
    timeline = followed(Timeline(), lambda live: live.add("SSE", {"time_ms": 3}))
    assert timeline.series == [{"name": "SSE", "events": [{"time_ms": 3}]}]


def test_of_many_each_two_become_one_and_the_sums_stay():
    def use(live):
        live.add("SSE", *race_events(5000))
        live.add("WebSocket", *race_events(4000))

    race = followed(Race(messages=5000, lang="vi"), use)
    sse, websocket = race.table()
    assert sse | {"median": 0} == {
        "messages": 5000,
        "bytes": 500_000,
        "requests": 5000,
        "median": 0,
        "worst": 5000,
    }
    assert abs(sse["median"] - 2500) < 50
    assert all(len(one["events"]) <= 300 for one in race.lanes)
    assert "4.000 / 5.000 (thiếu: 1.000 thông điệp nữa)" in race.text()
    assert websocket["messages"] == 4000
    assert "Một điểm đại diện cho tối đa 32 sự kiện." in race.snapshot()
    assert Race(race.lanes).table() == race.table()  # it keeps to the contract


def test_of_many_samples_the_peaks_and_the_pauses_stay():
    many = samples(50_000)
    many[777] |= {"transport_bytes": 10**6, "paused": True}
    buffers = followed(Buffers(), lambda live: live.add(*many))
    assert len(buffers.samples) <= 600
    assert sum(one["count"] for one in buffers.samples) == 50_000
    (peak,) = [one for one in buffers.samples if one["paused"]]
    assert peak["transport_bytes"] == 10**6
    assert "Each stands for up to 128 samples" in buffers.snapshot()
    assert Buffers(buffers.samples).text() == buffers.text()


def test_what_stays_does_not_depend_on_when_it_was_added():
    async def slowly(timeline):
        async with timeline.follow(keep=4) as live:
            for number in range(11):
                live.add("SSE", {"time_ms": number, "age_ms": number, "bytes": 1})
                await asyncio.sleep(0.02)

    at_once, later = Timeline(), Timeline()
    events = [{"time_ms": n, "age_ms": n, "bytes": 1} for n in range(11)]
    followed(at_once, lambda live: live.add("SSE", *events), keep=4)
    simulate(lambda: slowly(later))
    assert at_once.series == later.series
    assert [e["count"] for e in later.series[0]["events"]] == [4, 4, 3]


def test_without_a_time_it_happens_now():
    async def run(timeline):
        async with timeline.follow() as live:
            live.add("SSE", {"bytes": 1})
            await asyncio.sleep(1.5)
            live.add("SSE", {"bytes": 2}, {"time_ms": 2000, "bytes": 3})

    timeline = Timeline()
    simulate(lambda: run(timeline))
    assert [e["time_ms"] for e in timeline.series[0]["events"]] == [0, 1500, 2000]


def test_transports_that_were_given_keep_their_places():
    old = [{"name": name, "events": [FIRST]} for name in ("SSE", "WebSocket")]
    race = followed(Race(old), lambda live: live.add("polling", FIRST))
    assert [one["name"] for one in race.lanes] == ["SSE", "WebSocket", "polling"]
    assert [len(one["events"]) for one in race.lanes] == [0, 0, 1]


@pytest.mark.parametrize(
    ("widget", "use", "said"),
    [
        (Race(), lambda a: a.add("SSE", FIRST, FIRST), "arrives a second time"),
        (Race(), lambda a: a.add("SSE", {"latency_ms": 1}), "latency but no message"),
        (Timeline(), lambda a: a.add("SSE", {"message": 1}), "which nobody draws"),
        (Timeline(), lambda a: [a.add(f"{n}", {}) for n in range(7)], "7 series; 6"),
        (Buffers(), lambda a: a.add({"paused": True}), "sample 1 is not"),
        (
            Buffers(),
            lambda a: a.add(*reversed(samples(2))),
            "sample 2 is earlier than the one before",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_where_it_is_added(widget, use, said):
    with pytest.raises(TraitError, match=said):
        followed(widget, use)


def test_a_bound_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match="keep is 7"):
        Buffers().follow(keep=7)
