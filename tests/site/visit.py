"""The book's pages, and what a visit finds on one."""

import gzip
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from sphinx_external_toc.parsing import parse_toc_yaml

from .looks import judge

ROOT = Path(__file__).parents[2]
LARGE, SMALL = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
COMPRESSED = (".woff2", ".png", ".jpg", ".webp", ".avif")

DOCUMENTS = sorted(parse_toc_yaml(ROOT / "_toc.yml"))
PAGES = [f"{lang}/{name}.html" for lang in ("en", "vi") for name in DOCUMENTS]
SEARCH = ["en/search.html?q=1006", "vi/search.html?q=1006"]
# Both editions have the same markup and the same colours: what looks long at a page
# does so in one of them, in turn.
IN_TURN = [
    f"{('en', 'vi')[n % 2]}/{name}.html" for n, name in enumerate(DOCUMENTS)
] + SEARCH


@dataclass
class Visit:
    """What happened while a page loaded, and what it held then."""

    url: str
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)
    weight: int = 0
    lang: str = ""
    alternates: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)
    empty_outputs: int = 0
    strings: list = field(default_factory=list)
    width_at_360: int = 0
    cut_at_360: list = field(default_factory=list)
    terms: list = field(default_factory=list)  # [title, address]
    tab_sets: list = field(default_factory=list)  # how many contents each shows
    serious: list = field(default_factory=list)


# Every string of the page that is not the page's text.
UI_STRINGS = """() => {
  const found = [];
  const TEXT = "article section, article dl, script, style, code, nav.page-toc";
  const outside = (el) => !el.closest(TEXT);
  for (const el of document.querySelectorAll("body *"))
    if (outside(el))
      for (const name of ["title", "aria-label", "placeholder", "alt", "data-bs-title"])
        found.push(el.getAttribute(name));
  for (const el of document.querySelectorAll("a.headerlink, .lw-copy"))
    found.push(el.getAttribute("title"), el.matches(".lw-copy") && el.textContent);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (outside(walker.currentNode.parentElement)) found.push(walker.currentNode.data);
  return found.filter(Boolean).map((text) => text.trim()).filter(Boolean);
}"""

# What of the toolbar lies outside the window.
CUT = """() => [...document.querySelectorAll(".bd-header-article :is(a, button)")]
  .filter((el) => el.checkVisibility())
  .map((el) => [el.outerHTML, el.getBoundingClientRect()])
  .filter(([, box]) => box.left < 0 || box.right > innerWidth)
  .map(([html]) => html)"""

# Where the toolbar leads.
LINKS = """() => Object.fromEntries(
  [["twin", ".lw-languages a"], ["notebook", ".lw-actions a[download]"],
   ["launch", ".lw-actions a[href*=binder]"]]
  .map(([name, path]) => [name, document.querySelector(path)?.href]))"""

EMPTY_OUTPUTS = """[...document.querySelectorAll(".cell_output .output.text_plain")]
  .filter((shown) => !shown.textContent.trim()).length"""

ALTERNATES = """() => Object.fromEntries(
  [...document.querySelectorAll("link[rel=alternate][hreflang]")].map(
    (link) => [link.hreflang, link.href]))"""


def is_transfer(url):
    """False for what the page makes itself (a widget's module is a blob)."""
    return not url.startswith(("blob:", "data:"))


TERMS = """[...document.querySelectorAll("a.lw-term")]
  .map((link) => [link.title, link.href])"""

TAB_SETS = """[...document.querySelectorAll(".sd-tab-set")].map((set) =>
  [...set.querySelectorAll(":scope > .sd-tab-content")]
    .filter((content) => content.checkVisibility()).length)"""


@cache  # pages share most of what they load
def weigh(path):
    """Bytes on the wire of a file of the site, as a good host would send it."""
    body = (ROOT / "_build" / "site" / path).read_bytes()
    return len(body) if path.endswith(COMPRESSED) else len(gzip.compress(body))


def load(page, site, path):
    """Go there with a window that is listened to; tell what happened."""
    visit = Visit(f"{site}/{path}", page.asked, page.complaints)
    page.goto("about:blank")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(LARGE)
    page.asked.clear()
    page.complaints.clear()
    page.goto(visit.url)
    if "search.html?" in path:
        page.locator("#search-results[aria-busy=false]").wait_for(state="attached")
    visit.lang = page.locator("html").get_attribute("lang")
    visit.alternates = page.evaluate(ALTERNATES)
    visit.links = page.evaluate(LINKS)
    visit.empty_outputs = page.evaluate(EMPTY_OUTPUTS)
    visit.strings = page.evaluate(UI_STRINGS)
    visit.terms = page.evaluate(TERMS)
    visit.tab_sets = page.evaluate(TAB_SETS)
    page.set_viewport_size(SMALL)
    visit.width_at_360 = page.evaluate("document.documentElement.scrollWidth")
    visit.cut_at_360 = page.evaluate(CUT)
    files = [url.partition("?")[0] for url in visit.requests if is_transfer(url)]
    home = f"{site}/"
    visit.weight = sum(
        weigh(unquote(url.removeprefix(home))) for url in files if url.startswith(home)
    )
    if path in IN_TURN:
        page.set_viewport_size(LARGE)
        visit.serious = judge(page, page.judged)
    return replace(visit, requests=[*page.asked], complaints=[*page.complaints])
