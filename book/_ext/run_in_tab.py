"""Code cells that run in the reader's own tab: marks, and the buttons' script.

Each code cell of a notebook says which it is: `data-cell` (the notebook's id),
`data-number` (counted on the page from 1) and, tagged `not-in-tab-threads` or the
like, `data-reason`. A page with such cells gets tab/page.js and its style sheet; their
names hold hashes, and tools/build_tab.py writes them into _build/tab/manifest.json.
"""

import json
from pathlib import Path

import nbformat
from docutils import nodes
from policy import META

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "_build" / "tab"
WORDS = ROOT / "tab" / "words.json"
TAG = "not-in-tab-"


class runnable(nodes.container):
    """A code cell that knows its name."""


def visit(translator, node):
    marks = {f"data-{key}": node[key] for key in ("cell", "number", "reason")}
    marks = {key: value for key, value in marks.items() if value}
    translator.body.append(
        translator.starttag(node, "div", CLASS="docutils container", **marks)
    )


def depart(translator, node):
    translator.body.append("</div>\n")


def reason_of(tags):
    """Why a cell cannot run in a tab ("threads" …), or None."""
    found = [tag.removeprefix(TAG) for tag in tags if tag.startswith(TAG)]
    return found[0] if found else None


def mark_cells(app, doctree, docname):
    path = Path(app.env.doc2path(docname))
    found = [
        node
        for node in doctree.findall(nodes.container)
        if node.get("nb_element") == "cell_code"
    ]
    if app.builder.format != "html" or path.suffix != ".ipynb" or not found:
        return
    cells = nbformat.read(path, as_version=4).cells
    for number, node in enumerate(found, 1):
        cell = cells[node["cell_index"]]
        marked = runnable(
            "",
            *node.children,
            classes=node["classes"],
            cell=cell.id,
            number=str(number),
            reason=reason_of(cell.metadata.get("tags", [])),
        )
        node.replace_self(marked)


def settings(lang, content_root):
    """What page.js is told: where the tab's files lie, and every word it says."""
    manifest = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    page = manifest.pop("page")
    files = [name for name in manifest.values() if isinstance(name, str)]
    return page, {
        "root": f"{content_root}../tab/",
        "home": f"{content_root}../",
        "help": f"{content_root}book/how-to-read.html#run",
        "lang": lang,
        "files": manifest,
        "bytes": sum(path.stat().st_size for path in BUILT.glob("*.bin")),
        "kept": [*files, *page["kept"]],
        "build": manifest["book"],
        "words": json.loads(WORDS.read_text("utf-8"))[lang],
    }


def add_tab(app, pagename, templatename, context, doctree):
    context["metatags"] = META + context.get("metatags", "")
    if doctree is None or next(doctree.findall(runnable), None) is None:
        return
    page, told = settings(app.config.language, context["content_root"])
    # "<" would let a word end the script element.
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    context["tab"] = {
        "script": told["root"] + page["script"],
        "style": told["root"] + page["style"],
        "settings": data.replace("<", "\\u003c"),
        "run_all": told["words"]["all"],
    }


def setup(app):
    app.add_node(runnable, html=(visit, depart))
    app.connect("doctree-resolved", mark_cells)
    app.connect("html-page-context", add_tab)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
