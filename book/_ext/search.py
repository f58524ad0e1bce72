"""One search for both editions: accents folded, numbers kept, no stop words.

Sphinx has no Vietnamese search. With its English one "in", "an" and "to" (Vietnamese
words) are dropped, "ket noi" does not find "kết nối", text typed in NFD finds nothing,
and 1006 or 6455 are never found. `fold` exists twice, here and in
``_static/live-wire.js``: the index and the query must be folded alike.
"""

import re
import unicodedata

from sphinx.search import SearchLanguage

WORD = re.compile(r"\w+")


def fold(text):
    """Return text without accents and case, whatever its Unicode normal form.

    >>> fold("Kết nối Đà Nẵng"), fold(unicodedata.normalize("NFD", "Kết nối"))
    ('ket noi da nang', 'ket noi')
    """
    letters = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in letters if unicodedata.category(c) != "Mn")
    return bare.lower().replace("đ", "d")


class FoldedEnglish(SearchLanguage):
    lang = "en"
    language_name = "English"

    def split(self, input):
        return WORD.findall(fold(input))

    def word_filter(self, word):
        return bool(word)


class FoldedVietnamese(FoldedEnglish):
    lang = "vi"
    language_name = "Vietnamese"


def setup(app):
    app.add_search_language(FoldedEnglish)
    app.add_search_language(FoldedVietnamese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
