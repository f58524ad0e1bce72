"""The ladder in Python: its traits, its stored output and its plain text."""

import json
import re
import unicodedata

import pytest
from traitlets import TraitError

from servers.network.trace import Segment, Trace
from servers.wire.message import Field, Message
from widgets import Ladder
from widgets.faces import hex_dump, visible
from widgets.rows import MAX_BYTES_SHOWN

# RFC 6455 §5.7: "Hello" unmasked, and a ping.
HELLO, PING = bytes.fromhex("810548656c6c6f"), bytes.fromhex("890548656c6c6f")
REQUEST = b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\n\r\n"
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
HOSTILE = "</script><img src=x onerror=alert(1)>"


def message(sender="client", summary="GET /chat", data=REQUEST, **rest):
    values = {"time_ms": 1.5, "connection": 1, "kind": "request"} | rest
    return Message(sender=sender, summary=summary, data=data, **values)


def recorded(clock="measured", start_ms=0.0):
    segments = [
        Segment(start_ms, 1, "client", REQUEST),
        Segment(start_ms + 0.25, 1, "server", ANSWER + HELLO + PING),
    ]
    return Trace(segments, clock)


def state_of(html):
    found = re.search(r'class="lw-state">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


def test_a_trace_is_dissected_into_messages_with_fields():
    ladder = Ladder(recorded())
    assert [m["summary"] for m in ladder.messages] == [
        "GET /chat",
        "HTTP/1.1 101 Switching Protocols",
        "text “Hello”",
        "ping, 5 bytes",
    ]
    hello = ladder.messages[2]
    assert (hello["step"], hello["sender"], hello["receiver"]) == (
        3,
        "server",
        "client-1",
    )
    assert (hello["hex"], hello["size"]) == (HELLO.hex(), 7)
    assert hello["fields"][0]["source"] == "RFC 6455 §5.2"


def test_plain_text_is_one_line_a_message_in_both_languages():
    messages = [message(), message("server", "HTTP/1.1 101", ANSWER)]
    assert repr(Ladder(messages)).splitlines() == [
        "1  client → server  GET /chat",
        "2  server → client  HTTP/1.1 101",
    ]
    assert repr(Ladder(messages, "vi")).splitlines() == [
        "1  máy khách → máy chủ  GET /chat",
        "2  máy chủ → máy khách  HTTP/1.1 101",
    ]


def test_several_connections_are_told_apart():
    ladder = Ladder([message(connection=2), message("server", connection=5)])
    assert [column["label"] for column in ladder.columns] == [
        "client 2",
        "client 5",
        "server",
    ]
    assert "server → client 5" in repr(ladder)


def test_columns_follow_the_language_until_they_are_set_by_hand():
    ladder = Ladder([message()])
    ladder.lang = "vi"
    assert ladder.columns[0]["label"] == "máy khách"
    ladder.columns = [{"id": "client-1", "label": "An"}, ladder.columns[1]]
    ladder.lang = "en"
    assert ladder.columns[0]["label"] == "An"


def test_new_messages_may_be_messages_and_close_what_is_gone():
    ladder = Ladder([message(), message()], selected=1)
    ladder.messages = [message(summary="GET /next")]
    assert (ladder.messages[0]["summary"], ladder.selected) == ("GET /next", -1)


@pytest.mark.parametrize(
    ("traits", "sentence"),
    [
        ({"lang": "fr"}, "lang is 'fr'; it can be en or vi"),
        ({"selected": 1}, "selected is 1 of 1 messages"),
        ({"selected": -2}, "selected is -2 of 1 messages"),
    ],
)
def test_a_value_that_cannot_be_shown_is_refused(traits, sentence):
    with pytest.raises(TraitError, match=re.escape(sentence)):
        Ladder([message()], **traits)


def test_a_message_without_its_parts_is_refused():
    with pytest.raises(TraitError, match=r"messages\[0\] lacks connection, error"):
        Ladder([{"step": 1, "hex": ""}])
    with pytest.raises(TraitError, match=r"messages\[0\] is not a Message or a dict"):
        Ladder(["GET /chat"])


def test_every_trait_of_the_contract_is_explained():
    for name in (*Ladder.stored, "messages"):
        assert Ladder.class_traits()[name].help


def test_the_bundle_has_three_faces():
    ladder = Ladder(recorded())
    data, _ = ladder._repr_mimebundle_()
    assert set(data) == {
        "application/vnd.jupyter.widget-view+json",
        "text/html",
        "text/plain",
    }
    assert data["text/plain"] == ladder.text()
    assert '<div class="lw-widget" data-widget="ladder" lang="en">' in data["text/html"]


def test_measured_times_are_live_only_so_that_two_runs_store_the_same():
    first, second = Ladder(recorded()), Ladder(recorded(start_ms=7.0))
    assert first.messages[1]["time_ms"] == 0.25
    assert second.messages[1]["time_ms"] == 7.25
    assert first.html() == second.html()
    assert repr(first) == repr(second)
    assert {m["time_ms"] for m in state_of(first.html())["messages"]} == {None}


def test_virtual_times_are_stored():
    html = Ladder(recorded("virtual", 1210.0), lang="vi").html()
    assert state_of(html)["messages"][1]["time_ms"] == 1210.25
    assert "1210,3 ms" in html


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_state_is_all_that_a_page_needs(lang):
    state = state_of(Ladder(recorded(), lang=lang, title="Đà Nẵng").html())
    assert set(state) == {"lang", "title", "columns", "selected", "messages"}
    assert (state["lang"], state["title"]) == (lang, "Đà Nẵng")


@pytest.mark.parametrize(
    ("lang", "head"),
    [("en", "Step|From → to|Message"), ("vi", "Bước|Từ → đến|Thông điệp")],
)
def test_the_snapshot_is_a_table_in_the_readers_language(lang, head):
    html = Ladder(recorded(), lang=lang).html()
    assert re.findall(r"<th [^>]*>(.*?)</th>", html) == head.split("|")
    assert html == unicodedata.normalize("NFC", html)


def test_the_snapshot_shows_bytes_and_fields():
    html = Ladder([message(data=HELLO, fields=(Field("FIN", "1", 0, 1, "§5.2"),))])
    assert "0000  81 05 48 65 6c 6c 6f     ·␅Hello" in html.html()
    assert "FIN (0): <b>1</b>" in html.html()


def test_the_snapshot_needs_nothing_that_an_untrusted_notebook_removes():
    snapshot = Ladder(recorded(), title="A").snapshot()
    assert not re.search(r"<(script|style|svg|link|iframe)|class=| id=| on", snapshot)


def test_hostile_text_stays_text():
    field = Field(HOSTILE, HOSTILE, 0, 1, HOSTILE)
    said = message(summary=HOSTILE, fields=(field,), error=HOSTILE, data=b"<img>")
    ladder = Ladder([said], title=HOSTILE)
    ladder.columns = [{"id": "client-1", "label": HOSTILE}, ladder.columns[1]]
    html = ladder.html()
    assert html.count("<script") == html.count("</script") == 1
    assert "<img" not in html
    assert state_of(html)["messages"][0]["summary"] == HOSTILE


def test_control_characters_are_visible():
    assert visible("a\r\n\x00\x7f") == "a␍␊␀␡"
    assert visible("a\u202eb") == "a\ufffdb"
    assert hex_dump(b"\x1b[0m\xc3\xa0") == "0000  1b 5b 30 6d c3 a0        ␛[0m··"
    assert "␍␊" in repr(Ladder([message(summary="GET\r\n2  server → client  fake")]))
    assert len(repr(Ladder([message(summary="a\nb")])).splitlines()) == 1


def test_an_error_is_said_in_every_face():
    ladder = Ladder([message(kind="bytes", error="Opcode 0x3 is reserved.")])
    assert "Could not be read: Opcode 0x3 is reserved." in repr(ladder)
    assert "Could not be read: Opcode 0x3 is reserved." in ladder.snapshot()


def test_a_long_message_is_shown_by_its_beginning():
    ladder = Ladder([message(data=bytes(MAX_BYTES_SHOWN + 5))])
    assert len(ladder.messages[0]["hex"]) == 2 * MAX_BYTES_SHOWN
    assert "1029 bytes" in ladder.snapshot()
    assert "… 5 more bytes" in ladder.snapshot()


def test_an_empty_ladder_says_so():
    assert repr(Ladder()) == "No messages yet."
    assert "Chưa có thông điệp nào." in Ladder(lang="vi").snapshot()
