"""Editing a cell: the editor, the keyboard, what is kept, and the way back."""

import json

import pytest

pytestmark = pytest.mark.chromium

CELL = "handshake-accept"
LOOKS = "at.fontSize, at.lineHeight, at.fontFamily"
FOCUSED = "document.activeElement.closest('[data-cell]')?.dataset.cell"


def focused(one):
    return one.page.evaluate(FOCUSED)


def kept(one):
    return one.page.evaluate("Object.keys(localStorage).filter((k) => k.includes(':'))")


def test_editor_is_loaded_with_the_first_edit_and_looks_like_the_code(chapter):
    asked = []
    one = chapter(before=lambda page: page.on("request", lambda r: asked.append(r.url)))
    cell = one.cell(CELL)
    code, box = one.code(CELL).inner_text(), one.code(CELL).bounding_box()
    style = f"(el) => {{ const at = getComputedStyle(el); return [{LOOKS}] }}"
    looks = one.code(CELL).evaluate(style)
    assert not any("/editor-" in url for url in asked)
    one.press(CELL, "edit")
    editor = cell.locator(".cm-content")
    editor.wait_for()
    assert any("/editor-" in url for url in asked)
    assert not any(".bin" in url for url in asked)  # writing starts no Python
    assert editor.inner_text().split() == code.split()
    assert editor.evaluate(style) == looks
    now = cell.locator(".tab-editor").bounding_box()
    assert abs(now["height"] - box["height"]) < 2


def test_colours_of_the_editor_are_the_books(chapter):
    one = chapter()
    cell = one.cell("handshake-try")
    colour = "(el) => getComputedStyle(el).color"
    for theme in ("light", "dark"):
        one.page.emulate_media(color_scheme=theme)
        one.page.locator(f"html[data-theme={theme}]").wait_for()
        word = cell.locator("pre .k").first.evaluate(colour)
        text = cell.locator("pre .s2").first.evaluate(colour)
        one.press("handshake-try", "edit")
        editor = cell.locator(".cm-content")
        assert editor.locator(".k", has_text="async").first.evaluate(colour) == word
        assert editor.locator(".s2").first.evaluate(colour) == text
        assert word != text


def test_keyboard_runs_leaves_and_never_traps(chapter):
    one = chapter()
    keyboard = one.page.keyboard
    one.press(CELL, "edit")
    assert focused(one) == CELL
    editor = one.cell(CELL).locator(".cm-content")
    assert "Shift+Enter" in editor.get_attribute("aria-label")
    keyboard.press("Escape")
    assert one.page.evaluate("document.activeElement.dataset.do") == "run"
    for _ in range(2):  # past Copy, back into the code; and out of it again
        keyboard.press("Shift+Tab")
    assert editor.evaluate("(el) => el === document.activeElement")
    keyboard.press("Tab")
    assert not editor.evaluate("(el) => el === document.activeElement")
    editor.focus()
    keyboard.press("ControlOrMeta+A")
    keyboard.insert_text("print('from the keyboard')")
    keyboard.press("Shift+Enter")
    assert focused(one) == "handshake-raw"
    one.state(CELL, "ok")
    assert one.text(CELL) == "from the keyboard\n"
    assert editor.inner_text() == "print('from the keyboard')"  # no new line
    keyboard.press("Shift+Enter")  # on the next cell's button: runs that one
    one.state("handshake-raw", "failed")
    assert focused(one) == "handshake-server"


def test_change_is_kept_until_it_is_reset(chapter):
    one = chapter()
    published = one.code(CELL).inner_html()
    reset = one.cell(CELL).locator("[data-do=reset]")
    one.write(CELL, "answer = 42")
    assert one.cell(CELL).locator(".tab-changed").inner_text() == "changed"
    assert len(kept(one)) == 1
    one.page.reload()
    one.cell(CELL).locator(".cm-content", has_text="answer = 42").wait_for()
    assert one.cell("handshake-key").locator(".cm-content").count() == 0
    one.press(CELL, "reset")
    assert one.code(CELL).inner_html() == published
    assert one.cell(CELL).locator(".tab-changed").is_hidden()
    assert kept(one) == [] and reset.is_hidden()
    one.page.reload()
    assert one.cell(CELL).locator(".cm-content").count() == 0


def test_book_that_changed_since_asks_before_it_shows_the_old_change(chapter):
    one = chapter()
    one.write(CELL, "mine = 1")
    name = kept(one)[0]
    value = json.dumps({"of": "the book's code of last year", "code": "mine = 1"})
    for word, code in (("Take my version", "mine = 1"), ("Forget it", None)):
        one.page.evaluate("([k, v]) => localStorage.setItem(k, v)", [name, value])
        one.page.reload()
        note = one.cell(CELL).locator(".tab-note")
        note.wait_for()
        assert one.cell(CELL).locator(".cm-content").count() == 0
        note.get_by_role("button", name=word).click()
        assert note.count() == 0
        if code:
            one.cell(CELL).locator(".cm-content", has_text=code).wait_for()
    assert kept(one) == []


def test_browser_that_keeps_nothing_says_so(chapter):
    refuse = """const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
      if (key.startsWith("live-wire:")) throw new DOMException("full");
      set.call(this, key, value);
    };"""
    one = chapter(before=lambda page: page.add_init_script(refuse))
    one.write(CELL, "mine = 1")
    one.hear("keeps nothing")
