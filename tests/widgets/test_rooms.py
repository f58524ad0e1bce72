"""The rooms in Python: their contract, their stored output and their plain text."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from traitlets import TraitError

from widgets import Rooms
from widgets.rooms import LABELS
from widgets.rooms_steps import listeners, move

RECORDED = Path(__file__).parents[2] / "book" / "gallery" / "rooms.json"
HOSTILE = "</script><img src=x onerror=alert(1)>"
STEPS = [
    {"kind": "connect", "who": "An"},
    {"kind": "join", "who": "An", "room": "news"},
    {"kind": "join", "who": "Bình", "room": "news"},
    {"kind": "connect", "who": "Chi"},
    {"kind": "emit", "who": "An", "room": "news", "text": "hi", "hears": ["Chi"]}
    | {"skip": ["An"]},
    {"kind": "disconnect", "who": "Bình"},
    {"kind": "emit", "hears": []},
]


def state_of(html):
    found = re.search(r'class="lw-state">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


def test_plain_text_has_one_line_a_step_in_both_languages():
    lines = repr(Rooms(STEPS)).splitlines()
    assert lines[1] == "2. An joins news"
    assert lines[4] == (
        "5. An → news: “hi”. Heard by: Chi; skipped: An; "
        "⚠ in the room, did not hear it: Bình; ⚠ outside, heard it: Chi"
    )
    assert "7. Máy chủ → mọi người. Nghe thấy: không ai" in repr(Rooms(STEPS, "vi"))


def test_who_disconnects_has_left_every_room():
    here = {}
    for step in STEPS:
        move(step, here)
    assert here == {"An": {"news"}, "Chi": set()}


def test_leaving_a_room_that_one_is_not_in_changes_nothing():
    here = {"An": {"news"}}
    for who in ("An", "Bình"):
        move({"kind": "leave", "who": who, "room": "chess"}, here)
    move({"kind": "disconnect", "who": "Bình"}, here)
    assert here == {"An": {"news"}}


def test_a_skipped_person_who_hears_all_the_same_has_heard():
    step = {"kind": "emit", "room": "news", "hears": ["An"], "skip": ["An"]}
    found = listeners(step, {"An": {"news"}})
    assert found == {"hears": ["An"], "skipped": [], "missed": [], "outside": []}


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (5, "steps[0] has no kind out of connect, disconnect, join, leave, emit"),
        ({"who": "An"}, "steps[0] has no kind"),
        ({"kind": "shout"}, "steps[0] has no kind"),
        ({"kind": "join", "who": "An"}, "steps[0]: join needs room"),
        ({"kind": "emit", "room": "a"}, "steps[0]: emit needs hears"),
        (STEPS[0] | {"room": "a"}, "connect has room, which nobody draws"),
        ({"kind": "connect", "who": ""}, "steps[0]: who is '', no name"),
        ({"kind": "connect", "who": 7}, "steps[0]: who is 7, no name"),
        ({"kind": "emit", "hears": "An"}, "hears is 'An', no list of names"),
        ({"kind": "emit", "hears": [], "skip": [None]}, "skip is [None], no list"),
    ],
)
def test_steps_that_break_the_contract_are_refused(step, sentence):
    with pytest.raises(TraitError, match=re.escape(sentence)):
        Rooms([step])


def test_every_trait_of_the_contract_is_explained():
    for name in Rooms.stored:
        assert Rooms.class_traits()[name].help
    assert LABELS["en"].keys() == LABELS["vi"].keys()


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_two_runs_store_the_same(lang):
    one, other = (Rooms(STEPS, lang=lang, title="Đà Nẵng") for _ in range(2))
    assert one._repr_mimebundle_()[0]["text/html"] == other.html()
    assert repr(one) == repr(other)
    assert set(state_of(one.html())) == set(Rooms.stored)
    assert one.html() == unicodedata.normalize("NFC", one.html())


def test_the_snapshot_is_a_table_with_one_row_a_step():
    html = Rooms(STEPS, lang="vi").snapshot()
    cells = re.findall(r"<t[hd] [^>]*>(.*?)</t[hd]>", html)
    assert cells[:6] == [*LABELS["vi"]["heads"], "1", "An kết nối", "–"]
    assert html.count("<tr") == len(STEPS) + 1
    assert not re.search(r"<(script|style|svg|link|iframe)|class=| id=| on\w+=", html)


def test_hostile_text_stays_text():
    step = {"kind": "emit", "who": HOSTILE, "room": HOSTILE, "text": HOSTILE}
    html = Rooms([step | {"hears": [HOSTILE]}], title=HOSTILE).html()
    assert html.count("<script") == html.count("</script") == 1
    assert "<img" not in html


def test_braces_in_a_name_stay_braces():
    assert repr(Rooms([{"kind": "connect", "who": "{room}"}])) == "1. {room} connects"


def test_rooms_without_a_step_say_so():
    assert repr(Rooms()) == "Nothing has happened yet."
    assert "Chưa có gì xảy ra." in Rooms(lang="vi").snapshot()


def test_in_the_recording_the_rooms_say_who_hears():
    here = {}
    for step in json.loads(RECORDED.read_text("utf-8")):
        if step["kind"] == "emit":
            found = listeners(step, here)
            assert found["hears"] and not (found["missed"] or found["outside"])
        move(step, here)
