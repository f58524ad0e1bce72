"""The published face of the widgets: a directive, and scripts for pages that use it.

    ```{live-widget} ladder
    :trace: gallery/handshake.json
    :title: A handshake
    :selected: 0
    ```

shows a stored trace in the page's language. `microscope` takes one message out of a
trace (`:message: 3`, counted as the ladder counts); `timeline` takes a list of series
(`:series: gallery/transports.json`), `race` a list of lanes
(`:lanes: gallery/race.json`), `rooms` a list of steps (`:steps: gallery/rooms.json`),
`buffers` samples with their limits (`:samples: gallery/buffers.json`). Paths count
from the folder book/, so both editions write the same. `browser` takes the name of an
exchange in widgets/recorded (`:recorded: websocket`). A page gets the host and the
widgets that it shows, and a page without a widget gets nothing.
"""

import json
import re
import shutil
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from traitlets import TraitError

import widgets
from servers.network.trace import Trace
from servers.wire.dissect import dissect

BOOK = Path(__file__).parents[1]
FOLDER = Path(widgets.__file__).parent
RECORDED = FOLDER / "recorded"
HOST = "live-widgets.js"
SHARED = "live-widgets.css"
SHOWN = re.compile(r'class="lw-widget" data-widget="([a-z]+)"')


def names() -> list[str]:
    """The widgets that a page can show."""
    return sorted(p.stem for p in FOLDER.glob("*.js") if p.stem != "host")


def script_of(name: str) -> str:
    """A widget's module as text, where the host looks for it."""
    source = json.dumps((FOLDER / f"{name}.js").read_text("utf-8"))
    return f"(window.liveWidgetSources ??= {{}}).{name} = {source};\n"


def host_script() -> str:
    return (FOLDER / "host.js").read_text("utf-8")


def make_ladder(options: dict, **traits: str) -> widgets.Ladder:
    return widgets.Ladder(
        read_trace(options["trace"]),
        selected=options.get("selected", -1),
        store_times=True,  # a stored trace says the same on every build
        **traits,
    )


def make_microscope(options: dict, **traits: str) -> widgets.Microscope:
    messages = dissect(read_trace(options["trace"]))
    step = options["message"]
    if not 1 <= step <= len(messages):
        raise ValueError(f"message {step} of {len(messages)}")
    return widgets.Microscope(messages[step - 1], **traits)


def make_timeline(options: dict, **traits: str) -> widgets.Timeline:
    series = json.loads((BOOK / options["series"]).read_text("utf-8"))
    return widgets.Timeline(series, measure=options.get("measure", ""), **traits)


def make_race(options: dict, **traits: str) -> widgets.Race:
    lanes = json.loads((BOOK / options["lanes"]).read_text("utf-8"))
    return widgets.Race(lanes, **traits)


def make_buffers(options: dict, **traits: str) -> widgets.Buffers:
    found = json.loads((BOOK / options["samples"]).read_text("utf-8"))
    selected = options.get("selected", 0)
    return widgets.Buffers(**found, selected=selected, **traits)


def make_feeds(options: dict, **traits: str) -> widgets.Feeds:
    return widgets.Feeds(**traits)


def make_browser(options: dict, **traits: str) -> widgets.Browser:
    name = options["recorded"]
    recording = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    return widgets.Browser(recording["client"], name, **traits)


def make_rooms(options: dict, **traits: str) -> widgets.Rooms:
    steps = json.loads((BOOK / options["steps"]).read_text("utf-8"))
    return widgets.Rooms(steps, selected=options.get("selected", 0), **traits)


KINDS = {
    "browser": make_browser,
    "buffers": make_buffers,
    "feeds": make_feeds,
    "ladder": make_ladder,
    "microscope": make_microscope,
    "race": make_race,
    "rooms": make_rooms,
    "timeline": make_timeline,
}


def read_trace(path: str) -> Trace:
    return Trace.from_json((BOOK / path).read_text("utf-8"))


class LiveWidget(SphinxDirective):
    """A widget out of a stored recording."""

    required_arguments = 1
    option_spec = {  # noqa: RUF012 - docutils' own shape
        "trace": directives.unchanged_required,
        "title": directives.unchanged,
        "selected": int,
        "message": int,
        "series": directives.unchanged_required,
        "measure": directives.unchanged,
        "lanes": directives.unchanged_required,
        "steps": directives.unchanged_required,
        "samples": directives.unchanged_required,
        "recorded": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        name, options = self.arguments[0], self.options
        if name not in KINDS:
            raise self.error(f"live-widget needs one of {', '.join(KINDS)}")
        for option in ("trace", "series", "lanes", "steps", "samples"):
            if path := options.get(option):
                self.env.note_dependency(str(BOOK / path))
        if recorded := options.get("recorded"):
            self.env.note_dependency(str(RECORDED / f"{recorded}.json"))
        self.env.note_dependency(str(FOLDER / f"{name}.py"))
        traits = {"lang": self.config.language, "title": options.get("title", "")}
        try:
            widget = KINDS[name](options, **traits)
        except KeyError as error:
            raise self.error(f"live-widget: {name} needs :{error.args[0]}:") from error
        except (OSError, TraitError, ValueError) as error:
            raise self.error(f"live-widget: {error}") from error
        return [nodes.raw("", widget.html(), format="html")]


def write_bundle(app):
    # Before the pages: Sphinx hashes the files that a page names.
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    (static / HOST).write_text(host_script(), "utf-8")
    shutil.copy(FOLDER / "faces.css", static / SHARED)
    for name in names():
        (static / f"live-widget-{name}.js").write_text(script_of(name), "utf-8")
        shutil.copy(FOLDER / f"{name}.css", static / f"live-widget-{name}.css")


def add_bundle(app, pagename, templatename, context, doctree):
    shown = set(SHOWN.findall(context.get("body", ""))) & set(names())
    for name in sorted(shown):
        app.add_js_file(f"live-widget-{name}.js", loading_method="defer")
        app.add_css_file(f"live-widget-{name}.css")
    if shown:  # what they share before them, what brings them to life after them
        app.add_css_file(SHARED, priority=400)
        app.add_js_file(HOST, loading_method="defer", priority=600)


def setup(app):
    app.add_directive("live-widget", LiveWidget)
    app.connect("builder-inited", write_bundle)
    # Early: another handler may replace the list of scripts by its own copy.
    app.connect("html-page-context", add_bundle, priority=300)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
