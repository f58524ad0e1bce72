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
    page = visit(recorded(lang="vi").html(), lang="vi", own=True)
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


def crowded(lang="en", count=5000, **traits):
    """More messages than stand in a page whole; every tenth is a ping."""
    said = [
        ("ping", "ping") if n % 10 == 9 else ("text", f"no. {n}") for n in range(count)
    ]
    messages = [
        Message(n, 1 + n % 2, "client", *m, b"\x89\x00") for n, m in enumerate(said)
    ]
    return Ladder(messages, lang=lang, store_times=True, **traits)


def test_of_many_messages_only_those_in_view_are_drawn_and_all_are_reached(visit):
    page = visit(crowded().html())
    rows = page.locator(".lw-row")
    assert rows.count() < 60
    rows.first.focus()
    steps = []
    for key in ("End", "ArrowUp", "PageUp", "Home", "PageDown", "ArrowDown"):
        page.keyboard.press(key)
        steps += open_step(page)
        row = page.locator(".lw-row[aria-selected=true]")
        assert row.evaluate("row => row === document.activeElement")
        assert row.get_attribute("aria-posinset") == steps[-1]
        assert row.get_attribute("aria-setsize") == "5000"
        above = """row => row.parentNode.getBoundingClientRect().top
            - row.getBoundingClientRect().top"""
        assert row.evaluate(above) < 1
    assert steps == ["5000", "4999", "4989", "1", "11", "12"]
    page.locator(".lw-rows").evaluate("list => list.scrollTop = list.scrollHeight / 2")
    page.get_by_role("option", name="2501. ").wait_for()
    assert rows.count() < 60
    # The row that Tab leads to stays, far out of view.
    assert page.locator(".lw-row[tabindex='0']").get_attribute("aria-posinset") == "12"
    names = rows.evaluate_all("rows => rows.map((row) => Number(row.ariaPosInSet))")
    assert names == sorted(names)


@pytest.mark.parametrize("count", [150, 5000])
def test_filters_say_how_many_are_shown_and_stepping_stays_among_them(visit, count):
    page = visit(crowded(count=count).html())
    page.get_by_label("Kind").select_option("ping")
    found = page.locator(".lw-found")
    assert found.inner_text() == f"{count // 10} of {count:,} shown"
    steps = []
    for name in ("Next message", "Next message", "Last message"):
        page.get_by_role("button", name=name).click()
        steps += open_step(page)
    assert steps == ["10", "20", str(count)]
    page.get_by_label("Connection").select_option("1")
    assert found.inner_text() == f"0 of {count:,} shown"
    assert page.locator(".lw-row").count() == len(open_step(page)) == 0
    page.get_by_label("Connection").select_option("all")
    page.get_by_label("Kind").select_option("all")
    assert found.inner_text() == ""
    assert page.locator(".lw-row").first.inner_text().startswith("1")


def test_the_slider_seeks(visit):
    page = visit(crowded(lang="vi").html(), lang="vi")
    slider = page.get_by_role("slider", name="Đi đến thông điệp")
    slider.fill("2500")
    assert open_step(page) == ["2500"]
    slider.press("ArrowRight")
    assert open_step(page) == ["2501"]
    assert slider.get_attribute("aria-valuetext") == "2501 / 5000: no. 2500"
    slider.press("End")
    assert open_step(page) == ["5000"]
    slider.press("Home")
    assert open_step(page) == []


def test_a_broker_has_a_column_of_its_own(visit):
    said = [Message(0, n, "client", "text", "Đà Nẵng", b"a") for n in (1, 2)]
    ladder = Ladder(said, "vi", ends={2: ("server", "broker")})
    page = visit(ladder.html(), lang="vi")
    assert page.get_by_label("Kết nối").is_visible()
    assert page.get_by_label("Loại").is_hidden()  # there is only one
    names = page.locator(".lw-column").all_inner_texts()
    assert names == ["máy khách", "máy chủ", "broker"]
    assert page.get_by_role("option", name="máy chủ → broker").is_visible()


def test_an_empty_ladder_is_drawn(visit):
    page = visit(Ladder(lang="vi").html(), lang="vi")
    assert page.locator(".lw-hint").inner_text() == "Chưa có thông điệp nào."
    assert page.get_by_role("slider").is_disabled()


@pytest.fixture
def mounted(visit, mount):
    """A page with a ladder whose model is in the test's hands: `own` in the page."""
    return mount(visit(recorded().html()), "ladder")


def test_a_change_of_the_model_is_drawn(mounted):
    assert mounted.locator(".lw-row").count() == 10
    mounted.evaluate("own.model.set('messages', own.model.get('messages').slice(0, 3))")
    assert mounted.locator(".lw-row").count() == 3
    mounted.evaluate("own.model.set('selected', 1)")
    assert open_step(mounted) == ["2"]
    mounted.evaluate("own.model.set('lang', 'vi')")
    assert mounted.get_by_role("button", name="Chạy").is_visible()


def test_after_the_clean_up_nothing_answers_any_more(visit, mount, silent):
    page = visit(recorded().html(), own=True)
    page.clock.install()
    mount(page, "ladder").get_by_role("button", name="Play").click()
    poke = "own.root.querySelectorAll('.lw-row')[4].click()"
    silent(page, poke, later=lambda: page.clock.run_for(9000))


BATCH = """([first, count]) => {
  const words = ["client-1", "server", "text", "ping"];
  const row = (step) =>
    [step, null, 1, 0, 1, step % 10 ? 2 : 3, "m", "8900", 2, [], ""];
  const rows = Array.from({ length: count }, (_, i) => row(first + i));
  const bytes = new TextEncoder().encode(JSON.stringify({ words, rows }));
  const batch = { type: "batch", keep: 1000 };
  own.heard.get("msg:custom")(batch, [new DataView(bytes.buffer)]);
  return new Promise((done) => requestAnimationFrame(() => done(0)));
}"""


@pytest.fixture
def following(mounted):
    """A mounted ladder whose trace is growing; 3,000 messages have come."""
    mounted.evaluate("own.model.set('messages', []); own.model.set('following', true)")
    for first in (1, 1501):
        mounted.evaluate(BATCH, [first, 1500])
    return mounted


def test_a_live_ladder_shows_the_last_and_says_how_many_went(following):
    assert following.locator(".lw-note").inner_text().startswith("2,000 earlier")
    assert following.locator(".lw-count").inner_text() == "– / 1000"
    assert following.locator(".lw-flow").inner_text() == "live"
    assert following.locator(".lw-row").last.inner_text().startswith("3000")
    assert following.locator(".lw-row").count() < 60


def test_choosing_holds_a_live_ladder_and_play_lets_it_flow(following):
    row = following.get_by_role("option", name="2998. ")
    row.click()
    following.evaluate(BATCH, [3001, 700])
    assert open_step(following) == ["2998"]
    assert following.locator(".lw-heading").inner_text().startswith("2998. m")
    assert following.locator(".lw-flow").inner_text() == "held"
    assert following.locator(".lw-fresh").inner_text() == "700 new"
    assert following.evaluate("own.model.get('selected')") == -1
    following.get_by_role("button", name="Play").click()
    assert following.locator(".lw-row").last.inner_text().startswith("3700")
    assert following.locator(".lw-flow").inner_text() == "live"
    following.get_by_role("button", name="Pause").click()
    assert following.locator(".lw-flow").inner_text() == "held"


def test_behind_a_gap_only_what_is_whole_is_shown(following):
    following.get_by_role("button", name="Pause").click()
    following.evaluate(BATCH, [5001, 300])
    assert following.locator(".lw-fresh").inner_text() == "2,300 new"
    following.get_by_role("button", name="Play").click()
    assert following.locator(".lw-note").inner_text().startswith("5,000 earlier")
    assert following.locator(".lw-count").inner_text() == "– / 300"


def test_a_live_ladder_is_filtered_while_it_flows(following):
    following.get_by_label("Kind").select_option("ping")
    following.evaluate(BATCH, [3001, 100])
    assert following.locator(".lw-found").inner_text() == "100 of 1,000 shown"
    assert following.locator(".lw-row").last.inner_text().startswith("3100")


def test_when_the_following_ends_the_open_message_stays_open(following):
    following.get_by_role("option", name="2998. ").click()
    last = """own.model.set('messages', [2997, 2998, 2999].map((step) => ({
        step, connection: 1, sender: 'client-1', receiver: 'server', kind: 'text',
        summary: 'm', hex: '8900', size: 2, fields: [], error: '' })));
      own.model.set('following', false)"""
    following.evaluate(last)
    assert open_step(following) == ["2998"]
    assert following.evaluate("own.model.get('selected')") == 1
    assert following.locator(".lw-flow").inner_text() == ""


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


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_nothing_is_clipped_at_360_pixels(visit, fits, lang):
    shown = [make(lang).html() for make in (recorded, hostile, crowded)]
    page = visit(*shown, lang=lang, width=360)
    for face in page.locator(".lw-face").all():
        face.locator(".lw-row").first.click()
        for field in face.locator(".lw-field").all()[:1]:
            field.click()
    fits(page)


def test_axe_finds_nothing_serious(visit, accessible):
    page = visit(recorded("vi", selected=2).html(), lang="vi")
    page.locator(".lw-field").nth(1).click()
    accessible(page)
