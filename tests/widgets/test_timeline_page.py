"""The timeline's published face, in a real browser."""

import json
from pathlib import Path

import pytest

from widgets import Timeline

pytestmark = pytest.mark.chromium

RECORDED = Path(__file__).parents[2] / "book" / "gallery" / "transports.json"
HOSTILE = "<img src=x onerror=window.broken=1>\u202e" + "long" * 40


def recorded(lang="en", **traits):
    series = json.loads(RECORDED.read_text("utf-8"))
    return Timeline(series, lang=lang, title="Đà Nẵng", **traits)


def hostile(lang="en"):
    events = [{"time_ms": 10**6 * n, "bytes": 10**12} for n in range(40)]
    series = [{"name": f"{n}{HOSTILE}", "events": events} for n in range(6)]
    return Timeline(series, lang=lang, title=HOSTILE)


def reading(page):
    return page.locator(".lw-when").inner_text(), page.locator(".lw-number.lw-drawn")


def test_keys_walk_through_the_events_and_read_every_series(visit):
    page = visit(recorded().html())
    slider = page.get_by_role("slider", name="Time")
    slider.focus()
    seen = []
    for key in ("Home", "ArrowRight", "End", "PageDown", "ArrowLeft"):
        page.keyboard.press(key)
        seen.append(page.locator(".lw-when").inner_text())
    assert seen[0] == "At 4.3 ms" and len(set(seen)) == 5
    said = slider.get_attribute("aria-valuetext")
    assert said.startswith(seen[-1]) and "Age of the data: short polling" in said
    assert "; WebSocket " in said
    assert page.locator(".lw-number").count() == 16


def test_the_mouse_moves_the_cursor(visit):
    page = visit(recorded().html())
    box = page.locator(".lw-chart").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 100)
    early = reading(page)[0]
    page.mouse.move(box["x"] + 400, box["y"] + 100)
    assert reading(page)[0] != early
    page.mouse.click(box["x"] + 61, box["y"] + 100)
    page.mouse.move(0, 0)
    assert float(reading(page)[0].split()[1]) < 60


def test_a_measure_is_chosen_and_keeps_the_focus(visit):
    page = visit(recorded(lang="vi").html(), lang="vi")
    before = page.locator(".lw-line").first.get_attribute("d")
    page.get_by_role("button", name="Yêu cầu").focus()
    page.keyboard.press("Enter")
    chosen = page.locator(".lw-button[aria-pressed=true]")
    assert chosen.all_inner_texts() == ["Yêu cầu"]
    assert page.evaluate("document.activeElement.dataset.measure") == "requests"
    assert page.locator(".lw-line").first.get_attribute("d") != before
    assert reading(page)[1].all_inner_texts() == ["8", "17", "1", "1"]


def test_lines_differ_without_colour(visit):
    page = visit(recorded().html())
    line = "e => [e.querySelector('.lw-line').getAttribute('stroke-dasharray'), "
    line += "e.querySelector('.lw-mark').getAttribute('d')].join()"
    groups = page.locator(".lw-series").all()
    assert len({group.evaluate(line) for group in groups}) == 4
    names = page.locator("text.lw-name").all_text_contents()
    assert names == ["short polling", "long polling", "Server-Sent Events", "WebSocket"]


def test_after_the_clean_up_nothing_answers_any_more(visit, mount, silent):
    page = mount(visit(recorded().html()), "timeline")
    page.evaluate("own.model.set('lang', 'vi')")
    assert page.get_by_role("button", name="Tuổi dữ liệu").is_visible()
    page.evaluate("own.model.set('series', [])")
    assert page.get_by_text("Chưa đo được gì.").is_visible()
    poke = "own.root.querySelector('.lw-slider').dispatchEvent(new Event('change'))"
    silent(page, poke)


def test_hostile_text_stays_text(visit):
    page = visit(hostile().html())
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0


def test_without_javascript_the_table_is_readable(visit):
    page = visit(recorded().html(), java_script_enabled=False, alive=False)
    assert page.get_by_text("Age in ms, mean / greatest").is_visible()
    assert page.locator("tbody tr").count() == 4


def test_nothing_is_clipped_at_360_pixels(visit, fits):
    shown = [make(lang) for make in (recorded, hostile) for lang in ("en", "vi")]
    page = visit(*(one.html() for one in shown), width=360)
    fits(page)
    assert page.locator("[id]").count() == 0


def test_axe_finds_nothing_serious(visit, accessible):
    accessible(visit(recorded("vi").html(), lang="vi"))
