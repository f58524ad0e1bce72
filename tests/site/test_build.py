"""The build itself: twins, one glossary, an honest incremental build."""

import shutil

import pytest
import yaml

from .conftest import ROOT, build_site

COPIED = (
    "_config.yml book requirements.txt servers tab tools vi widgets "
    "_build/tab _build/tab-work"
).split()
# A book of two pages: a build of it takes seconds.
TOC = "{format: jb-book, root: book/index, chapters: [{file: book/glossary}]}"
PAGE = "# Live Wire\n\n[x](glossary.md#term-handshake)\n"


def read(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def flat(value, path=""):
    """Return {path: leaf} of nested dicts; lists are leaves."""
    if not isinstance(value, dict):
        return {path: value}
    return {
        k: v
        for name, inner in value.items()
        for k, v in flat(inner, f"{path}/{name}").items()
    }


MEANT_TO_DIFFER = {
    "/author",
    "/exclude_patterns",
    "/html/favicon",
    "/repository/path_to_book",
    "/sphinx/config/html_static_path",
    "/sphinx/config/html_theme_options/search_bar_text",
    "/sphinx/config/html_theme_options/toc_title",
    "/sphinx/config/language",
    "/sphinx/config/nb_code_prompt_hide",
    "/sphinx/config/nb_code_prompt_show",
    "/sphinx/config/templates_path",
}


def test_configs_are_twins():
    english, vietnamese = flat(read("_config.yml")), flat(read("vi/_config.yml"))
    assert english.keys() == vietnamese.keys()
    different = {key for key in english if english[key] != vietnamese[key]}
    different -= {key for key in different if "/local_extensions/" in key}
    assert different == MEANT_TO_DIFFER


def test_glossary_entries_are_complete():
    entries = read("book/glossary.yml")
    ids = [entry["id"] for entry in entries]
    assert len(ids) == len(set(ids))
    for entry in entries:
        assert entry.keys() == {"id", "policy", "en", "vi"}, entry["id"]
        same = entry["en"]["term"] == entry["vi"]["term"]
        assert same == (entry["policy"] == "keep"), entry["id"]
        assert entry["policy"] in ("keep", "both", "translate"), entry["id"]


def test_glossary_has_every_term_once_in_both_editions(built):
    for lang in ("en", "vi"):
        page = (built / lang / "book" / "glossary.html").read_text(encoding="utf-8")
        for entry in read("book/glossary.yml"):
            assert page.count(f'id="term-{entry["id"]}"') == 1


@pytest.fixture(scope="module")
def copy(built, tmp_path_factory):
    """A small book like ours, built for a known address, that may be broken."""
    folder = tmp_path_factory.mktemp("book")
    for name in COPIED:  # what runs in the tab as it was built
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    for edition in (folder, folder / "vi"):
        (edition / "_toc.yml").write_text(TOC, encoding="utf-8")
        (edition / "book" / "index.md").write_text(PAGE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SITE_URL", "https://example.org/book/")
        assert build_site(root=folder).returncode == 0
        yield folder


def test_known_address_makes_absolute_alternates_and_a_sitemap(copy):
    page = (copy / "_build/site/vi/book/index.html").read_text(encoding="utf-8")
    address = "https://example.org/book/vi/book/index.html"
    assert f'hreflang="vi" href="{address}"' in page
    assert f'rel="canonical" href="{address}"' in page
    sitemap = (copy / "_build/site/sitemap.xml").read_text(encoding="utf-8")
    assert f"<loc>{address}</loc>" in sitemap


def test_build_without_changes_builds_nothing_again(copy):
    page = copy / "_build/site/vi/book/index.html"
    before = page.stat().st_mtime_ns
    result = build_site(root=copy)
    assert result.returncode == 0
    assert "what changed" in result.stdout
    assert page.stat().st_mtime_ns == before


def test_broken_link_fails_the_build_and_is_named(copy):
    page = copy / "vi" / "book" / "index.md"
    page.write_text(PAGE.replace("handshake", "none"), encoding="utf-8")
    result = build_site(root=copy)
    assert result.returncode == 1
    assert "vi  FAILED" in result.stdout and "term-none" in result.stdout
    assert "en  FAILED" not in result.stdout
    page.write_text(PAGE, encoding="utf-8")
