"""Live faces in a real browser: they flow, a reader holds them, and they end."""

import json

import pytest

from widgets import Buffers, Race, Rooms, Timeline

pytestmark = pytest.mark.chromium

NAMES = {"Pause": "Tạm dừng", "Play": "Chạy", "live": "trực tiếp", "held": "đang dừng"}
FEED = """([name, value]) => {
  own.model.set(name, value);
  return new Promise((done) => requestAnimationFrame(() => done()));
}"""


def steps(count):
    return [{"kind": "join", "who": f"p{n}", "room": "news"} for n in range(count)]


def samples(count):
    sizes = {"application_bytes": 1, "transport_bytes": 2, "kernel_bytes": 3}
    return [sizes | {"time_ms": n, "paused": False} for n in range(count)]


def tracks(count):
    events = [
        {"time_ms": n, "message": n, "latency_ms": 1, "bytes": 9}
        for n in range(1, count)
    ]
    return [{"name": "SSE", "events": events}]


def plain(count):
    events = [{"time_ms": n, "age_ms": 1, "bytes": 9} for n in range(count)]
    return [{"name": "SSE", "events": events}]


# What each shows, what feeds it, and what tells a reader where it stands.
KINDS = {
    "rooms": (Rooms, "steps", steps, ".lw-said"),
    "buffers": (Buffers, "samples", samples, ".lw-when"),
    "timeline": (Timeline, "series", plain, ".lw-when"),
    "race": (Race, "lanes", tracks, ".lw-when"),
}


@pytest.fixture(params=KINDS)
def flowing(request, visit, mount):
    """A live face with some events; how to feed it, and what it says."""
    make, trait, some, place = KINDS[request.param]
    page = mount(visit(make().html()), request.param)
    page.evaluate("own.model.set('following', true)")

    def feed(count):
        page.evaluate(FEED, [trait, some(count)])
        return page.locator(place).inner_text()

    page.feed, page.place, page.trait = feed, page.locator(place), trait
    feed(20)
    return page


def press(page, name):
    page.get_by_role("button", name=name, exact=True).press("Enter")


def test_it_flows_until_it_is_held_and_then_flows_again(flowing):
    assert flowing.locator(".lw-flow").inner_text() == "live"
    before = flowing.place.inner_text()
    assert (after := flowing.feed(30)) != before
    press(flowing, "Pause")
    assert flowing.locator(".lw-flow").inner_text() == "held"
    assert flowing.feed(40) == after
    press(flowing, "Play")
    assert flowing.place.inner_text() != after
    assert flowing.locator(".lw-flow").inner_text() == "live"


def test_when_it_ends_it_is_as_any_other_and_a_held_place_stays(flowing):
    before = flowing.place.inner_text()
    press(flowing, "Pause")
    flowing.feed(25)
    flowing.evaluate("own.model.set('following', false)")
    assert flowing.locator(".lw-flow").inner_text() == ""
    # The race now counts from where it was: not "so far", but the same time.
    assert flowing.place.inner_text() == before
    assert flowing.get_by_role("button", name="Pause").count() == 0


def test_what_a_reader_chooses_is_held_and_not_told_to_the_kernel(flowing):
    before = flowing.evaluate("[own.model.get('selected'), own.model.get('at_ms')]")
    if flowing.trait == "steps":
        flowing.get_by_role("option").nth(3).click()
    else:
        flowing.get_by_role("slider").focus()
        flowing.keyboard.press("ArrowLeft")
    assert flowing.locator(".lw-flow").inner_text() == "held"
    after = flowing.evaluate("[own.model.get('selected'), own.model.get('at_ms')]")
    assert json.dumps(after) == json.dumps(before)


def test_after_the_clean_up_a_batch_that_waits_is_not_drawn(flowing):
    script = """async ([name, value]) => {
      own.model.set(name, value);
      own.cleanUp();
      const before = own.root.innerHTML;
      await new Promise((done) => requestAnimationFrame(done));
      return own.root.innerHTML === before;
    }"""
    assert flowing.evaluate(script, [flowing.trait, []])
    assert flowing.evaluate("[own.heard.size, own.el.children.length]") == [0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_it_speaks_the_readers_language_and_fits(visit, mount, fits, kind):
    make, trait, some, _ = KINDS[kind]
    page = mount(visit(make(lang="vi").html(), width=360, lang="vi"), kind)
    page.evaluate("own.model.set('following', true)")
    page.evaluate(FEED, [trait, some(30)])
    press(page, NAMES["Pause"])
    assert page.locator(".lw-flow").inner_text() == NAMES["held"]
    press(page, NAMES["Play"])
    assert page.locator(".lw-flow").inner_text() == NAMES["live"]
    fits(page)


def test_what_is_not_kept_and_what_is_merged_is_said(visit, mount):
    page = mount(visit(Rooms().html()), "rooms")
    page.evaluate(
        "own.model.set('before', {Chi: ['news']}); own.model.set('earlier', 1200)"
    )
    page.evaluate("own.model.set('following', true)")
    page.evaluate(FEED, ["steps", steps(2)])
    note = page.locator(".lw-note")
    assert note.inner_text() == "1,200 earlier steps are not kept."
    assert page.locator(".lw-row").last.inner_text().startswith("1202")
    assert page.locator(".lw-chip", has_text="Chi").count() == 2
    merged = [{"time_ms": 9, "message": 8, "messages": 7, "count": 8, "bytes": 9}]
    page = mount(visit(Race().html()), "race")
    page.evaluate(FEED, ["lanes", [{"name": "SSE", "events": merged}]])
    assert page.locator(".lw-note").inner_text() == (
        "One point stands for up to 8 events."
    )
    assert "7 / 8 (missing: 1 more)" in page.locator("td").first.inner_text()
