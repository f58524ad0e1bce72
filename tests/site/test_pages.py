"""Every page of both editions, in a real browser."""

import re
import unicodedata
from gzip import compress as packed
from pathlib import Path
from urllib.parse import unquote

import pytest

from .visit import IN_TURN, PAGES, SEARCH, is_transfer

pytestmark = pytest.mark.chromium

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [page for page in PAGES if "/notebooks/" in page]
MAX_WEIGHT = 160_000  # bytes, compressed
TAB_WEIGHT = 10_000  # more, of a page whose cells can be run, when nobody runs them

# UI words of the Vietnamese edition that have no accents: names and what engineers say.
WITHOUT_ACCENTS = {
    "Ctrl", "English", "Live Wire", "Trang sau",
}  # fmt: skip


def other(page):
    """The same page of the other edition."""
    lang, _, rest = page.partition("/")
    return f"{'vi' if lang == 'en' else 'en'}/{rest}"


@pytest.mark.parametrize("page", PAGES + SEARCH)
def test_page_is_quiet_and_stays_at_home(visits, site, page):
    visit = visits(page)
    assert visit.complaints == []
    transfers = [url for url in visit.requests if is_transfer(url)]
    assert [url for url in transfers if not url.startswith(f"{site}/")] == []


@pytest.mark.parametrize("page", PAGES)
def test_page_is_light(visits, page):
    # The gallery alone shows every widget, each with a recording.
    spare = 40_000 if page.endswith("book/gallery.html") else 0
    spare += TAB_WEIGHT * (page in NOTEBOOKS)
    assert visits(page).weight <= MAX_WEIGHT + spare


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_running_in_the_tab_adds_little_until_somebody_runs(built, visits, page):
    path = built / page
    html = path.read_text("utf-8")
    tab = [url for url in visits(page).requests if "/tab/" in url]
    names = [url.rpartition("/tab/")[2] for url in tab]
    assert sorted(Path(name).suffix for name in names) == [".css", ".js"]
    settings = re.search(
        r'<script type="application/json" id="lw-tab">.*?</script>', html
    )
    bare = re.sub(r' (id="cell-|data-(cell|number|reason)=")[^"]*"', "", html)
    bare = bare.replace(settings[0], "")
    added = len(packed(html.encode())) - len(packed(bare.encode()))
    added += sum(len(packed((built / "tab" / name).read_bytes())) for name in names)
    assert 0 < added <= TAB_WEIGHT


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_page_shows_no_output_that_says_nothing(visits, page):
    assert visits(page).empty_outputs == 0


@pytest.mark.parametrize("page", PAGES)
def test_page_names_its_language_and_its_twin(visits, site, page):
    visit = visits(page)
    assert visit.lang == page[:2]
    twins = {page[:2]: f"{site}/{page}", other(page)[:2]: f"{site}/{other(page)}"}
    assert visit.alternates == twins | {"x-default": twins["en"]}


@pytest.mark.parametrize("page", [p for p in PAGES + SEARCH if p.startswith("vi/")])
def test_no_english_is_left_on_a_vietnamese_page(visits, page):
    def is_plain(text):
        return all(ord(c) < 128 or c in "“”·–—…" for c in text)

    plain = {s for s in visits(page).strings if is_plain(s) and re.search("[a-z]", s)}
    assert plain - WITHOUT_ACCENTS == set()


@pytest.mark.parametrize("page", PAGES)
def test_language_switch_leads_to_the_same_page(visits, site, page):
    assert visits(page).links["twin"] == f"{site}/{other(page)}"


def test_language_switch_when_clicked_keeps_the_page_both_ways(open_page, site):
    page = NOTEBOOKS[0]
    tab = open_page(page)
    for expected in (other(page), page):
        tab.locator(".lw-languages a").click()
        tab.wait_for_url(f"{site}/{expected}")


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_chapters_page_gives_its_notebook_in_the_pages_language(visits, site, page):
    lang, _, name = page.removesuffix(".html").partition("/")
    file = f"{'' if lang == 'en' else 'vi/'}{name}.ipynb"
    links = visits(page).links
    built = ROOT / "_build" / "site" / links["notebook"].removeprefix(f"{site}/")
    assert built.name == Path(file).name
    assert built.read_bytes() == (ROOT / file).read_bytes()
    launch = unquote(links["launch"])
    assert launch.startswith("https://mybinder.org/v2/gh/")
    assert launch.endswith(f"?urlpath=lab/tree/{file}")


def test_a_notebook_when_downloaded_keeps_its_name(open_page):
    tab = open_page(NOTEBOOKS[0])
    with tab.expect_download() as download:
        tab.locator(".lw-actions a[download]").click()
    assert download.value.suggested_filename == f"{Path(NOTEBOOKS[0]).stem}.ipynb"


@pytest.mark.parametrize("page", PAGES + SEARCH)
def test_nothing_hangs_over_at_360_pixels(visits, page):
    assert visits(page).width_at_360 == 360
    assert visits(page).cut_at_360 == []


@pytest.mark.parametrize("page", IN_TURN)
def test_axe_finds_nothing_serious_in_light_and_dark(visits, page):
    assert visits(page).serious == []


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_chapters_page_has_its_tabs_and_its_terms(built, visits, site, page):
    visit = visits(page)
    assert visit.tab_sets and set(visit.tab_sets) == {1}
    assert visit.terms
    glossary = f"{page[:2]}/book/glossary.html"
    definitions = (built / glossary).read_text("utf-8")
    for title, address in visit.terms:
        assert len(title) > 20
        where, _, anchor = address.partition("#")
        assert where == f"{site}/{glossary}"
        assert f'<dt id="{unquote(anchor)}">' in definitions


@pytest.mark.parametrize("page", [NOTEBOOKS[0], other(NOTEBOOKS[0])])
def test_tabs_answer_to_the_keyboard(open_page, page):
    first = (tab := open_page(page)).locator(".sd-tab-set").first
    first.locator("> input").first.focus()
    before = first.locator("> .sd-tab-content:visible").inner_text()
    tab.keyboard.press("ArrowRight")
    assert first.locator("> .sd-tab-content:visible").inner_text() != before


@pytest.mark.parametrize("page", [NOTEBOOKS[0], other(NOTEBOOKS[0])])
def test_a_term_leads_to_its_definition(open_page, page):
    tab = open_page(page)
    tab.locator("a.lw-term").first.click()
    anchor = unicodedata.normalize("NFC", tab.url.partition("#")[2])
    tab.locator(f"dt#{anchor}").wait_for(state="visible")


@pytest.mark.parametrize(
    "locale, lang", [("vi-VN", "vi"), ("en-GB", "en"), ("fr", "en")]
)
def test_entrance_leads_to_the_browsers_language(open_page, site, locale, lang):
    tab = open_page("", locale=locale)
    tab.wait_for_url(f"{site}/{lang}/book/index.html")


def test_entrance_has_links_without_javascript(open_page):
    tab = open_page("", java_script_enabled=False)
    assert tab.locator("a").all_inner_texts() == ["English", "Tiếng Việt"]


def test_theme_switch_changes_the_colours_and_is_remembered(open_page):
    tab = open_page("en/book/index.html", color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(colour)
    tab.locator(".theme-switch-button:visible").first.click()
    tab.reload()
    assert tab.locator("html").get_attribute("data-theme") == "dark"
    assert tab.evaluate(colour) != light
