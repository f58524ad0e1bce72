"""Search in both editions: with and without accents, NFC and NFD, numbers."""

import unicodedata
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.chromium


def nfd(text):
    return unicodedata.normalize("NFD", text)


def bare(text):
    letters = nfd(text).casefold().replace("đ", "d")
    return "".join(c for c in letters if not unicodedata.combining(c))


def results(tab):
    tab.locator("#search-results[aria-busy=false]").wait_for(state="attached")
    return tab.locator("#search-results section")


QUERIES = ["ket noi", "kết nối", nfd("kết nối"), "KẾT NỐI", "da nang", "1006"]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_search_finds_whatever_the_spelling(open_page, site, lang):
    tab = open_page(f"{lang}/search.html")
    titles = {}
    for query in QUERIES:
        tab.goto(f"{site}/{lang}/search.html?q={quote(query)}")
        found = results(tab)
        assert bare(found.first.locator("mark").first.inner_text()) == bare(query)
        titles.setdefault(bare(query), []).append(found.locator("h2").all_inner_texts())
    first, *others = titles["ket noi"]
    assert first and len(others) == 3 and all(titles == first for titles in others)


def test_exact_phrase_comes_before_scattered_words(open_page):
    tab = open_page("vi/search.html?q=doi+chieu")
    marks = results(tab).first.locator("mark").all_inner_texts()
    assert {bare(text) for text in marks} == {"doi chieu"}


@pytest.mark.parametrize(
    "lang, sentence", [("en", "Nothing"), ("vi", "Không tìm thấy")]
)
def test_search_says_when_there_is_nothing(open_page, lang, sentence):
    tab = open_page(f"{lang}/search.html?q=qwzxqwzx")
    assert results(tab).count() == 0
    assert tab.locator("#search-status").inner_text().startswith(sentence)


def test_received_text_is_never_html(open_page):
    tab = open_page(f"en/search.html?q={quote('<img src=x onerror=alert(1)>1006')}")
    results(tab)
    assert tab.locator("article img").count() == 0


def test_keyboard_opens_search_and_a_result_leads_to_marked_text(open_page):
    tab = open_page("vi/book/index.html")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("ap luc nguoc")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=*")
    tab.locator("#search-results a[href*=term-backpressure]").first.click()
    tab.wait_for_url("**/glossary.html?highlight=*#term-backpressure")
    assert tab.locator("article mark").first.inner_text() == "áp lực ngược"
