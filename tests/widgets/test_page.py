"""The published face: stored output, brought to life by the host script."""

from pathlib import Path

import pytest

from servers.network.trace import Trace
from servers.wire.message import Field, Message
from widgets import Ladder

pytestmark = pytest.mark.chromium

RECORDED = Path(__file__).parents[2] / "book" / "gallery" / "handshake.json"
HOSTILE = "<img src=x onerror=window.broken=1>\u202e\r\n" + "long" * 60


def recorded(lang="en", **traits):
    trace = Trace.from_json(RECORDED.read_text("utf-8"))
    return Ladder(trace, lang=lang, title="Đà Nẵng", store_times=True, **traits)


def hostile(lang="en"):
    field = Field(HOSTILE, HOSTILE, 0, 2, HOSTILE)
    end = (b"hello" * 300, (field,), HOSTILE)
    messages = [Message(2.5, n, "client", "bytes", HOSTILE, *end) for n in (1, 2, 3)]
    return Ladder(messages, lang=lang, title=HOSTILE, selected=1)


def open_step(page):
    return page.locator(".lw-row[aria-selected=true] .lw-gutter b").all_inner_texts()


def test_mouse_opens_a_message_and_marks_a_field_both_ways(visit):
    page = visit(recorded().html())
    assert page.locator("table:visible").count() == 0
    page.get_by_role("option", name="101 Switching Protocols").click()
    assert page.locator(".lw-heading").inner_text().startswith("2. HTTP/1.1 101")
    field = page.get_by_role("button", name="status line")
    field.click()
    assert page.locator(".lw-hex .lw-chosen").count() == 34
    assert field.get_attribute("aria-pressed") == "true"
    page.locator(".lw-text .lw-byte").nth(40).click()
    pressed = page.locator(".lw-field[aria-pressed=true]").all_inner_texts()
    assert pressed == ["Upgrade"]
    assert "␍␊" in page.locator(".lw-dump").inner_text().replace("\n", "")


def test_keys_move_through_the_exchange(visit):
    page = visit(recorded().html())
    page.locator(".lw-row").first.focus()
    steps = []
    for key in ("ArrowDown", "ArrowDown", "End", "ArrowUp", "Home", "Escape"):
        page.keyboard.press(key)
        steps += open_step(page) or ["none"]
        focused = page.evaluate("document.activeElement.ariaSelected")
        assert focused == str(key != "Escape").lower()
    assert steps == ["1", "2", "10", "9", "1", "none"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")  # the bytes, which may scroll
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(".lw-field[aria-pressed=true]").inner_text() == "request line"


def test_buttons_have_names_and_step_and_play(visit):
    page = visit(recorded(lang="vi").html(), lang="vi")
    page.clock.install()
    press = lambda name: page.get_by_role("button", name=name).click()  # noqa: E731
    steps = []
    for name in ("Thông điệp sau", "Thông điệp cuối", "Thông điệp trước"):
        press(name)
        steps += open_step(page)
    press("Thông điệp đầu")
    assert [*steps, *open_step(page)] == ["1", "10", "9", "1"]
    assert page.get_by_role("button", name="Thông điệp trước").is_disabled()
    press("Chạy")
    page.clock.run_for(1600)
    assert open_step(page) == ["3"]
    press("Tạm dừng")
    page.clock.run_for(9000)
    assert open_step(page) == ["3"]
    press("Chạy")
    page.clock.run_for(30000)
    assert open_step(page) == ["10"]
    assert page.get_by_role("button", name="Chạy").is_visible()


def test_two_widgets_on_a_page_do_not_disturb_each_other(visit):
    page = visit(recorded().html(), recorded(selected=4).html())
    page.locator(".lw-ladder").first.locator(".lw-row").first.click()
    assert open_step(page) == ["1", "5"]
    assert page.locator("[id]").count() == 0


def test_closing_brings_the_snapshot_back(visit):
    page = visit(recorded(selected=0).html())
    page.evaluate("liveWidgets.close()")
    assert page.locator(".lw-ladder").count() == 0
    assert page.locator("table").is_visible()
    page.evaluate("liveWidgets.open()")
    page.wait_for_selector(".lw-ladder")
    assert page.locator("table:visible").count() == 1  # the fields of message 1


@pytest.fixture
def mounted(visit, mount):
    """A page with a ladder whose model is in the test's hands: `own` in the page."""
    page = visit(recorded().html())
    page.clock.install()
    return mount(page, "ladder")


def test_a_change_of_the_model_is_drawn(mounted):
    assert mounted.locator(".lw-row").count() == 10
    mounted.evaluate("own.model.set('messages', own.model.get('messages').slice(0, 3))")
    assert mounted.locator(".lw-row").count() == 3
    mounted.evaluate("own.model.set('selected', 1)")
    assert open_step(mounted) == ["2"]
    mounted.evaluate("own.model.set('lang', 'vi')")
    assert mounted.get_by_role("button", name="Chạy").is_visible()


def test_after_the_clean_up_nothing_answers_any_more(mounted):
    mounted.get_by_role("button", name="Play").click()
    mounted.evaluate("own.cleanUp()")
    mounted.clock.run_for(9000)
    mounted.evaluate("own.root.querySelectorAll('.lw-row')[4].click()")
    left = "[own.model.get('selected'), own.heard.size, own.el.children.length]"
    assert mounted.evaluate(left) == [0, 0, 0]


def test_hostile_text_stays_text(visit):
    page = visit(hostile().html())
    page.locator(".lw-field").click()
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0
    shown = page.locator(".lw-row").first.inner_text()
    assert "<img src=x" in shown and "\ufffd␍␊" in shown
    assert "… 476 more bytes" in page.locator(".lw-dump").inner_text()


def test_a_broken_widget_keeps_its_snapshot_and_says_why(visit):
    broken = recorded().html().replace('data-widget="ladder"', 'data-widget="swing"')
    page = visit(broken, alive=False)
    page.wait_for_function("document.readyState === 'complete'")
    assert page.locator("table").is_visible()
    assert "no widget is called swing" in page.complaints.pop()


def test_without_javascript_the_table_is_readable(visit):
    page = visit(recorded().html(), java_script_enabled=False, alive=False)
    assert page.locator("tbody tr").first.is_visible()
    page.get_by_text("156 bytes").click()
    assert page.get_by_text("Sec-WebSocket-Key (82–126)").is_visible()


@pytest.mark.parametrize("alive", [True, False], ids=["live", "snapshot"])
@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("make", [recorded, hostile])
def test_nothing_is_clipped_at_360_pixels(visit, fits, make, lang, alive):
    html = make(lang).html().replace("<details>", "<details open>")
    page = visit(html, lang=lang, width=360, alive=alive, java_script_enabled=alive)
    if alive:
        page.locator(".lw-row").first.click()
        page.locator(".lw-field").first.click()
    fits(page, alive)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_axe_finds_nothing_serious(visit, accessible, theme, lang):
    page = visit(recorded(lang, selected=2).html(), theme=theme, lang=lang)
    page.locator(".lw-field").nth(1).click()
    accessible(page)
