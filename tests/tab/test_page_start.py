"""Python on its way to the page: what is said, what when it fails, and offline."""

import re
import shutil
import threading
from http.server import ThreadingHTTPServer

import pytest

from tests.site.conftest import FOLDER, ROOT, SiteHandler

from .chapter_page import SETUP
from .test_snapshot import WHOLE

pytestmark = pytest.mark.chromium

FIRST, CELL = SETUP[0], "handshake-try"
UNREACHED = ("failed: http", "Failed to fetch", "Failed to load resource")


def test_loading_says_what_and_how_much_and_how_long(chapter):
    held = []
    one = chapter(own={})
    one.page.route("**/wasm-*.bin", lambda route: held.append(route))
    one.press(FIRST)
    assert one.hear("Starting Python") == "Starting Python in this tab"
    figures = one.page.locator(".tab-figures")
    # The other files come; what is held back keeps the total out of reach.
    figures.filter(has_text=re.compile(r"^\s*(?!0\.0 )\d.* MB · ")).wait_for()
    loaded, total = figures.inner_text().partition(" MB")[0].split(" of ")
    assert 0 < float(loaded) < float(total) < 12
    meter = one.page.locator(".tab-meter")
    assert meter.get_attribute("aria-label") == "Starting Python in this tab"
    assert one.offered() == ["stop"]
    one.page.evaluate(NOTE_FIGURES)
    held.pop().continue_()
    one.state(FIRST, "ok")
    assert meter.is_hidden() and figures.is_hidden()
    assert "unpacking" in one.page.evaluate("figures").pop()
    one.page.evaluate(WHOLE)
    one.page.reload()
    one.page.evaluate(NOTE_FIGURES)
    one.run(FIRST)  # less comes now, and the end is said all the same
    assert "unpacking" in one.page.evaluate("figures").pop()


NOTE_FIGURES = """() => {
  globalThis.figures = [];
  const shown = () => document.querySelector(".tab-figures")?.textContent;
  const note = () => shown() && figures.push(shown());
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
}"""


def test_stop_before_python_is_there_runs_nothing(chapter):
    held = []
    one = chapter(own={})
    one.page.route("**/wasm-*.bin", lambda route: held.append(route))
    one.press(FIRST)
    one.state(FIRST, "waiting")
    one.page.locator(".tab-bar [data-do=stop]").click()
    assert one.cell(FIRST).get_attribute("data-state") == ""
    one.page.wait_for_timeout(0)
    while not held:
        one.page.wait_for_timeout(20)
    held.pop().continue_()
    one.hear("Python runs in this tab")
    assert one.outputs(FIRST) == []
    one.run(FIRST)


def test_download_that_fails_offers_to_try_again(chapter):
    one = chapter(own={})
    one.expect(*UNREACHED)
    for file in ("worker", "wasm"):
        one.page.route(f"**/{file}-*", lambda route: route.abort())
        one.press(FIRST)
        one.press(SETUP[1])
        assert "try again" in one.hear("Python could not start")
        assert one.offered() == ["again", "close"]
        one.page.unroute(f"**/{file}-*")
        if file == "worker":
            one.page.locator(".tab-bar [data-do=close]").click()
    one.page.locator(".tab-bar [data-do=again]").click()
    one.state(SETUP[1], "ok")  # what waited, runs


def test_page_opened_from_disk_says_why_nothing_runs(browser, published):
    page = browser.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((ROOT / "_build/site/en/notebooks/20-handshake.html").as_uri())
    page.locator(f'[data-cell="{FIRST}"] [data-do=run]').click()
    assert "opened from disk" in page.locator(".tab-said").inner_text()
    # And what works from disk still does: the stored widgets.
    page.locator(".lw-face").first.wait_for()
    page.close()
    assert complaints == []


def test_tagged_cell_is_disabled_and_says_where_it_runs(chapter):
    one = chapter("vi/notebooks/13-one-server-is-not-enough.html")
    tagged = one.page.locator("[data-reason]")
    assert tagged.count() > 0
    name = tagged.first.get_attribute("data-cell")
    assert tagged.first.locator("button.tab-do").count() == 0
    why = tagged.first.locator(".tab-why")
    assert "thẻ" in why.inner_text()
    why.locator("a").click()
    one.page.wait_for_url("**/vi/book/how-to-read.html#run")
    one.page.go_back()
    one.code(name).click()
    assert one.cell(name).locator(".cm-content").count() == 0


@pytest.fixture
def host(published, tmp_path):
    """A copy of the site on a server of its own, which a test may take away."""
    copy = tmp_path / "site"
    shutil.copytree(ROOT / "_build" / "site", copy)

    class Handler(SiteHandler):
        def __init__(self, *args):
            super(SiteHandler, self).__init__(*args, directory=str(copy))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    server.address = f"http://127.0.0.1:{server.server_port}{FOLDER}"
    server.folder = copy
    yield server
    server.shutdown()
    server.server_close()


def test_chapter_works_with_the_network_off_after_one_visit(chapter, host):
    one = chapter(at=host.address, own={})
    one.run(FIRST)
    one.page.locator("html[data-kept]").wait_for(state="attached")
    one.expect(*UNREACHED)
    one.page.context.set_offline(True)
    host.shutdown()  # and nobody is there either
    host.server_close()
    one.page.reload()
    for name in (*SETUP, CELL):
        one.run(name)
    assert "Xin chào" in one.cell(CELL).locator(".cell_output").inner_text()
    one.do(CELL, "print('edited')")
    assert one.text(CELL) == "edited\n"
    one.page.goto(f"{host.address}/en/notebooks/21-frames.html")
    assert "not kept" in one.page.locator("body").inner_text()


def test_new_build_is_seen_at_once_and_replaces_the_old(chapter, host):
    one = chapter(at=host.address, own={})
    one.run(FIRST)
    one.page.locator("html[data-kept]").wait_for(state="attached")
    page = host.folder / "en/notebooks/20-handshake.html"
    old = next((host.folder / "tab").glob("worker-*.js"))
    new = old.with_name("worker-0123456789.js")
    old.rename(new)
    html = page.read_text("utf-8").replace(old.name, new.name)
    build = html.partition('"build":"')[2].partition('"')[0]
    page.write_text(html.replace(f'"build":"{build}"', '"build":"next"'), "utf-8")
    one.page.reload()
    one.run(FIRST)
    one.page.locator("html[data-kept]").wait_for(state="attached")
    # Beside the snapshot of Python's memory, which has a name of its own.
    names = one.page.evaluate("caches.keys()")
    names = [name for name in names if name.startswith("live-wire ")]
    assert [name.rpartition(" ")[2] for name in names] == ["next"]
    cached = one.page.evaluate(
        "async (name) => (await (await caches.open(name)).keys()).map((r) => r.url)",
        names[0],
    )
    assert any(new.name in url for url in cached)
    assert not any(old.name in url for url in cached)
