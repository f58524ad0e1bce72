"""The published face of the widgets: one script and one style sheet, and a directive.

    ```{live-widget} ladder
    :trace: gallery/handshake.json
    :title: A handshake
    :selected: 0
    ```

shows a stored trace in the page's language. The path counts from the folder book/,
so both editions write the same. A page without a widget gets neither file.
"""

import json
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from traitlets import TraitError

import widgets
from servers.network.trace import Trace

BOOK = Path(__file__).parents[1]
FOLDER = Path(widgets.__file__).parent
KINDS = {"ladder": widgets.Ladder}
SCRIPT, STYLE = "live-widgets.js", "live-widgets.css"


def bundle_script() -> str:
    """The host and every widget's module as text: one classic script."""
    modules = sorted(set(FOLDER.glob("*.js")) - {FOLDER / "host.js"})
    sources = {path.stem: path.read_text("utf-8") for path in modules}
    host = (FOLDER / "host.js").read_text("utf-8")
    return f"{{\nconst SOURCES = {json.dumps(sources)};\n{host}}}\n"


def bundle_style() -> str:
    """Every widget's style sheet."""
    return "\n".join(p.read_text("utf-8") for p in sorted(FOLDER.glob("*.css")))


class LiveWidget(SphinxDirective):
    """A widget out of a stored trace."""

    required_arguments = 1
    option_spec = {  # noqa: RUF012 - docutils' own shape
        "trace": directives.unchanged_required,
        "title": directives.unchanged,
        "selected": int,
    }

    def run(self) -> list[nodes.Node]:
        kind = KINDS.get(self.arguments[0])
        if kind is None or "trace" not in self.options:
            known = ", ".join(KINDS)
            raise self.error(f"live-widget needs one of {known} and a :trace:")
        path = BOOK / self.options["trace"]
        self.env.note_dependency(str(path))
        self.env.note_dependency(str(FOLDER / f"{self.arguments[0]}.py"))
        try:
            widget = kind(
                Trace.from_json(path.read_text("utf-8")),
                lang=self.config.language,
                title=self.options.get("title", ""),
                selected=self.options.get("selected", -1),
                store_times=True,  # a stored trace says the same on every build
            )
        except (OSError, TraitError, ValueError) as error:
            raise self.error(f"live-widget: {error}") from error
        return [nodes.raw("", widget.html(), format="html")]


def write_bundle(app):
    # Before the pages: Sphinx hashes the files that a page names.
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    (static / SCRIPT).write_text(bundle_script(), "utf-8")
    (static / STYLE).write_text(bundle_style(), "utf-8")


def add_bundle(app, pagename, templatename, context, doctree):
    if 'class="lw-widget"' in context.get("body", ""):
        app.add_js_file(SCRIPT, loading_method="defer")
        app.add_css_file(STYLE)


def setup(app):
    app.add_directive("live-widget", LiveWidget)
    app.connect("builder-inited", write_bundle)
    # Early: another handler may replace the list of scripts by its own copy.
    app.connect("html-page-context", add_bundle, priority=300)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
