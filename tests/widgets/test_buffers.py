"""The buffers in Python: their contract, their stored output and their plain text."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from traitlets import TraitError

from widgets import Buffers
from widgets.buffers import LABELS, MAX_ROWS, telling

RECORDED = Path(__file__).parents[2] / "book" / "gallery" / "buffers.json"
HOSTILE = "</script><img src=x onerror=alert(1)>"
LIMITS = {"transport_bytes": {"high_bytes": 65536, "low_bytes": 16384}}


def sample(time_ms=0, **changed):
    sizes = {"application_bytes": 0, "transport_bytes": 66560, "kernel_bytes": 512}
    return {"time_ms": time_ms, "paused": True} | sizes | changed


def state_of(html):
    found = re.search(r'class="lw-state">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


def test_plain_text_has_the_samples_and_the_marks_in_both_languages():
    assert repr(Buffers([sample(1500)], LIMITS)).splitlines() == [
        "1,500 ms: Application 0 B; Transport 65 KiB; Kernel 512 B; "
        "Writer ⏸ has to wait",
        "Transport: high-water mark 64 KiB; Transport: low-water mark 16 KiB",
    ]
    assert "1.500 ms: Ứng dụng 0 B" in repr(Buffers([sample(1500)], lang="vi"))


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (5, "samples[0] is not {time_ms, application_bytes"),
        ({"time_ms": 1}, "samples[0] is not {time_ms, application_bytes"),
        (sample() | {"size": 1}, "samples[0] is not {time_ms"),
        (sample("1"), "samples[0]: time_ms is '1', no number"),
        (sample(float("nan")), "samples[0]: time_ms is nan"),
        (sample(-1), "samples[0]: time_ms is -1"),
        (sample(paused=1), "samples[0]: paused is 1, not True or False"),
        (sample(kernel_bytes=-1), "kernel_bytes is -1, no number of bytes"),
        (sample(kernel_bytes=1.5), "kernel_bytes is 1.5, no number of bytes"),
    ],
)
def test_samples_that_break_the_contract_are_refused(broken, sentence):
    with pytest.raises(TraitError, match=re.escape(sentence)):
        Buffers([broken])


def test_other_values_that_cannot_be_shown_are_refused():
    with pytest.raises(TraitError, match=r"samples\[1\] is earlier than the one"):
        Buffers([sample(2), sample(1)])
    with pytest.raises(TraitError, match="limits has 'disk'; it can have application"):
        Buffers([], {"disk": {}})
    with pytest.raises(TraitError, match=r"kernel_bytes is not \{high_"):
        Buffers([], {"kernel_bytes": {"high": 1}})
    with pytest.raises(TraitError, match="high_bytes is None, no number of bytes"):
        Buffers([], {"kernel_bytes": {"high_bytes": None}})


def test_a_short_table_shows_the_peaks_and_every_pause():
    samples = [
        sample(i, paused=40 <= i < 60, kernel_bytes=1000 - abs(33 - i))
        for i in range(100)
    ]
    chosen = telling(samples)
    assert {0, 33, 40, 60, 99} <= set(chosen) and len(chosen) <= MAX_ROWS
    restless = [sample(i, paused=i % 2 == 0) for i in range(100)]
    assert 10 <= len(telling(restless)) <= MAX_ROWS


def test_every_trait_of_the_contract_is_explained():
    for name in Buffers.stored:
        assert Buffers.class_traits()[name].help
    assert LABELS["en"].keys() == LABELS["vi"].keys()


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_two_runs_store_the_same(lang):
    one, other = (Buffers([sample()], LIMITS, lang, "Đà Nẵng") for _ in range(2))
    assert one._repr_mimebundle_()[0]["text/html"] == other.html()
    assert repr(one) == repr(other)
    assert set(state_of(one.html())) == set(Buffers.stored)
    assert one.html() == unicodedata.normalize("NFC", one.html())


def test_the_snapshot_is_a_table_in_the_readers_language():
    html = Buffers([sample()], LIMITS, "vi").snapshot()
    cells = re.findall(r"<t[hd] [^>]*>(.*?)</t[hd]>", html)
    assert cells[5:] == ["0 ms", "0 B", "65 KiB", "512 B", "⏸ phải chờ"]
    assert "ngưỡng cao 64 KiB" in html and "1 trong 1 mẫu." in html
    assert not re.search(r"<(script|style|svg|link|iframe)|class=| id=| on\w+=", html)


def test_hostile_text_stays_text():
    html = Buffers([sample()], title=HOSTILE).html()
    assert html.count("<script") == html.count("</script") == 1
    assert "<img" not in html


def test_buffers_without_a_sample_say_so():
    assert repr(Buffers()) == "Nothing was measured."
    assert "Chưa đo được gì." in Buffers(lang="vi").snapshot()


def test_the_recording_shows_a_writer_that_waits_and_goes_on():
    found = json.loads(RECORDED.read_text("utf-8"))
    samples = Buffers(**found).samples
    high = found["limits"]["transport_bytes"]["high_bytes"]
    assert any(s["paused"] and s["transport_bytes"] > high for s in samples)
    assert not samples[0]["paused"] and not samples[-1]["paused"]
    assert all(s["paused"] for s in samples if s["application_bytes"])
