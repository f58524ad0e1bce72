"""The log that clients resume from: what it keeps, and what it says of the rest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.wire.event_log import GAP, EventLog
from servers.wire.event_stream import Event, EventStreamReader
from servers.wire.http_head import HandshakeError


def filled(count, **limits):
    log = EventLog(**limits)
    for number in range(1, count + 1):
        assert log.append(f"event {number}") == number
    return log


def heard(log, last_event_id):
    """What a client hears that comes with this id, and the id it ends up with."""
    place, told = log.resume(last_event_id)
    reader = EventStreamReader(last_event_id=last_event_id)
    reader.feed(told + log.read(place))
    return list(reader), reader.last_event_id


def events(first, last):
    ids = range(first, last + 1)
    return [Event(f"event {n}", last_event_id=str(n)) for n in ids]


def gap(after, following):
    data = json.dumps({"after": after, "next": following})
    return Event(data, GAP, str(following - 1))


def test_a_client_when_it_resumes_inside_the_log_hears_what_it_lacks():
    log = filled(5, max_events=3)
    assert (log.first_id, log.last_id) == (3, 5)
    assert heard(log, "3") == (events(4, 5), "5")
    assert heard(log, "5") == ([], "5")
    assert heard(log, "2") == (events(3, 5), "5")  # 3 is the next, nothing is lost


def test_a_client_when_events_are_lost_is_told_which():
    log = filled(5, max_events=3)
    assert heard(log, "1") == ([gap(1, 3), *events(3, 5)], "5")
    assert heard(log, "0")[0][0] == gap(0, 3)


def test_a_client_when_its_id_was_never_given_hears_that_the_ids_began_anew():
    assert heard(filled(2), "500") == ([gap(500, 1), *events(1, 2)], "2")
    assert heard(filled(0), "500") == ([gap(500, 1)], "0")


def test_a_client_when_it_is_new_hears_no_past_and_is_given_its_place():
    assert heard(filled(5), "") == ([], "5")
    assert heard(filled(0), "") == ([], "0")
    assert heard(filled(2), "0") == (events(1, 2), "2")


@pytest.mark.parametrize(
    "bad", ["x", "-1", "01", "1.0", " 1", "٣", "9" * 19, "1\n", "0x1"]
)
def test_an_id_when_it_cannot_be_from_here_is_refused(bad):
    with pytest.raises(HandshakeError, match="no id of this stream") as caught:
        filled(1).resume(bad)
    assert caught.value.status == 400


def test_a_log_when_it_has_too_many_bytes_drops_the_oldest_but_never_the_newest():
    log = EventLog(max_bytes=1000)
    for _ in range(50):
        log.append("x" * 100)
    assert 1 < log.last_id - log.first_id < 9
    assert log.end - log.start <= 1000
    log.append("y" * 2000)
    assert log.first_id == log.last_id == 51
    assert len(log.read(log.start)) > 2000


def test_a_place_when_it_was_dropped_cannot_be_read():
    log = filled(5, max_events=3)
    with pytest.raises(LookupError):
        log.read(log.start - 1)
    with pytest.raises(ValueError):
        EventLog(max_events=0)


@given(st.integers(0, 30), st.integers(1, 10), st.integers(1, 40))
def test_a_log_when_read_in_any_steps_gives_the_same(count, max_events, step):
    log = filled(count, max_events=max_events)
    place, pieces = log.start, []
    while data := log.read(place, step):
        pieces.append(data)
        place += len(data)
    assert place == log.end
    assert b"".join(pieces) == log.read(log.start)
