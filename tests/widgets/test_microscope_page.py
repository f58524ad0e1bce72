"""The microscope's published face, in a real browser."""

import pytest

from widgets import Microscope

pytestmark = pytest.mark.chromium

HELLO = bytes.fromhex("818537fa213d7f9f4d5158")  # RFC 6455 §5.7
REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: <img src=x onerror=window.broken=1>\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: " + b"long" * 40 + b"\r\n\r\n"
)


def said(page):
    return page.locator(".lw-verdict").all_inner_texts()


def test_a_flipped_bit_changes_the_verdict_and_reset_brings_it_back(visit):
    page = visit(Microscope(HELLO, title="Đà Nẵng").html())
    before, after = said(page)
    assert "hands the text “Hello” to the application" in before
    assert "Nothing is changed yet." in after
    assert page.get_by_role("button", name="Reset").is_disabled()
    page.get_by_role("button", name="opcode, bit 6: 0").click()
    before, after = said(page)
    assert "Hello" in before and "closes with 1002: Opcode 0x3 is reserved." in after
    assert page.locator(".lw-count").inner_text() == "1 bit changed"
    page.get_by_role("button", name="Reset").click()
    assert "Nothing is changed yet." in said(page)[1]


def test_keys_move_over_the_bits_and_space_flips(visit):
    page = visit(Microscope(HELLO).html())
    page.locator(".lw-bit").first.focus()
    at = []
    for key in ("ArrowRight", "ArrowDown", "End", "ArrowLeft", "Home"):
        page.keyboard.press(key)
        at.append(page.evaluate("document.activeElement.dataset.bit"))
    assert at == ["1", "9", "87", "86", "0"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert "closes with 1002: A client masks" in said(page)[1]
    assert page.evaluate("document.activeElement.dataset.bit") == "8"
    assert page.locator("table:visible").count() == 1


def test_a_byte_is_typed(visit):
    page = visit(Microscope(HELLO).html())
    # Focused without a click, as a screen reader may do.
    page.get_by_role("button", name="Byte 1: 85").focus()
    page.keyboard.type("84")
    assert page.locator(".lw-input").input_value() == "84"
    assert (
        "“Hell”" in said(page)[1] and "waits for at least 1 byte more" in said(page)[1]
    )
    field = page.get_by_role("button", name="payload length")
    assert "0b000_0100 = 4" in page.locator("tr", has=field).inner_text()
    page.keyboard.press("Backspace")
    page.keyboard.type("zz")
    assert "“Hell”" in said(page)[1]


def test_choosing_a_field_says_what_it_is(visit):
    page = visit(Microscope(HELLO, lang="vi").html(), lang="vi")
    page.get_by_role("button", name="masking key", exact=True).click()
    about = page.locator(".lw-about").inner_text()
    assert "Bốn byte ngẫu nhiên" in about and "RFC 6455 §5.3" in about
    focused = page.evaluate("document.activeElement.className")
    assert focused == "lw-field"
    assert page.locator(".lw-byte.lw-chosen").count() == 4


def test_a_request_is_judged_and_hostile_text_stays_text(visit):
    page = visit(Microscope(REQUEST).html())
    page.get_by_role("button", name="request line", exact=True).click()
    page.get_by_role("button", name="Byte 0: 47").focus()
    page.keyboard.type("50")
    assert "answers 405 Method Not Allowed" in said(page)[1]
    assert "not PET" in said(page)[1]
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0


def test_after_the_clean_up_nothing_answers_any_more(visit, mount, silent):
    page = mount(visit(Microscope(HELLO).html()), "microscope")
    page.evaluate("own.model.set('lang', 'vi')")
    assert page.get_by_role("button", name="Đặt lại").is_visible()
    silent(page, "own.root.querySelectorAll('.lw-bit')[4].click()")


def test_without_javascript_the_verdict_is_readable(visit):
    html = Microscope(HELLO).html()
    page = visit(html, java_script_enabled=False, alive=False)
    assert page.get_by_text("hands the text “Hello”").is_visible()
    assert page.get_by_text("0b000_0101 = 5").is_visible()


def test_nothing_is_clipped_at_360_pixels(visit, fits):
    shown = [(data, lang) for data in (HELLO, REQUEST) for lang in ("en", "vi")]
    scopes = [Microscope(data, lang=lang, title="long" * 30) for data, lang in shown]
    page = visit(*(scope.html() for scope in scopes), width=360)
    for face in page.locator(".lw-face").all():
        face.locator(".lw-bit").nth(9).click()
        # The sheets of all widgets are on this page: the last one must not win.
        assert face.locator(".lw-reset").bounding_box()["width"] > 50
    fits(page)
    assert page.locator("[id]").count() == 0


def test_axe_finds_nothing_serious(visit, accessible):
    page = visit(Microscope(HELLO, lang="vi").html(), lang="vi")
    page.locator(".lw-bit").nth(6).click()
    accessible(page)
