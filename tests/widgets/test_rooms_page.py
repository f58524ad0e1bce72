"""The rooms' published face, in a real browser."""

import json
from pathlib import Path

import pytest

from widgets import Rooms

pytestmark = pytest.mark.chromium

RECORDED = Path(__file__).parents[2] / "book" / "gallery" / "rooms.json"
HOSTILE = "<img src=x onerror=window.broken=1>\u202e" + "long" * 40


def recorded(lang="en", **traits):
    steps = json.loads(RECORDED.read_text("utf-8"))
    return Rooms(steps, lang=lang, title="Đà Nẵng", **traits)


def hostile(lang="en", **traits):
    names = [f"{n}{HOSTILE}" for n in range(6)]
    steps = [{"kind": "join", "who": name, "room": HOSTILE} for name in names]
    said = {"who": names[0], "room": HOSTILE, "text": HOSTILE}
    end = {"hears": [*names[:3], HOSTILE], "skip": names[:4]}
    steps.append({"kind": "emit"} | said | end)
    return Rooms(steps, lang=lang, title=HOSTILE, **traits)


def step_of(page):
    return page.locator(".lw-row[aria-selected=true] .lw-step").inner_text()


def chips(page, box):
    return page.locator(f".lw-room:nth-child({box}) .lw-chip").all_inner_texts()


def test_a_message_lights_up_who_hears_it_in_words(visit):
    page = visit(recorded(selected=9).html())
    assert page.locator(".lw-said").inner_text() == (
        "10. Chi → chess: “?!” ♪ heard by: An, Bình"
    )
    assert chips(page, 1) == ["An", "Bình", "Chi ➤ sends"]
    assert chips(page, 2) == ["An ♪ hears", "Bình ♪ hears"]
    assert chips(page, 3) == ["Bình", "Chi"]
    assert page.locator(".lw-target").inner_text().startswith("Room chess 2 people ✉")
    page.get_by_role("button", name="Previous step").click()
    assert chips(page, 2) == ["An ➤ sends ⊘ skipped", "Bình ♪ hears"]


def test_a_difference_from_the_rooms_is_seen(visit):
    page = visit(hostile(selected=6).html())
    signs = page.locator(".lw-chip").evaluate_all("es => es.map(e => e.dataset.signs)")
    assert signs.count("missed") == 2
    assert signs.count("hears outside") == 1
    assert page.get_by_text("⚠ from outside").is_visible()


def test_keys_walk_through_the_steps(visit):
    page = visit(recorded().html())
    page.locator(".lw-row").first.focus()
    seen = []
    for key in ("ArrowDown", "End", "ArrowDown", "ArrowUp", "Home"):
        page.keyboard.press(key)
        seen.append(step_of(page))
        assert page.evaluate("document.activeElement.ariaSelected") == "true"
    assert seen == ["2", "14", "14", "13", "1"]


def test_a_click_chooses_a_step(visit):
    page = visit(recorded().html())
    page.get_by_role("option", name="An joins chess").click()
    assert chips(page, 2) == ["An + joins"]
    assert page.get_by_role("group", name="Room chess, 1 person").is_visible()


def test_buttons_have_names_and_step_and_play(visit):
    page = visit(recorded(lang="vi").html(), lang="vi", own=True)
    page.clock.install()
    press = lambda name: page.get_by_role("button", name=name).click()  # noqa: E731
    steps = []
    for name in ("Bước sau", "Bước cuối", "Bước trước", "Bước đầu"):
        press(name)
        steps.append(step_of(page))
    assert steps == ["2", "14", "13", "1"]
    assert page.get_by_role("button", name="Bước trước").is_disabled()
    press("Chạy")
    page.clock.run_for(1600)
    press("Tạm dừng")
    page.clock.run_for(9000)
    assert step_of(page) == "3"
    press("Chạy")
    page.clock.run_for(30000)
    assert step_of(page) == "14"
    assert page.get_by_role("button", name="Chạy").is_visible()


def test_after_the_clean_up_nothing_answers_any_more(visit, mount, silent):
    page = visit(recorded().html(), own=True)
    page.clock.install()
    mount(page, "rooms")
    page.evaluate("own.model.set('lang', 'vi')")
    assert page.get_by_text("An vào phòng chess").is_visible()
    page.evaluate("own.model.set('steps', own.model.get('steps').slice(0, 2))")
    assert page.locator(".lw-row").count() == 2
    page.get_by_role("button", name="Chạy").click()
    page.evaluate("own.model.set('selected', 0)")
    poke = "own.root.querySelectorAll('.lw-row')[1].click()"
    silent(page, poke, later=lambda: page.clock.run_for(9000))


def test_a_face_without_steps_says_so(visit, mount):
    page = mount(visit(recorded().html()), "rooms")
    page.evaluate("own.model.set('steps', [])")
    assert page.get_by_text("Nothing has happened yet.").is_visible()
    assert page.locator(".lw-room:visible").count() == 0


def test_hostile_text_stays_text(visit):
    page = visit(hostile(selected=6).html())
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0


def test_without_javascript_the_table_is_readable(visit):
    page = visit(recorded().html(), java_script_enabled=False, alive=False)
    assert page.get_by_text("Bình; skipped: An").is_visible()
    assert page.locator("tbody tr").count() == 14


def test_nothing_is_clipped_at_360_pixels(visit, fits):
    shown = [(recorded, 8), (hostile, 6)]
    rooms = [make(lang, selected=at) for make, at in shown for lang in ("en", "vi")]
    page = visit(*(one.html() for one in rooms), width=360)
    fits(page)
    assert page.locator("[id]").count() == 0


def test_axe_finds_nothing_serious(visit, accessible):
    shown = recorded("vi", selected=8), hostile("vi", selected=6)
    accessible(visit(*(rooms.html() for rooms in shown), lang="vi"))
