"""Who may come back after a close code, and how long it waits before."""

from random import Random

from servers.wire.close_codes import APPLICATION_CODES, CLOSE_CODES
from servers.wire.coming_back import COME_BACK, Backoff, asks_to_come_back


def test_codes_when_they_may_have_passed_are_known_ones():
    assert COME_BACK < CLOSE_CODES.keys()
    assert {1012, 1013} < COME_BACK
    assert not any(map(asks_to_come_back, APPLICATION_CODES))


def test_pauses_when_drawn_stay_below_the_ceiling_and_are_not_equal():
    backoff = Backoff(Random(22), first_s=2, longest_s=30)
    pauses = [backoff.pause_s(0) for _ in range(2000)]
    assert pauses[0] <= 4 and pauses[1] <= 8
    assert max(pauses) <= 30
    assert len(set(pauses)) == len(pauses)


def test_a_backoff_when_a_connection_was_stable_begins_anew():
    backoff = Backoff(Random(22), first_s=1, stable_s=10)
    for _ in range(10):
        backoff.pause_s(9.9)
    assert backoff.failures == 10
    assert backoff.pause_s(10) <= 1
    assert backoff.failures == 0
