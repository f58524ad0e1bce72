"""The glossary: `book/glossary.yml` is the one source for both languages.

The directive ``{live-glossary}`` renders it, in the edition's language, with the id
``term-<id>`` on every entry. A chapter links with plain Markdown,
``[handshake](../book/glossary.md#term-handshake)``, and the link gets the definition
as its tooltip.
"""

import unicodedata
from functools import cache
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

SOURCE = Path(__file__).parent.parent / "glossary.yml"


@cache  # a build asks once a page
def load_terms():
    return yaml.safe_load(SOURCE.read_text(encoding="utf-8"))


def heading(entry, lang):
    """Return what an entry is called: (headword, the word in the other language).

    A term that stays English in Vietnamese has no second word.
    """
    other = "vi" if lang == "en" else "en"
    word, also = entry[lang]["term"], entry[other]["term"]
    return word, "" if also.casefold() == word.casefold() else also


def sort_key(word):
    """Sort as a Vietnamese dictionary does: base letters, đ after d, then tones."""
    folded = unicodedata.normalize("NFD", word.casefold()).replace("đ", "d\uffff")
    bare = "".join(c for c in folded if unicodedata.category(c) != "Mn")
    return bare, word


class LiveGlossary(SphinxDirective):
    def run(self):
        self.env.note_dependency(str(SOURCE))
        lang = self.config.language
        entries = sorted(load_terms(), key=lambda e: sort_key(e[lang]["term"]))
        items = [self.item(entry, lang) for entry in entries]
        return [nodes.definition_list("", *items, classes=["lw-glossary"])]

    def item(self, entry, lang):
        anchor = f"term-{entry['id']}"
        word, also = heading(entry, lang)
        term = nodes.term("", word, ids=[anchor], lw_anchor=anchor)
        if also:
            text = nodes.inline("", also, classes=["lw-also"])
            text["lang"] = "vi" if lang == "en" else "en"
            term += [nodes.Text(" "), text]
        meaning, _ = self.parse_inline(entry[lang]["definition"])
        body = nodes.definition("", nodes.paragraph("", "", *meaning))
        return nodes.definition_list_item("", term, body)


class ShowDefinition(SphinxPostTransform):
    """Give links to a term its definition as their tooltip."""

    default_priority = 20  # links are resolved (MyST does it at 9)

    def run(self):
        lang = self.config.language
        meaning = {e["id"]: e[lang]["definition"] for e in load_terms()}
        for link in self.document.findall(nodes.reference):
            page, _, term = link.get("refuri", "").partition("#term-")
            if page.endswith("glossary.html") and term in meaning:
                link["reftitle"] = meaning[term]
                link["classes"].append("lw-term")


def setup(app):
    app.add_directive("live-glossary", LiveGlossary)
    app.add_post_transform(ShowDefinition)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
