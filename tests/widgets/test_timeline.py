"""The timeline in Python: its contract, its stored output and its plain text."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from traitlets import TraitError

from widgets import Timeline
from widgets.faces import number_text
from widgets.timeline import LABELS, mean_age

RECORDED = Path(__file__).parents[2] / "book" / "gallery" / "transports.json"
HOSTILE = "</script><img src=x onerror=alert(1)>"
SERIES = [
    {
        "name": "SSE",
        "events": [
            {"time_ms": 0, "age_ms": 10, "bytes": 1000, "requests": 1},
            {"time_ms": 100, "age_ms": 0, "latency_ms": 1.5, "bytes": 500},
            {"time_ms": 200, "bytes": 0},
        ],
    },
    {"name": "WebSocket", "events": [{"time_ms": 50, "age_ms": 5}]},
]


def state_of(html):
    found = re.search(r'class="lw-state">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


def test_plain_text_sums_each_series_up_in_both_languages():
    assert repr(Timeline(SERIES)).splitlines()[0] == (
        "SSE: Updates 3; Age in ms, mean / greatest 55 / 110; "
        "Latency in ms, median / greatest 1.5 / 1.5; Bytes 1,500; Requests 1"
    )
    assert "Byte 1.500; Yêu cầu 1" in repr(Timeline(SERIES, "vi"))


def test_what_was_not_measured_is_no_zero():
    assert repr(Timeline(SERIES)).splitlines()[1] == (
        "WebSocket: Updates 1; Age in ms, mean / greatest 80 / 155"
    )
    row = Timeline(SERIES).snapshot().split("WebSocket")[1]
    assert re.findall(r">([^<>\n]+)</td>", row) == ["1", "80 / 155", "–", "–", "–"]


def test_data_ages_until_it_is_replaced():
    assert mean_age([(0, 10), (100, 0)], 200) == (55.0, 110)
    assert mean_age([(100, 7)], 100) == (7, 7)


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ([{"bytes": 1}], "series[0].events[0] has no time_ms"),
        ([5], "series[0].events[0] has no time_ms"),
        ([{"time_ms": 1, "size": 1}], "has size, which nobody draws"),
        ([{"time_ms": "1"}], "series[0].events[0]: time_ms is '1', no number"),
        ([{"time_ms": 1, "bytes": -1}], "series[0].events[0]: bytes is -1"),
        ([{"time_ms": 1, "age_ms": float("nan")}], "age_ms is nan"),
        ([{"time_ms": float("inf")}], "time_ms is inf"),
        ([{"time_ms": 1}, {"time_ms": 0.5}], "events[1] is earlier than the one"),
    ],
)
def test_events_that_break_the_contract_are_refused(events, sentence):
    with pytest.raises(TraitError, match=re.escape(sentence)):
        Timeline([{"name": "a", "events": events}])


def test_other_values_that_cannot_be_shown_are_refused():
    with pytest.raises(TraitError, match=r"series\[0\] is not \{name, events\}"):
        Timeline([{"name": "a"}])
    with pytest.raises(TraitError, match="7 series; 6 can be told apart"):
        Timeline([{"name": "a", "events": []}] * 7)
    with pytest.raises(TraitError, match="measure is 'speed'; it can be age_ms"):
        Timeline(SERIES, measure="speed")


def test_every_trait_of_the_contract_is_explained():
    for name in Timeline.stored:
        assert Timeline.class_traits()[name].help
    assert LABELS["en"].keys() == LABELS["vi"].keys()


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_two_runs_store_the_same(lang):
    one, other = (Timeline(SERIES, lang=lang, title="Đà Nẵng") for _ in range(2))
    assert one._repr_mimebundle_()[0]["text/html"] == other.html()
    assert repr(one) == repr(other)
    assert set(state_of(one.html())) == set(Timeline.stored)
    assert one.html() == unicodedata.normalize("NFC", one.html())


def test_measured_values_are_live_only_when_they_are_not_stored():
    later = [
        one | {"events": [e | {"time_ms": e["time_ms"] + 1} for e in one["events"]]}
        for one in SERIES
    ]
    one, other = (Timeline(s, store_times=False, title="A") for s in (SERIES, later))
    assert one.html() == other.html()
    assert repr(one) == repr(other)
    assert repr(one).endswith("run the cell to see SSE, WebSocket.")
    assert "lw-state" not in one.html()
    assert one.series != other.series


def test_the_snapshot_is_a_table_in_the_readers_language():
    html = Timeline(SERIES, lang="vi").snapshot()
    assert "Tuổi dữ liệu (ms), trung bình / lớn nhất" in html
    assert "1.500" in html and "Từ 0 đến 200 ms." in html
    assert not re.search(r"<(script|style|svg|link|iframe)|class=| id=| on\w+=", html)


def test_hostile_text_stays_text():
    html = Timeline([{"name": HOSTILE, "events": []}], title=HOSTILE).html()
    assert html.count("<script") == html.count("</script") == 1
    assert "<img" not in html


def test_an_empty_timeline_says_so():
    assert repr(Timeline()) == "Nothing was measured."
    assert "Chưa đo được gì." in Timeline(lang="vi").snapshot()


def test_the_recording_keeps_to_the_contract():
    timeline = Timeline(json.loads(RECORDED.read_text("utf-8")))
    assert timeline.measured() == ["age_ms", "latency_ms", "bytes", "requests"]


def test_numbers_are_written_as_readers_write_them():
    assert number_text(1234567.25, "en") == "1,234,567.3"
    assert number_text(1234.5, "vi") == "1.234,5"
    assert number_text(20, "vi") == "20"
