"""Rooms that are followed: bounded, in batches, and the same on every run."""

import asyncio

import pytest
from traitlets import TraitError

from widgets import Rooms

JOINS = [{"kind": "join", "who": who, "room": "news"} for who in ("Bình", "An")]
NEWS = {"kind": "emit", "room": "news", "text": "2–1", "hears": []}


def followed(use, *, keep=200, **traits):
    """The rooms after `use` had them in its hands, and nothing else left."""
    rooms = Rooms(**traits)

    async def run():
        async with rooms.follow(keep=keep) as live:
            assert rooms.following
            await use(live)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
    assert not rooms.following
    return rooms


def test_what_happens_is_added_and_who_hears_it_is_said_by_the_clients():
    async def use(live):
        live.add(*JOINS)
        live.add(NEWS)
        live.heard("Bình", "2–1")
        await asyncio.sleep(0)
        live.heard("An", "2–1")
        live.heard("An", "2–1")

    rooms = followed(use)
    assert rooms.steps == [*JOINS, NEWS | {"hears": ["An", "Bình"]}]
    assert rooms.selected == 2
    assert NEWS["hears"] == []
    assert rooms.text() == Rooms(rooms.steps).text()
    assert rooms.html() == Rooms(rooms.steps, selected=2).html()


def test_only_the_last_steps_are_kept_and_where_everyone_was_before():
    async def use(live):
        live.add(*JOINS, {"kind": "leave", "who": "An", "room": "news"})
        live.add({"kind": "connect", "who": "Chi"}, NEWS, NEWS, NEWS)
        live.heard("Bình", "2–1")

    rooms = followed(use, keep=2, lang="vi")
    assert (len(rooms.steps), rooms.earlier) == (2, 5)
    assert rooms.before == {"Bình": ["news"], "An": [], "Chi": []}
    first, *lines = rooms.text().splitlines()
    assert first == "5 bước trước đó không được giữ lại."
    assert "5 bước trước đó" in rooms.snapshot()
    assert lines[0].startswith("6. Máy chủ → news")
    assert lines[0].endswith("không nghe thấy: Bình")
    assert lines[1].endswith("Nghe thấy: Bình")
    assert rooms.stored_state()["before"]["Bình"] == ["news"]


def test_fifty_thousand_steps_stay_bounded_and_right():
    async def use(live):
        for round in range(25_000):
            who = f"{round % 40}"
            live.add({"kind": "join", "who": who, "room": f"{round % 7}"})
            if round >= 20:
                live.add({"kind": "disconnect", "who": f"{(round - 20) % 40}"})

    rooms = followed(use)
    assert len(rooms.steps) == 200
    assert len(rooms.before) <= 21


def test_a_batch_holds_everything_that_came_since_the_last():
    batches, sent, said = [], asyncio.Event(), []

    class Heard(Rooms):
        def send_state(self, key=None):
            said.append(key)
            if isinstance(key, tuple):
                batches.append((key, len(self.steps)))
                sent.set()
            super().send_state(key)

    rooms = Heard()

    async def run():
        async with rooms.follow(keep=80) as live, asyncio.timeout(10):
            said.clear()
            for _ in range(2):
                live.add(*[NEWS] * 50)
                await sent.wait()
                sent.clear()

    asyncio.run(run())
    assert batches == [(("steps", "before", "earlier"), n) for n in (50, 80)]
    assert len(said) < 8  # one or two for each batch, and the end


@pytest.mark.parametrize(
    ("use", "error", "said"),
    [
        (lambda live: live.add({"kind": "sing"}), TraitError, "step 1 has no kind"),
        (lambda live: live.heard("An", "2–1"), LookupError, "which nobody has said"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_said(use, error, said):
    async def run(live):
        use(live)

    with pytest.raises(error, match=said):
        followed(run)


def test_who_was_where_before_keeps_to_the_contract():
    rooms = Rooms([NEWS], before={"An": ["news"]})
    assert "did not hear it: An" in rooms.text()
    for wrong in ({"An": "news"}, {"": []}, {"An": [1]}):
        with pytest.raises(TraitError, match="before"):
            Rooms(before=wrong)
