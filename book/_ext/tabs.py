"""Tab sets written so that they read well in JupyterLab and on GitHub too.

    <!-- tabs -->
    **Browser**
    (anything: text, code blocks)
    **Node**
    …
    <!-- /tabs -->

The comments are invisible elsewhere and a bold line reads as a small heading; here
they become a sphinx-design tab set.
"""

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx_design.shared import create_component

LOGGER = logging.getLogger(__name__)


def is_comment(node, text):
    return isinstance(node, nodes.raw) and node.astext().strip() == f"<!-- {text} -->"


def is_label(node):
    """True for a paragraph that is bold text and nothing else."""
    if not isinstance(node, nodes.paragraph):
        return False
    visible = [child for child in node if child.astext().strip()]
    return len(visible) == 1 and isinstance(visible[0], nodes.strong)


def tab_item(label, content):
    title = nodes.rubric("", label.astext().strip(), classes=["sd-tab-label"])
    body = create_component("tab-content", classes=["sd-tab-content"], children=content)
    return create_component(
        "tab-item", classes=["sd-tab-item"], selected=False, children=[title, body]
    )


def tab_set(between):
    """Turn the nodes between the two comments into one tab set."""
    starts = [i for i, node in enumerate(between) if is_label(node)]
    ends = [*starts[1:], len(between)]
    return create_component(
        "tab-set",
        classes=["sd-tab-set"],
        children=[
            tab_item(between[start], between[start + 1 : end])
            for start, end in zip(starts, ends, strict=True)
        ],
    )


class Tabs(SphinxTransform):
    default_priority = 400

    def apply(self):
        for opening in list(self.document.findall(lambda n: is_comment(n, "tabs"))):
            self.replace(opening)

    def replace(self, opening):
        parent = opening.parent
        first = parent.index(opening)
        closing = (
            i for i in range(first, len(parent)) if is_comment(parent[i], "/tabs")
        )
        last = next(closing, None)
        if last is None or not is_label(parent[first + 1]):
            LOGGER.warning(
                "<!-- tabs --> needs a **label** right after it and <!-- /tabs -->"
                " after the last tab, in the same cell",
                location=opening,
            )
            return
        parent[first : last + 1] = [tab_set(parent[first + 1 : last])]


def setup(app):
    app.add_transform(Tabs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
