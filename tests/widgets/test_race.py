"""The race in Python: its contract, its stored output and its plain text."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from traitlets import TraitError

from widgets import Race
from widgets.race import LABELS, missing, totals, winners

RECORDED = Path(__file__).parents[2] / "book" / "gallery" / "race.json"
HOSTILE = "</script><img src=x onerror=alert(1)>"
LANES = [
    {
        "name": "polling",
        "events": [
            {"time_ms": 10, "bytes": 1000, "requests": 1},
            {"time_ms": 100, "message": 1, "latency_ms": 80, "bytes": 500},
            {"time_ms": 100, "message": 2, "latency_ms": 10},
            {"time_ms": 200, "message": 3, "latency_ms": 30, "requests": 1},
        ],
    },
    {
        "name": "WebSocket",
        "events": [
            {"time_ms": 20, "message": 1, "latency_ms": 1, "bytes": 90, "requests": 1},
            {"time_ms": 90, "message": 2, "latency_ms": 1.5, "bytes": 40},
            {"time_ms": 170, "message": 3, "latency_ms": 1, "bytes": 40},
        ],
    },
    {"name": "lossy", "events": [{"time_ms": 90, "message": 2, "bytes": 1}]},
]


def state_of(html):
    found = re.search(r'class="lw-state">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


def test_plain_text_compares_the_lanes_in_both_languages():
    assert repr(Race(LANES)).splitlines() == [
        "polling: Messages 3 / 3 ★; Bytes 1,500; Requests 2; "
        "Median latency, ms 30; Worst latency, ms 80",
        "WebSocket: Messages 3 / 3 ★; Bytes 170 ★; Requests 1 ★; "
        "Median latency, ms 1 ★; Worst latency, ms 1.5 ★",
        "lossy: Messages 1 / 3 (missing: 1, 3); Bytes 1",
    ]
    assert "Byte 1.500; Yêu cầu 2" in repr(Race(LANES, "vi"))
    assert "1 / 3 (thiếu: 1, 3)" in repr(Race(LANES, "vi"))


def test_what_was_not_measured_is_no_zero():
    assert totals(LANES[2]["events"])["requests"] is None
    row = Race(LANES).snapshot().split("lossy")[1]
    cells = re.findall(r">([^<>\n]+)</td>", row)
    assert cells == ["1 / 3 (missing: 1, 3)", "1", "–", "–", "–"]


def test_a_lane_that_lost_a_message_is_never_the_cheapest():
    rows = Race(LANES).table()
    assert winners(rows, 3)["bytes"] == {1}
    assert winners(rows, 4)["bytes"] == set()


def test_latencies_within_a_millisecond_are_a_tie_and_where_all_tie_nobody_wins():
    def best(*latencies):
        rows = [totals([{"message": 1, "latency_ms": ms}]) for ms in latencies]
        return winners(rows, 1)["worst"]

    assert best(0.9, 1.8, 250) == {0, 1}
    assert best(0.9, 1.8) == set()
    assert best(0.9, 2.5) == {0}
    assert winners([], 0)["bytes"] == set()


def test_messages_that_nobody_got_are_missed_when_their_number_is_known():
    assert Race(LANES, messages=5).total == 5
    assert "polling: Messages 3 / 5 (missing: 4, 5);" in repr(Race(LANES, messages=5))
    assert Race(LANES, messages=1).total == 3
    assert "missing: 1, 3, 4, 5, 6, 7, 8, 9, 11 more" in repr(Race(LANES, messages=20))
    assert missing([], 2) == [1, 2]


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([{"message": 1}], "lanes[0].events[0] has no time_ms"),
        ([{"time_ms": 1, "age_ms": 1}], "has age_ms, which nobody draws"),
        ([{"time_ms": 1, "bytes": -1}], "lanes[0].events[0]: bytes is -1"),
        ([{"time_ms": 1, "bytes": float("nan")}], "bytes is nan"),
        ([{"time_ms": 1}, {"time_ms": 0.5}], "events[1] is earlier than the one"),
        ([{"time_ms": 1, "latency_ms": 1}], "events[0] has a latency but no message"),
        ([{"time_ms": 1, "message": 0}], "message is 0; they count from 1"),
        ([{"time_ms": 1, "message": 1.5}], "message is 1.5; they count from 1"),
        ([{"time_ms": 1, "message": True}], "message is True, no number"),
        ([{"time_ms": 1, "message": 1}] * 2, "message 1 arrives a second time"),
    ],
)
def test_events_that_break_the_contract_are_refused(events, sentence):
    with pytest.raises(TraitError, match=re.escape(sentence)):
        Race([{"name": "a", "events": events}])


def test_other_values_that_cannot_be_shown_are_refused():
    with pytest.raises(TraitError, match=r"lanes\[0\] is not \{name, events\}"):
        Race([{"name": "a"}])
    with pytest.raises(TraitError, match="7 lanes; 6 can be told apart"):
        Race([{"name": "a", "events": []}] * 7)
    with pytest.raises(TraitError, match=r"speed is 3.0; it can be 0.1, 0.25"):
        Race(LANES, speed=3)
    with pytest.raises(TraitError, match="messages is -1"):
        Race(LANES, messages=-1)


def test_every_trait_of_the_contract_is_explained():
    for name in Race.stored:
        assert Race.class_traits()[name].help
    assert LABELS["en"].keys() == LABELS["vi"].keys()


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_two_runs_store_the_same(lang):
    one, other = (Race(LANES, lang=lang, title="Đà Nẵng") for _ in range(2))
    assert one._repr_mimebundle_()[0]["text/html"] == other.html()
    assert repr(one) == repr(other)
    assert set(state_of(one.html())) == set(Race.stored)
    assert one.html() == unicodedata.normalize("NFC", one.html())


def test_measured_values_are_live_only_when_they_are_not_stored():
    one, other = (Race(x, store_times=False) for x in (LANES, [*LANES[:2], LANES[2]]))
    other.lanes = [
        lane | {"events": [e | {"time_ms": e["time_ms"] + 1} for e in lane["events"]]}
        for lane in LANES
    ]
    assert one.html() == other.html()
    assert repr(one) == repr(other)
    assert repr(one).endswith("run the cell to see polling, WebSocket, lossy.")
    assert "lw-state" not in one.html()


def test_the_snapshot_is_the_table_at_the_end_in_the_readers_language():
    html = Race(LANES, lang="vi", at_ms=20).snapshot()
    assert "Độ trễ lớn nhất (ms)" in html and "170 ★" in html
    assert "Từ 0 đến 200 ms. ★ Tốt nhất" in html
    assert "★" not in Race(LANES[:1]).snapshot()
    assert not re.search(r"<(script|style|svg|link|iframe)|class=| id=| on\w+=", html)


def test_hostile_text_stays_text():
    html = Race([{"name": HOSTILE, "events": []}], title=HOSTILE).html()
    assert html.count("<script") == html.count("</script") == 1
    assert "<img" not in html


def test_an_empty_race_says_so():
    assert repr(Race()) == "Nobody has run yet."
    assert "Chưa có cuộc đua nào." in Race(lang="vi").snapshot()
    assert repr(Race([{"name": "a", "events": []}])) == "a: Messages 0 / 0"


def test_in_the_recording_every_lane_gets_every_message():
    race = Race(json.loads(RECORDED.read_text("utf-8")))
    short, long, stream, socket = race.table()
    assert [row["messages"] for row in race.table()] == [race.total] * 4
    assert stream["requests"] == socket["requests"] == 1
    assert long["requests"] > race.total > short["requests"]
    assert short["median"] > 100 * max(long["median"], socket["median"])
