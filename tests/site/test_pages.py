"""Every page of both editions, in a real browser."""

import re
import unicodedata
from gzip import compress as packed
from pathlib import Path
from urllib.parse import unquote

import pytest
from sphinx_external_toc.parsing import parse_toc_yaml

from tests.axe import LOOKS, bring_axe, serious

from .conftest import is_transfer

pytestmark = pytest.mark.chromium

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(parse_toc_yaml(ROOT / "_toc.yml"))
PAGES = [f"{lang}/{name}.html" for lang in ("en", "vi") for name in DOCUMENTS]
NOTEBOOKS = [page for page in PAGES if "/notebooks/" in page]
# Both editions have the same markup and the same colours: what looks long at a page, or
# works with it, does so in one of them, in turn.
IN_TURN = [
    page for n, name in enumerate(DOCUMENTS) for page in PAGES
    if page == f"{('en', 'vi')[n % 2]}/{name}.html"
]  # fmt: skip
SEARCH = ["en/search.html?q=1006", "vi/search.html?q=1006"]
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


# Marks one text of each new look (colours, size, class); gives the new looks. axe
# measures the contrast of an element for 10 ms, and a book repeats few looks thousands
# of times.
MARK_LOOKS = """(judged) => {
  const looks = new Set(judged);
  const behind = (el) => {
    for (let at = el; at; at = at.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(at);
      if (backgroundColor !== "rgba(0, 0, 0, 0)" || backgroundImage !== "none")
        return [backgroundColor, backgroundImage, at === el ? opacity : 1];
    }
  };
  for (const el of document.querySelectorAll("body, body *")) {
    if (![...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    if (!el.checkVisibility()) continue;
    const { color, fontSize, fontWeight, opacity } = getComputedStyle(el);
    const look = [el.tagName, el.className, el.parentElement.className, color,
      fontSize, fontWeight, opacity, behind(el)].join("|");
    if (!looks.has(look)) el.setAttribute("data-look", "");
    looks.add(look);
  }
  return [...looks].slice(judged.length);
}"""

# Half of a page are the coloured words of its code: they have nothing but their looks.
UNWRAP_WORDS = """() => {
  for (const word of document.querySelectorAll(".highlight pre span:not([data-look])"))
    if (!word.querySelector("[data-look]")) word.replaceWith(...word.childNodes);
}"""


@pytest.fixture(scope="module")
def judged():
    """The looks whose contrast was measured on some page of the book."""
    return []


@pytest.mark.parametrize("page", IN_TURN + SEARCH)
def test_axe_finds_nothing_serious_in_light_and_dark(open_page, judged, page):
    # reduced motion: no colour is half-way to another when axe looks.
    tab = open_page(page, color_scheme="dark", reduced_motion="reduce")
    tab.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    bring_axe(tab, LOOKS)
    tab.locator("html[data-theme=dark]").wait_for()
    new = tab.evaluate(MARK_LOOKS, judged)
    if new:
        assert serious(tab, runOnly=["color-contrast"]) == []
    judged += new
    tab.emulate_media(color_scheme="light")
    tab.locator("html[data-theme=light]").wait_for()
    judged += tab.evaluate(MARK_LOOKS, judged)
    tab.evaluate(UNWRAP_WORDS)
    assert serious(tab) == []


@pytest.mark.parametrize("page", [page for page in IN_TURN if page in NOTEBOOKS])
def test_a_chapters_page_has_its_tabs_and_its_terms(open_page, page):
    tab = open_page(page)
    tabs_answer_to_the_keyboard(tab)
    a_term_carries_its_definition_and_leads_to_it(tab)


def tabs_answer_to_the_keyboard(tab):
    sets = tab.locator(".sd-tab-set")
    assert sets.count() >= 1
    first = sets.first
    assert first.locator("> .sd-tab-content:visible").count() == 1
    first.locator("> input").first.focus()
    before = first.locator("> .sd-tab-content:visible").inner_text()
    tab.keyboard.press("ArrowRight")
    assert first.locator("> .sd-tab-content:visible").inner_text() != before


def a_term_carries_its_definition_and_leads_to_it(tab):
    link = tab.locator("a.lw-term").first
    assert len(link.get_attribute("title")) > 20
    link.click()
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
