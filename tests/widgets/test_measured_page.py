"""The measured figures on a page, and live with the reader's own."""

import json

import pytest

from widgets import Measured, measured

pytestmark = pytest.mark.chromium

HOSTILE = "<img src=x onerror=window.broken=1>\u202e" + "long" * 40


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "MEASURED", tmp_path)

    def go(lang="en", text="luồng", **values):
        words = {"en": text, "vi": text}
        rows = [
            {"key": key, "label": words, "unit": unit, "value": value}
            for key, unit, value in (("a", "KiB", 10), ("b", "KiB", 40), ("c", "s", 1))
        ]
        saved = {"title": words, "how": f"{text}, 2026-11", "rows": rows}
        (tmp_path / "memory.json").write_text(json.dumps(saved), "utf-8")
        return Measured("memory", values, lang=lang)

    return go


LIVE = """(rows) => { own.model.set("rows", rows); }"""


def widths(page):
    fills = page.locator(".lw-fill").all()
    return [round(fill.bounding_box()["width"]) for fill in fills]


def test_a_page_without_a_kernel_shows_only_the_recorded(visit, make):
    page = visit(make("vi", a=99).html(), lang="vi")
    assert page.locator(".lw-whose").all_inner_texts() == ["đã ghi"] * 3
    small, large, alone = widths(page)
    assert (large, alone) == (4 * small, large)
    assert "99" not in page.locator("main").inner_text()
    assert page.locator(".lw-note").inner_text().startswith("Ghi lại trên luồng")


def test_live_the_readers_own_stand_beside_them(visit, mount, make):
    page = mount(visit(make().html()), "measured")
    page.evaluate(LIVE, make(a=80).rows)
    face = page.locator(".lw-face").last
    assert face.locator(".lw-yours").inner_text().split("\n")[-1] == "80 KiB"
    assert "just now" in face.locator(".lw-note").inner_text()


def test_after_the_clean_up_nothing_answers_any_more(visit, mount, silent, make):
    page = mount(visit(make().html()), "measured")
    silent(page, 'own.model.set("lang", "en")')


def test_hostile_text_is_text_and_nothing_is_cut_off(visit, make, fits):
    page = visit(make(text=HOSTILE).html(), width=360)
    assert page.evaluate("window.broken") is None
    fits(page, snapshots=False)  # its source line does not break within a word


def test_axe_finds_nothing_serious(visit, accessible, make):
    accessible(visit(make("vi").html(), lang="vi"))
