"""The feeds in Python: the recorded grid, the contract, the snapshot."""

import pytest
from traitlets import TraitError

from widgets import Feeds
from widgets.feeds import COLUMNS, LABELS, recorded_costs, recorded_grid

HOSTILE = "</script><img src=x onerror=alert(1)>"
LANE = {
    "clients": 2,
    "changes": 10,
    "shown": 10,
    "mean_ms": 5,
    "worst_ms": 8,
    "requests": 4,
    "bytes": 3000,
    "seconds": 10,
}
POINT = {"mean_s": 1, "rtt_ms": 10, "clients": 2, "lanes": {HOSTILE: LANE}}


def small(**traits):
    return Feeds([POINT], mean_s=1, rtt_ms=10, clients=2, **traits)


def test_costs_are_for_each_change_on_a_screen_and_for_all_clients_together():
    assert small().costs()[HOSTILE] == {
        "mean_ms": 5,
        "worst_ms": 8,
        "shown_percent": 50,
        "requests_each": 0.4,
        "bytes_each": 300,
        "requests_per_s": 0.4,
        "kilobytes_per_s": 0.3,
    }


def test_the_recorded_grid_is_whole_and_what_it_says_is_what_is_shown():
    assert len(recorded_grid()) == 27
    shown = Feeds(mean_s=0.2, rtt_ms=60, clients=10)
    assert shown.costs() == recorded_costs(0.2, 60, 10)


def test_a_setting_that_was_not_recorded_is_named_with_those_that_were():
    with pytest.raises(LookupError, match=r"clients \[1, 10, 100\]"):
        recorded_costs(1, 180, 7)
    with pytest.raises(TraitError, match="rtt_ms is 7"):
        Feeds(rtt_ms=7)
    feeds = Feeds()
    with pytest.raises(TraitError, match="clients is 2"):
        feeds.clients = 2


def test_a_grid_with_a_hole_is_refused():
    with pytest.raises(TraitError, match="26 points are no whole grid of 27"):
        Feeds(recorded_grid()[1:])


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_snapshot_and_the_text_say_every_cost(lang):
    feeds = Feeds(lang=lang, title="Đà Nẵng")
    for said in (feeds.snapshot(), feeds.text()):
        assert all(LABELS[lang][column] in said for column in COLUMNS)
        assert all(name in said for name in feeds.costs())
    assert "Đà Nẵng" in feeds.snapshot()


def test_received_text_is_never_markup():
    html = small(title=HOSTILE).html()
    assert "<img" not in html
    assert html.count("</script>") == 1
