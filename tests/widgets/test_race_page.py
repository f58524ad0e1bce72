"""The race's published face, in a real browser."""

import json
from pathlib import Path

import pytest

from widgets import Race

pytestmark = pytest.mark.chromium

FRAMES = """async () => {
  for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
}"""

RECORDED = Path(__file__).parents[2] / "book" / "gallery" / "race.json"
HOSTILE = "<img src=x onerror=window.broken=1>\u202e" + "long" * 40
CAME = "e => e.querySelector('.lw-come').getAttribute('d').split('M').length - 1"


def recorded(lang="en", **traits):
    lanes = json.loads(RECORDED.read_text("utf-8"))
    return Race(lanes, lang=lang, title="Đà Nẵng", **traits)


def hostile(lang="en"):
    events = [
        {
            "time_ms": 10**6 * n,
            "message": 2 * n + 1,
            "latency_ms": 10**7,
            "bytes": 10**12,
        }
        for n in range(40)
    ]
    lanes = [{"name": f"{n}{HOSTILE}", "events": events} for n in range(6)]
    return Race(lanes, lang=lang, title=HOSTILE)


def came(page):
    return [lane.evaluate(CAME) for lane in page.locator(".lw-lane").all()]


def cells(page):
    rows = page.locator(".lw-race tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def test_it_opens_at_the_end_with_the_table_and_the_best_marked(visit):
    page = visit(recorded().html())
    assert page.locator(".lw-when").inner_text() == "At the end"
    assert came(page) == [16] * 4
    assert cells(page)[0] == ["16 / 16", "3,976", "10", "250.4", "476.7"]
    assert cells(page)[3] == ["16 / 16", "1,467 ★", "1 ★", "0.9 ★", "1.4 ★"]
    assert "1 request ·" in page.locator(".lw-counters").last.inner_text().replace(
        "\xa0", " "
    )


def test_the_table_at_the_end_says_what_the_snapshot_says(visit):
    page = visit(recorded().html())
    live = page.locator(".lw-race table").all_inner_texts()[0].split()
    page.evaluate("liveWidgets.close()")
    assert page.locator("table").all_inner_texts()[0].split() == live


def test_keys_walk_through_the_race_and_read_every_lane(visit):
    page = visit(recorded().html())
    slider = page.get_by_role("slider", name="Time")
    slider.focus()
    page.keyboard.press("Home")
    assert came(page) == [0] * 4
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert 0 < sum(came(page)) < 64
    said = slider.get_attribute("aria-valuetext").replace("\xa0", " ")
    assert "short polling: 0 / 16 messages; long polling: 1 / 16 messages" in said
    assert "★" not in page.locator(".lw-race tbody").inner_text()
    page.keyboard.press("End")
    assert came(page) == [16] * 4


def test_it_never_plays_by_itself_and_plays_to_the_end_when_asked(visit):
    page = visit(recorded(at_ms=0, speed=10).html())
    page.wait_for_timeout(150)
    assert came(page) == [0] * 4
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for(timeout=10_000)
    assert came(page) == [16] * 4
    said = page.get_by_role("status").text_content()
    assert said.startswith("At the end. short polling: 16")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_space_pauses_and_goes_on_from_there(visit, motion):
    page = visit(recorded(at_ms=1000, speed=0.25).html(), reduced_motion=motion)
    at = "Number(document.querySelector('.lw-slider').value)"
    page.get_by_role("slider").focus()
    page.keyboard.press("Space")
    page.wait_for_function(f"{at} > 1200")
    page.keyboard.press("Space")
    stopped = page.evaluate(at)
    page.wait_for_timeout(150)
    assert page.evaluate(at) == stopped < 4000
    times = {e["time_ms"] for lane in recorded().lanes for e in lane["events"]}
    assert (stopped in times) or motion == "no-preference"
    assert page.get_by_role("button", name="Play").is_visible()


def test_speed_and_language_are_the_models(visit, mount):
    page = mount(visit(recorded().html()), "race")
    page.get_by_role("combobox", name="Speed").select_option("0.5")
    assert page.evaluate("own.model.get('speed')") == 0.5
    page.evaluate("own.model.set('lang', 'vi')")
    assert page.get_by_role("button", name="Tạm dừng").count() == 0
    assert page.get_by_role("button", name="Chạy").is_visible()
    assert page.locator("option:checked").inner_text() == "0,5×"


def test_a_lane_that_loses_a_message_says_so_at_the_end(visit):
    race = recorded()
    lanes = json.loads(json.dumps(race.lanes))
    events = lanes[2]["events"]
    lanes[2]["events"] = [e for e in events if e.get("message") not in (4, 7)]
    page = visit(Race(lanes).html())
    assert "⚠ missing: 4, 7" in page.locator(".lw-counters").nth(2).inner_text()
    assert cells(page)[2][0] == "14 / 16 (missing: 4, 7)"
    page.get_by_role("button", name="To the start").click()
    assert "missing" not in page.locator(".lw-race").inner_text()


def test_after_the_clean_up_nothing_answers_any_more(visit, mount, silent):
    page = mount(visit(recorded(at_ms=0).html()), "race")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("own.model.get('at_ms') > 0")
    poke = "own.root.querySelector('.lw-button').click()"
    silent(page, poke, later=lambda: page.evaluate(FRAMES))


def test_without_lanes_it_says_so(visit, mount):
    page = mount(visit(recorded("vi").html(), lang="vi"), "race")
    page.evaluate("own.model.set('lanes', [])")
    assert page.get_by_text("Chưa có cuộc đua nào.").is_visible()
    assert page.get_by_role("slider").count() == 0
    page.evaluate("own.cleanUp()")


def test_hostile_text_stays_text(visit):
    page = visit(hostile().html())
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0


def test_without_javascript_the_table_is_readable(visit):
    page = visit(recorded().html(), java_script_enabled=False, alive=False)
    assert page.get_by_text("Median latency, ms").is_visible()
    assert page.locator("tbody tr").count() == 4


def test_nothing_is_clipped_at_360_pixels(visit, fits):
    shown = [make(lang) for make in (recorded, hostile) for lang in ("en", "vi")]
    page = visit(*(one.html() for one in shown), width=360)
    fits(page)
    assert page.locator("[id]").count() == 0


def test_axe_finds_nothing_serious(visit, accessible):
    accessible(visit(recorded("vi").html(), lang="vi"))
