"""What a reader's code may reach: this site and nothing else, says the browser."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.site.conftest import ROOT

pytestmark = pytest.mark.chromium

CELL = "handshake-end"
REFUSED = ("failed: http", "Loading the image")  # in the words of the browser

# The ways that a worker has out of a tab, each as a promise in JavaScript.
WAYS = {
    "fetch": "fetch(address)",
    "no-cors": "fetch(address, { mode: 'no-cors' })",
    "import": "import(address)",
    "XMLHttpRequest": """new Promise((open, shut) => {
      const request = new XMLHttpRequest();
      Object.assign(request, { onload: open, onerror: shut });
      request.open("GET", address);
      request.send();
    })""",
    "WebSocket": """new Promise((open, shut) => {
      const socket = new WebSocket(address.replace("http", "ws"));
      Object.assign(socket, { onopen: open, onerror: shut });
    })""",
    "EventSource": """new Promise((open, shut) => {
      const events = new EventSource(address);
      Object.assign(events, { onopen: open, onerror: () => events.close() || shut() });
    })""",
    "worker": """new Promise((open, shut) => {
      const way = `fetch("${address}").then(() => self.postMessage(1),
        () => self.postMessage(0))`;
      const worker = new Worker(URL.createObjectURL(new Blob([way])));
      worker.onmessage = ({ data }) => (data ? open() : shut());
    })""",
}
TRY = '''import js
way = js.Function.new("address", """
return %s.then(() => "open", () => "shut")""")
print(await way(%r))'''


@pytest.fixture
def elsewhere():
    """A second origin, which counts who comes and welcomes everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.hits.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.wfile.write(b"1")

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.hits = []
        server.address = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def test_every_page_has_the_policy_before_its_first_script(published):
    pages = list((ROOT / "_build" / "site").glob("**/*.html"))
    pages = [p for p in pages if not {"_static", "_sources"} & set(p.parts)]
    assert len(pages) > 30
    for page in pages:
        before = page.read_text("utf-8").partition("<script")[0]
        assert "Content-Security-Policy" in before, page


def test_no_way_leads_from_python_to_another_host(running, elsewhere):
    running.expect(*REFUSED)
    found = {
        name: running.do(CELL, TRY % (way, elsewhere.address + name))
        for name, way in WAYS.items()
    }
    assert found == dict.fromkeys(WAYS, "shut\n")
    assert elsewhere.hits == []


def test_this_sites_own_files_can_be_reached(running):
    # So what the test before this one saw was the policy, and not a dead network.
    home = running.page.url.rpartition("/en/")[0]
    way = TRY % (WAYS["fetch"], f"{home}/offline.js")
    assert running.do(CELL, way) == "open\n"


def test_html_of_reader_code_loads_nothing_from_elsewhere(running, elsewhere):
    running.expect(*REFUSED)
    image = f'<img src="{elsewhere.address}image" alt="seen">'
    style = f'<p style="background: url({elsewhere.address}style)">shown</p>'
    running.do(CELL, f"class Shown:\n    _repr_html_ = lambda _: {image + style!r}")
    running.write(CELL, running.code(CELL).text_content() + "\nShown()")
    running.run(CELL)
    running.cell(CELL).locator(".tab-foreign p").wait_for()
    running.page.evaluate("new Promise((done) => setTimeout(done, 0))")
    assert elsewhere.hits == []
