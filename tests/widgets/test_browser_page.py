"""The browser's exchange on a page: recorded, or live where a Jupyter server is."""

import json
import re

import pytest

from widgets import Browser
from widgets.browser import RECORDED
from widgets.browser_words import LABELS

pytestmark = pytest.mark.chromium

RECORDINGS = sorted(path.stem for path in RECORDED.glob("*.json"))
HOSTILE = "<img src=x onerror=window.broken=1>\u202e" + "long" * 40


def recorded(lang="en", name="websocket", **traits):
    client = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))["client"]
    return Browser(client, name, lang=lang, title="Đà Nẵng", **traits)


def hostile(lang="en"):
    shown = recorded(lang)
    row = {"way": "server", "browser": HOSTILE, "kernel": [HOSTILE, HOSTILE]}
    shown.title, shown.recording = HOSTILE, {"how": HOSTILE, "rows": [row, row]}
    return shown


WAIT = """(changes) => {
  const stored = document.querySelector(".lw-state");
  const state = JSON.parse(stored.textContent);
  stored.textContent = JSON.stringify({ ...state, ...changes });
}"""
JUPYTER = """() => {
  const kind = { id: "jupyter-config-data", type: "application/json" };
  const config = Object.assign(document.createElement("script"), kind);
  config.textContent = '{"baseUrl": "/user/an/"}';
  document.head.append(config);
}"""


def wait_for_it(page):
    """The stored state as it is in JupyterLab while a kernel waits, for `mount`."""
    live = {"state": "waiting", "client": recorded().client, "port": 1, "library": ""}
    page.evaluate(WAIT, live)
    return page


def test_a_page_without_a_kernel_shows_the_recording_and_says_so(visit):
    page = visit(recorded("vi").html(), lang="vi")
    assert page.get_by_role("status").inner_text().startswith("◌ Bản ghi: Chromium")
    heads = page.get_by_role("columnheader").all_inner_texts()
    assert heads == [text for text in LABELS["vi"]["heads"] if text]
    first = page.locator("tbody tr").first.locator("td").all_inner_texts()
    assert first[0].startswith('new WebSocket("…/user/an/proxy/')
    assert first[1:] == ["→", first[2]]
    assert first[2].startswith("GET /chat")


def test_what_the_proxy_changes_unfolds_with_the_keyboard(visit):
    page = visit(recorded().html())
    sentence = page.locator(".lw-face").get_by_text("4001 becomes 1005")
    assert sentence.is_hidden()
    page.locator("summary:visible").press("Enter")
    assert sentence.is_visible()


def test_a_page_that_is_not_jupyters_opens_nothing_and_says_why(visit, mount):
    page = mount(wait_for_it(visit(recorded().html())), "browser")
    page.wait_for_function("window.sent?.length")
    assert page.evaluate("sent") == [{"state": "recorded", "why": "page", "seen": []}]
    page.evaluate("own.model.set('why', 'page'); own.model.set('state', 'recorded')")
    assert page.get_by_text("does not come from a Jupyter server").is_visible()
    assert page.get_by_role("status").inner_text().startswith("◌ Recorded:")


def test_a_jupyter_server_without_the_proxy_opens_nothing(visit, mount):
    page = wait_for_it(visit(recorded().html()))
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.fulfill(status=404)

    page.route("**/server-proxy/servers-info", refuse)
    page.evaluate(JUPYTER)
    mount(page, "browser")
    page.wait_for_function("window.sent?.length")
    assert page.evaluate("sent") == [{"state": "recorded", "why": "proxy", "seen": []}]
    assert [url.partition("/user/")[2] for url in asked] == [
        "an/server-proxy/servers-info"
    ]
    assert all("404" in said for said in page.complaints)
    page.complaints.clear()


def test_a_second_view_opens_no_second_client(visit, mount):
    page = mount(wait_for_it(visit(recorded().html())), "browser")
    assert page.evaluate("own.model.get('state')") == "talking"


def test_what_the_kernel_tells_is_drawn_until_the_clean_up(visit, mount, silent):
    page = mount(visit(recorded().html()), "browser")
    row = {"way": "client", "browser": "send(1)", "kernel": ["text “1”"]}
    page.evaluate("row => own.model.set('rows', [row])", row)
    page.evaluate("own.model.set('state', 'done')")
    assert page.get_by_role("status").inner_text().startswith("● Live:")
    cells = page.locator(".lw-face tbody td").all_inner_texts()
    assert cells == ["send(1)", "→", "text “1”"]
    silent(page, "own.heard.forEach((run) => run())")


def test_hostile_text_stays_text(visit):
    page = visit(hostile().html())
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0


def test_without_javascript_the_table_is_readable(visit):
    page = visit(recorded().html(), java_script_enabled=False, alive=False)
    assert page.get_by_text("text “Xin chào”").first.is_visible()
    assert re.match("Recorded: ", page.locator("p").nth(1).inner_text())


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_nothing_is_clipped_at_360_pixels(visit, fits, lang):
    shown = [hostile(lang), *(recorded(lang, name) for name in RECORDINGS)]
    page = visit(*(one.html() for one in shown), lang=lang, width=360)
    fits(page)
    assert page.locator("[id]").count() == 0


def test_axe_finds_nothing_serious(visit, accessible):
    accessible(visit(recorded("vi").html(), lang="vi"))
