"""The diagram of the states: every row of the table, in words and in the picture."""

import re
from base64 import b64decode
from xml.etree import ElementTree

import pytest

from servers.wire.ws_states import NEXT_STATE, STATES
from widgets import StateDiagram
from widgets.states import LABELS, WIDTH, place_states

SVG = "{http://www.w3.org/2000/svg}"
LANGS = pytest.mark.parametrize("lang", ["en", "vi"])


def drawn(diagram):
    """What the picture in the page shows, as rows of state, event, next state."""
    data = re.search(r"svg\+xml;base64,([^\"]+)", diagram._repr_html_())[1]
    picture = ElementTree.fromstring(b64decode(data))
    arrows = {
        (way.get("data-from"), way.get("data-to"))
        for way in picture.iter(f"{SVG}path")
        if way.get("data-from")
    }
    rows = [
        (label.get("data-from"), text.text, label.get("data-to"))
        for label in picture.iter(f"{SVG}g")
        for text in label.iter(f"{SVG}text")
    ]
    assert arrows == {(old, new) for old, _, new in rows}
    return picture, rows


@LANGS
def test_a_diagram_when_drawn_shows_every_transition_once(lang):
    diagram = StateDiagram(lang)
    words = LABELS[lang]["events"]
    table = [(old, words[event], new) for (old, event), new in NEXT_STATE.items()]
    _, rows = drawn(diagram)
    assert sorted(rows) == sorted(table) == sorted(diagram.rows)
    assert repr(diagram).splitlines() == [f"{a} --{b}--> {c}" for a, b, c in table]
    cells = re.findall(r"<td[^>]*>([^<]+)</td>", diagram._repr_html_())
    assert list(zip(*[iter(cells)] * 3, strict=True)) == table


@LANGS
def test_a_diagram_when_drawn_names_every_state_and_keeps_inside(lang):
    picture, _ = drawn(StateDiagram(lang))
    texts = {text.text for text in picture.iter(f"{SVG}text")}
    assert STATES.keys() <= texts
    for box in picture.iter(f"{SVG}rect"):
        left, width = float(box.get("x")), float(box.get("width"))
        assert left >= 0 and left + width <= WIDTH


def test_labels_when_translated_name_every_event():
    events = {event for _, event in NEXT_STATE}
    assert all(words["events"].keys() == events for words in LABELS.values())


def test_states_when_placed_do_not_cover_each_other():
    spots = [(place.x, place.y) for place in place_states().values()]
    assert len(set(spots)) == len(STATES)


def test_a_language_when_unknown_is_refused():
    with pytest.raises(ValueError, match="en or vi"):
        StateDiagram("fr")
