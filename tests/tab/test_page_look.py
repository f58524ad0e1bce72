"""The page that runs, as people meet it: both languages and themes, small and large."""

import pytest

from tests.axe import bring_axe, serious

from .chapter_page import SETUP

pytestmark = pytest.mark.chromium

CELL, LADDER = "handshake-try", "handshake-ladder"
SMALL = """() => [...document.querySelectorAll(
    ".tab-run button, .tab-run summary, .tab-bar button")]
  .filter((el) => el.checkVisibility())
  .map((el) => [el.textContent, el.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < 24)
  .map(([text]) => text)"""
CUT = """() => [...document.querySelectorAll(".tab-run *, .tab-bar *, .tab-menu *")]
  .filter((el) => el.checkVisibility())
  .map((el) => [el.textContent, el.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.left < 0 || box.right > innerWidth))
  .map(([text]) => text)"""


# The stored chapter, which tests/site judges: axe looks at every pair of its texts.
REST = """(kept) => {
  for (const part of document.querySelectorAll("article section > :not(h1)"))
    if (!part.matches(kept) && !part.querySelector(kept)) part.remove();
}"""


# The theme does so a moment after each change: see its MutationObserver.
FOCUSABLE = """[...document.querySelectorAll("pre")]
  .every((pre) => pre.scrollWidth <= pre.clientWidth || pre.tabIndex === 0)"""


def judge(page, cells):
    """What a reader could not press, see or hear of these cells and of the bar."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate(
        "innerWidth"
    )
    assert page.evaluate(SMALL) == []
    assert page.evaluate(CUT) == []
    page.evaluate(REST, ", ".join(f'[data-cell="{name}"]' for name in cells))
    page.wait_for_function(FOCUSABLE)
    bring_axe(page)
    assert serious(page, without=["color-contrast"]) == []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.locator(f"html[data-theme={theme}]").wait_for()
        assert serious(page, runOnly=["color-contrast"]) == []


@pytest.mark.parametrize("lang, width", [("en", 1280), ("vi", 360)])
def test_page_that_runs_is_accessible_at_every_size(chapter, lang, width):
    one = chapter(f"{lang}/notebooks/20-handshake.html")
    one.page.set_viewport_size({"width": width, "height": 740})
    one.page.emulate_media(color_scheme="light")
    for name in SETUP:
        one.run(name)
    one.do("handshake-key", "1 / 0", "failed")  # an editor, a traceback, a marked line
    one.cell("handshake-key").locator("summary").click()
    judge(one.page, [*SETUP, "handshake-key"])


def test_widget_follows_the_reader_and_python_knows(running):
    running.run(CELL)
    running.do(LADDER, "ladder = Ladder(tap.trace, lang=lang)\nladder")
    face = running.cell(LADDER).locator(".lw-face")
    face.wait_for()
    face.locator(".lw-row").nth(2).click()
    running.do("handshake-count", "print(ladder.selected)")
    assert running.text("handshake-count") == "2\n"
    running.do("handshake-count", "ladder.selected = 1")
    face.locator(".lw-row[aria-selected=true]").wait_for()
    chosen = face.locator(".lw-row[aria-selected=true]").inner_text()
    assert "101" in chosen
    # Run again, the old view is gone: one face, and it is the new one's.
    running.run(LADDER)
    face.wait_for()
    assert face.count() == 1


BYTES = """
import anywidget, traitlets
class Echo(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
      el.textContent = "here";
      model.on("msg:custom", (told, [bytes]) => {
        model.set("deep", { list: ["a", bytes] });
        model.save_changes();
        model.send({ told }, undefined, [bytes]);
      });
    } }'''
    deep = traitlets.Any().tag(sync=True)
echo, heard = Echo(), []
echo.on_msg(lambda _, content, buffers: heard.append((content, buffers)))
echo
"""
HEARD = """
import asyncio
async with asyncio.timeout(20):
    while not heard:
        await asyncio.sleep(0.01)
print(heard[0][0], bytes(heard[0][1][0]))
first, data = echo.deep["list"]
print(first, bytes(data))
"""


def test_bytes_go_to_a_widget_and_come_back(running):
    running.do(LADDER, BYTES)
    running.cell(LADDER).locator(".text_html", has_text="here").wait_for()
    running.do("handshake-count", "echo.send('go', buffers=[b'\\x00\\xff'])")
    running.do("handshake-count", HEARD)
    came = "{'told': 'go'} b'\\x00\\xff'\na b'\\x00\\xff'\n"
    assert running.text("handshake-count") == came


def test_progress_moves_in_its_place(running):
    running.do(
        LADDER,
        "from IPython.display import DisplayHandle\nshown = DisplayHandle()\n"
        "shown.display({'text/plain': ''}, raw=True)\n"
        "shown.update({'text/html': '<progress max=3 value=2></progress>'}, raw=True)",
    )
    running.cell(LADDER).locator("progress[value='2']").wait_for(state="attached")
    running.do("handshake-count", "shown.update({'text/plain': ''}, raw=True)")
    running.cell(LADDER).locator("progress").wait_for(state="detached")


def test_languages_have_the_same_words(chapter):
    one = chapter("vi/notebooks/20-handshake.html")
    one.run(SETUP[0])
    assert one.hear("Ô 1 chạy xong") == one.said
    label = one.cell(SETUP[0]).locator("[data-do=run]").get_attribute("aria-label")
    assert label == "Chạy ô 1"
