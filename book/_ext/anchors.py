"""Explicit anchors: links between pages survive translation.

Automatic heading anchors differ between languages, and MyST's own ``(label)=`` reads
badly in JupyterLab. A heading that anything links to is therefore preceded by
``<a id="why-the-key"></a>``; this transform makes such an id (and every id that
another transform marks with ``lw_anchor``) a target of ``page.md#why-the-key``.
"""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

ANCHOR = re.compile(r'<a\s+(?:id|name)="([^"]+)"\s*>')


def raw_anchors(document):
    """Yield every id written as ``<a id="…">`` in the page's Markdown."""
    for node in document.findall(nodes.raw):
        if "html" in node.get("format", ""):
            yield from ANCHOR.findall(node.astext())


class NoteAnchors(SphinxTransform):
    """Enter the page's explicit ids in the table MyST resolves links with."""

    default_priority = 870  # before MyST's ResolveAnchorIds (879) looks them up

    def apply(self):
        marked = (n["lw_anchor"] for n in self.document.findall() if _is_marked(n))
        slugs = self.env.metadata[self.env.docname].setdefault("myst_slugs", {})
        for anchor in [*raw_anchors(self.document), *marked]:
            slugs[anchor] = (None, anchor, anchor)
        self.document.myst_slugs = slugs


def _is_marked(node):
    return isinstance(node, nodes.Element) and "lw_anchor" in node


def setup(app):
    app.add_transform(NoteAnchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
