"""The buffers' published face, in a real browser."""

import json
from pathlib import Path

import pytest

from widgets import Buffers

pytestmark = pytest.mark.chromium

RECORDED = Path(__file__).parents[2] / "book" / "gallery" / "buffers.json"
HOSTILE = "<img src=x onerror=window.broken=1>\u202e" + "long" * 40


def recorded(lang="en", **traits):
    found = json.loads(RECORDED.read_text("utf-8"))
    return Buffers(**found, lang=lang, title="Đà Nẵng", **traits)


def hostile(lang="en"):
    sizes = {"application_bytes": 2**60, "transport_bytes": 2**50, "kernel_bytes": 0}
    samples = [{"time_ms": 10**9, "paused": True} | sizes] * 3
    limits = {
        name: {"high_bytes": 2**59, "low_bytes": 2**59 - 1}
        for name in ("application_bytes", "kernel_bytes")
    }
    return Buffers(samples, limits, lang=lang, title=HOSTILE)


def when(page):
    return page.locator(".lw-when b").inner_text()


def test_keys_walk_through_the_samples(visit):
    page = visit(recorded().html())
    slider = page.get_by_role("slider", name="Time")
    slider.focus()
    seen = []
    for key in ("End", "Home", "ArrowRight", "PageUp", "ArrowLeft"):
        page.keyboard.press(key)
        seen.append(when(page))
    assert seen[1] == "At 0 ms" and len(set(seen)) == 5
    said = slider.get_attribute("aria-valuetext")
    assert said.startswith(seen[-1]) and "; Transport " in said
    assert said.endswith("The writer may write.")


def test_bars_and_marks_say_in_words_what_they_show(visit):
    page = visit(recorded(selected=24).html())
    assert "The writer has to wait." in page.locator(".lw-when").inner_text()
    meter = page.get_by_role(
        "meter", name="Transport, high-water mark 64 KiB, low-water mark 16 KiB"
    )
    assert meter.get_attribute("aria-valuenow") == "73728"
    assert page.get_by_text("high-water mark 64 KiB", exact=True).is_visible()
    box, mark = (
        page.locator(name).first.bounding_box()
        for name in (".lw-gauge:has(.lw-water)", ".lw-water.lw-low_bytes")
    )
    share = (mark["x"] + mark["width"] / 2 - box["x"]) / box["width"]
    assert abs(share - 16384 / 73728) < 0.01
    assert page.locator(".lw-wait").count() == 1


def test_it_plays_to_the_end_and_stops(visit):
    page = visit(recorded(lang="vi").html(), lang="vi", own=True)
    page.clock.install()
    page.get_by_role("button", name="Chạy").click()
    page.clock.run_for(400)
    page.get_by_role("button", name="Tạm dừng").click()
    early = when(page)
    page.clock.run_for(5000)
    assert when(page) == early != "Lúc 0 ms"
    page.get_by_role("button", name="Chạy").click()
    page.clock.run_for(30000)
    assert page.get_by_role("button", name="Chạy").is_visible()
    assert page.locator(".lw-slider").evaluate("e => e.value === e.max")


def test_after_the_clean_up_nothing_answers_any_more(visit, mount, silent):
    page = visit(recorded().html(), own=True)
    page.clock.install()
    mount(page, "buffers")
    page.evaluate("own.model.set('lang', 'vi')")
    assert page.get_by_text("Nhân hệ điều hành").is_visible()
    page.get_by_role("button", name="Chạy").click()
    poke = """own.model.set('selected', own.model.get('selected'));
      own.root.querySelector('.lw-slider').dispatchEvent(new Event('input'));
      own.root.querySelector('.lw-button').click()"""
    silent(page, poke, later=lambda: page.clock.run_for(9000))


def test_a_face_without_samples_says_so(visit, mount):
    page = mount(visit(recorded().html()), "buffers")
    page.evaluate("own.model.set('samples', [])")
    assert page.get_by_text("Nothing was measured.").is_visible()
    assert page.locator(".lw-slider:visible, .lw-gauge:visible").count() == 0


def test_hostile_text_stays_text(visit):
    page = visit(hostile().html())
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0


def test_without_javascript_the_table_is_readable(visit):
    page = visit(recorded().html(), java_script_enabled=False, alive=False)
    assert page.get_by_text("low-water mark 16 KiB").is_visible()
    assert 6 <= page.locator("tbody tr").count() <= 12


def test_nothing_is_clipped_at_360_pixels(visit, fits):
    shown = [make(lang) for make in (recorded, hostile) for lang in ("en", "vi")]
    page = visit(*(one.html() for one in shown), width=360)
    fits(page)
    assert page.locator("[id]").count() == 0


def test_axe_finds_nothing_serious(visit, accessible):
    accessible(visit(recorded("vi", selected=24).html(), lang="vi"))
