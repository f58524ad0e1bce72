"""A chapter of the built site, and what a reader does to its cells."""

import pytest

from tests.site.conftest import build_once, complain, serving

CHAPTER = "en/notebooks/20-handshake.html"
SETUP = ("handshake-lang", "handshake-setup")


class Chapter:
    """A page of the site in a browser, asked by the ids of its cells."""

    def __init__(self, page):
        self.page = page
        self.expected = ()

    def expect(self, *beginnings):
        """Complaints that a test provokes; they may come late, so judge() lets them."""
        self.expected = beginnings

    def judge(self):
        """The page has complained of nothing else."""
        said = [c for c in self.page.complaints if not c.startswith(self.expected)]
        if said:
            pytest.fail("\n".join(["The page complains:", *said]))

    def cell(self, name):
        return self.page.locator(f'[data-cell="{name}"]')

    def code(self, name):
        return self.cell(name).locator(".cell_input pre")

    def press(self, name, what="run"):
        if what in ("above", "reset"):
            self.cell(name).locator("summary").click()
        self.cell(name).locator(f".tab-run [data-do={what}]").click()

    def state(self, name, state):
        """Wait until a cell is in a state: waiting, running, ok, failed, stopped."""
        self.page.locator(f'[data-cell="{name}"][data-state={state}]').wait_for()

    def run(self, name, state="ok"):
        self.cell(name).evaluate("(cell) => delete cell.dataset.state")
        self.press(name)
        self.state(name, state)

    def stop(self, name):
        """Press Stop, which the button is only a moment after it was Run."""
        self.cell(name).locator(".tab-stops").click()

    def write(self, name, code):
        """Replace a cell's code, as a reader would: into its editor."""
        self.press(name, "edit")
        self.cell(name).locator(".cm-content").focus()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(code)

    def do(self, name, code, state="ok"):
        """Write code into a cell and run it; what it printed."""
        self.write(name, code)
        self.run(name, state)
        return self.text(name)

    def outputs(self, name):
        return self.page.evaluate("(id) => liveWire.outputs(id)", name)

    def text(self, name):
        return "".join(o.get("text", "") for o in self.outputs(name))

    def hear(self, sentence):
        """Wait until the bar says it; all that it says."""
        said = self.page.locator(".tab-said", has_text=sentence)
        said.wait_for()
        return said.inner_text()

    @property
    def said(self):
        return self.page.locator(".tab-said").inner_text()

    def offered(self):
        shown = self.page.locator(".tab-bar button:visible")
        return shown.evaluate_all("(all) => all.map((b) => b.dataset.do)")


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """The address of the built site, served from a sub-folder as a real host might."""
    build_once(tmp_path_factory)
    with serving() as address:
        yield address


SIZE = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def shared(browser):
    """One reader's browser for a module's pages: all starts but the first are warm."""
    context = browser.new_context(**SIZE, service_workers="block")
    yield context
    context.close()


@pytest.fixture(scope="module")
def opening(browser, published, shared):
    """A way to open a chapter; what its page complains of fails the test.

    A page of a reader who was never here, or whose browser is another one, has `own`
    context: with options for it, or `{}`.
    """
    opened = []

    def go(path=CHAPTER, at=published, before=None, own=None):
        context = shared if own is None else browser.new_context(**SIZE | own)
        page = context.new_page()
        page.set_default_timeout(90_000)  # Python starts, and the machine may be busy
        page.complaints = []
        complain(page.complaints, page)
        if before:
            before(page)
        page.goto(f"{at}/{path}")
        one = Chapter(page)
        one.leave = page.close if context is shared else context.close
        opened.append(one)
        return one

    yield go
    for one in opened:
        one.leave()


@pytest.fixture
def chapter(opening):
    """The same way, for one test; it closes and judges its pages at the end."""
    mine = []

    def go(*args, **options):
        mine.append(opening(*args, **options))
        return mine[-1]

    yield go
    for one in mine:
        one.judge()
        if "/notebooks/" in one.page.url and one.page.url.startswith("http"):
            one.page.evaluate("localStorage.clear()")  # the next test's reader is new
        one.leave()


@pytest.fixture(scope="module")
def running(opening):
    """Chapter 20 with its setup run: the tests of a module share its Python."""
    page = opening()
    for name in SETUP:
        page.run(name)
    yield page
    page.judge()
