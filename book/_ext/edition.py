"""What makes a build one of two editions: language switch, hreflang, UI strings.

Both editions have the same document names and lie side by side (``en/``, ``vi/``), so
the switch is a relative link. The site's address is unknown: with SITE_URL in the
environment the alternates become absolute and every page gets a canonical address;
without it they stay relative.
"""

import os
from functools import cache
from pathlib import Path

from sphinx.locale import get_translator
from sphinx_external_toc.parsing import parse_toc_yaml
from ui_strings import PAGE, VIETNAMESE

ROOT = Path(__file__).parents[2]
SOURCE = {"en": ROOT, "vi": ROOT / "vi"}
# Nothing needs them: live-wire.js highlights matches, search.js searches.
UNUSED_SCRIPTS = ("doctools.js", "sphinx_highlight.js", "translations.js")


def site_url():
    return os.environ.get("SITE_URL", "").rstrip("/")


@cache  # a build asks a few times a page
def documents(lang):
    """Return the names of the edition's documents and of its home page."""
    toc = parse_toc_yaml(SOURCE[lang] / "_toc.yml")
    return set(toc), toc.root.docname


def speak_vietnamese(app):
    """Correct Sphinx's Vietnamese and add what it and the themes lack.

    The loaded catalogue is patched because Sphinx's own wins over `locale_dirs`.
    """
    if app.config.language == "vi":
        for catalogue in ("sphinx", "booktheme"):
            get_translator(catalogue)._catalog.update(VIETNAMESE)


def set_base_url(app, config):
    if site_url():
        config.html_baseurl = f"{site_url()}/{config.language}/"


def counterpart(pagename, lang, is_document):
    """Return the page the language switch leads to: the same one where it exists."""
    names, home = documents(lang)
    return pagename if pagename in names or not is_document else home


def alternates(pagename, content_root):
    """Return {language: address} of a page that exists in both editions."""
    if not all(pagename in documents(lang)[0] for lang in SOURCE):
        return {}
    base = f"{site_url()}/" if site_url() else f"{content_root}../"
    return {lang: f"{base}{lang}/{pagename}.html" for lang in SOURCE}


def notebook_links(app, pagename, context):
    """Return where the page's notebook can be downloaded and launched."""
    if context.get("page_source_suffix") != ".ipynb":
        return {}
    options = app.config.html_theme_options
    folder = options["path_to_docs"] and f"{options['path_to_docs']}/"
    repository = options["repository_url"].removeprefix("https://github.com/")
    branch = options["repository_branch"]
    binder = options["launch_buttons"]["binderhub_url"]
    return {
        "file": f"{context['pathto']('_sources', 1)}/{context['sourcename']}",
        "name": f"{pagename.rpartition('/')[2]}.ipynb",
        "binder": f"{binder}/v2/gh/{repository}/{branch}"
        f"?urlpath=lab/tree/{folder}{pagename}.ipynb",
        "source": f"{options['repository_url']}/blob/{branch}/{folder}{pagename}.ipynb",
    }


def add_edition_to_page(app, pagename, templatename, context, doctree):
    lang = app.config.language
    other = "vi" if lang == "en" else "en"
    page = counterpart(pagename, other, doctree is not None)
    context["ui"] = PAGE[lang]
    context["lang"] = lang
    context["switch_url"] = f"{context['content_root']}../{other}/{page}.html"
    context["alternates"] = alternates(pagename, context["content_root"])
    context["notebook"] = notebook_links(app, pagename, context)
    context["repository_url"] = app.config.html_theme_options["repository_url"]
    context["script_files"] = [
        script
        for script in context["script_files"]
        if not str(getattr(script, "filename", script)).endswith(UNUSED_SCRIPTS)
    ]


def setup(app):
    app.connect("config-inited", set_base_url)
    app.connect("builder-inited", speak_vietnamese)
    app.connect("html-page-context", add_edition_to_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
