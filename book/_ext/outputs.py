"""Cell outputs on the page: one that says nothing leaves no gap.

A progress bar that is done stores an empty output (widgets/progress.py).
"""

from docutils import nodes


def drop_blank_outputs(app, doctree, docname):
    for block in list(doctree.findall(nodes.literal_block)):
        if "text_plain" in block["classes"] and not block.astext().strip():
            block.parent.remove(block)


def setup(app):
    app.connect("doctree-resolved", drop_blank_outputs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
