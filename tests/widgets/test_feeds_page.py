"""The feeds' published face, in a real browser."""

import pytest

from widgets import Feeds

pytestmark = pytest.mark.chromium


def shown(page):
    rows = page.locator(".lw-feeds tbody tr").all()
    return [row.locator(".lw-number").all_inner_texts() for row in rows]


def expected(feeds):
    return [row[1:] for row in feeds._rows()]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_it_opens_with_what_the_snapshot_says(visit, lang):
    feeds = Feeds(lang=lang, clients=100)
    page = visit(feeds.html())
    assert shown(page) == expected(feeds)


def test_keys_turn_the_settings_and_a_screen_reader_hears_it(visit):
    page = visit(Feeds().html())
    rate, distance, clients = page.get_by_role("slider").all()
    clients.focus()
    page.keyboard.press("End")
    distance.focus()
    page.keyboard.press("Home")
    rate.focus()
    page.keyboard.press("ArrowLeft")
    assert shown(page) == expected(Feeds(mean_s=0.2, rtt_ms=10, clients=100))
    told = [one.get_attribute("aria-valuetext") for one in (rate, distance, clients)]
    assert [text.replace("\xa0", " ") for text in told] == ["0.2 s", "10 ms", "100"]
    assert "SSE: Mean latency, ms 5;" in page.get_by_role("status").inner_text()


def test_nothing_is_clipped_at_360_pixels(visit, fits):
    feeds = [Feeds(lang=lang, title="long" * 40) for lang in ("en", "vi")]
    page = visit(*(one.html() for one in feeds), width=360)
    fits(page)
    assert page.locator("[id]").count() == 0


def test_axe_finds_nothing_serious(visit, accessible):
    accessible(visit(Feeds().html()))


def test_after_its_clean_up_it_answers_to_nothing(visit, mount, silent):
    page = mount(visit(Feeds().html()), "feeds")
    poke = """(() => {
      const slider = own.root.querySelector("input");
      slider.value = 0;
      slider.dispatchEvent(new Event("input"));
    })()"""
    silent(page, poke)
