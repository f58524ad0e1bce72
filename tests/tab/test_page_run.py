"""Run, Stop, Restart, and what the page shows of outputs and errors."""

import re

import pytest

pytestmark = pytest.mark.chromium

LATER = "handshake-end"
# What a hostile string would do if it went into the page as it is. Its picture is none,
# and nothing is asked for it: of what no server has, a page may complain late.
HOSTILE = (
    '<img src="data:," onerror="hit()"><script>hit()</script><b id=lw-tab>bold</b>'
)


def test_nothing_is_downloaded_before_the_first_run(chapter):
    asked = []
    one = chapter(before=lambda page: page.on("request", lambda r: asked.append(r.url)))
    one.page.wait_for_load_state("networkidle")
    names = [url.rpartition("/")[2] for url in asked if "/tab/" in url]
    assert sorted(re.sub("-[A-Z0-9]+", "", name) for name in names) == [
        "page.css",
        "page.js",
    ]
    assert one.page.locator(".tab-bar").is_hidden()
    cells = one.page.locator("div.cell")
    assert cells.locator("[data-do=run]").count() == cells.count() > 20


def test_buttons_need_scripts_and_are_not_printed(chapter):
    one = chapter(own={"java_script_enabled": False})
    assert one.page.locator("[data-do]:visible").count() == 0
    one = chapter()
    one.page.emulate_media(media="print")
    assert one.page.locator("[data-do]:visible").count() == 0


def test_stored_output_stays_until_the_new_one_comes(running):
    cell = running.cell("handshake-try")
    stored = cell.locator(".cell_output").inner_text()
    running.do(
        "handshake-try",
        "import asyncio\ngate = asyncio.Event()\nawait gate.wait()\nprint('new')",
        "running",
    )
    assert cell.locator(".cell_output").inner_text() == stored
    running.stop("handshake-try")
    running.state("handshake-try", "stopped")
    assert "CancelledError" in cell.locator(".cell_output").inner_text()
    running.press("handshake-try", "reset")
    running.run("handshake-try")
    assert cell.locator(".cell_output").inner_text().strip() == stored.strip()


def test_cell_that_shows_nothing_leaves_nothing(running):
    running.do("handshake-key", "1;")
    assert running.cell("handshake-key").locator(".cell_output").count() == 0
    assert running.outputs("handshake-key") == []


def test_streams_are_merged_and_long_ones_keep_their_end(running):
    running.do(LATER, "for i in range(40_000):\n    print(i)")
    stream = running.cell(LATER).locator(".output.stream", has_text="39998\n39999")
    stream.wait_for()
    shown = stream.inner_text()
    assert shown.startswith("… the first ") and len(shown) < 110_000
    assert len(running.outputs(LATER)) == 1


def test_error_points_at_the_readers_line(running):
    running.do(LATER, "a = 1\nb = 0\na / b", "failed")
    cell = running.cell(LATER)
    style = cell.locator(".tab-has-error").get_attribute("style")
    assert "--tab-error-line: 3" in style
    trace = cell.locator(".output.traceback").inner_text()
    assert "line 3" in trace and trace.strip().endswith(
        "ZeroDivisionError: division by zero"
    )
    assert trace.count("\n") < 8
    assert "ZeroDivisionError" in running.said
    assert running.offered() == ["show", "all", "restart", "close"]
    running.page.locator(".tab-bar [data-do=show]").click()
    assert cell.locator("[data-do=run]").evaluate("(b) => b === document.activeElement")
    running.do(LATER, "a = 1")
    assert cell.locator(".tab-has-error").count() == 0


def test_error_in_an_earlier_cells_function_points_at_the_call(running):
    running.do("handshake-key", "# a\n# b\n# c\n# d\ndef fail():\n    1 / 0")
    running.do(LATER, "fail()", "failed")
    style = running.cell(LATER).locator(".cell_input").get_attribute("style")
    assert "--tab-error-line: 1" in style


def test_what_came_from_a_network_is_never_markup(running):
    running.page.evaluate("() => { window.hits = 0; window.hit = () => window.hits++ }")
    running.do(LATER, f"received = {HOSTILE!r}\nprint(received)\nreceived")
    assert running.cell(LATER).locator(".output img, .output b").count() == 0
    running.do(LATER, "raise ValueError(received)", "failed")
    assert running.cell(LATER).locator(".output img, .output b").count() == 0
    show = "class Shown:\n    def _repr_html_(self):\n        return received\nShown()"
    running.do(LATER, show)
    bold = running.cell(LATER).locator(".output b")
    bold.wait_for()
    assert bold.get_attribute("id") is None
    inside = running.cell(LATER).locator(".tab-foreign").inner_html()
    assert "onerror" not in inside and "script" not in inside
    assert running.page.evaluate("hits") == 0


def test_foreign_html_cannot_leave_its_box(running):
    style = "position:fixed; inset:0; background:red"
    shown = f"class Shown:\n    _repr_html_ = lambda _: 'x <p style=\"{style}\">x</p>'"
    running.do(LATER, f"{shown}\nShown()")
    box = running.cell(LATER).locator(".tab-foreign p")
    box.wait_for()
    outer = running.cell(LATER).locator(".tab-foreign").bounding_box()
    inner = box.bounding_box()
    assert inner["width"] <= outer["width"] and inner["height"] <= outer["height"]


def test_prints_of_a_task_stay_with_the_cell_that_started_it(running):
    running.do(
        "handshake-key",
        "import asyncio\ngo = asyncio.Event()\n"
        "async def later():\n    await go.wait()\n    print('from the task')\n"
        "task = asyncio.create_task(later())",
    )
    running.do(LATER, "go.set()\nawait task\nprint('from the cell')")
    assert running.text("handshake-key") == "from the task\n"
    assert running.text(LATER) == "from the cell\n"


def test_run_all_above_stops_at_the_cell(chapter):
    one = chapter()
    one.press("handshake-try", "above")
    one.state("handshake-setup", "ok")
    one.hear("2 cells ran in ")
    assert one.cell("handshake-try").get_attribute("data-state") is None


def test_name_that_earlier_cells_make_offers_them(chapter):
    one = chapter()
    one.run("handshake-try", "failed")
    assert "above" in one.offered()
    one.page.locator(".tab-bar [data-do=above]").click()
    one.state("handshake-setup", "ok")
    one.run("handshake-try")
    assert "Xin chào" in one.cell("handshake-try").locator(".cell_output").inner_text()


def test_runaway_is_ended_by_a_new_python(running):
    running.do(LATER, "while True:\n    pass", "running")
    running.stop(LATER)
    assert "lost" in running.hear("does not answer")
    assert running.offered() == ["restart", "close"]
    running.page.locator(".tab-bar [data-do=restart]").click()
    running.hear("Python is new")
    assert running.cell(LATER).get_attribute("data-state") == "stopped"
    running.do("handshake-key", "serving", "failed")
    running.run("handshake-setup")
    running.do("handshake-key", "print(serving.__name__)")
    assert running.text("handshake-key") == "serving\n"
