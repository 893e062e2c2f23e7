"""Which request for help waits for whom, in which order, and how it is called."""

from datetime import timedelta

import pytest

from dispatch.console.neighbours import (
    Part,
    claimed_elsewhere,
    deadline,
    listed,
    part_of,
    spoken_names,
    to_answer,
)
from dispatch.console.present_aids import loudness
from dispatch.domain.aid import AidId, AidState
from dispatch.domain.incidents import Priority
from tests.console.fakes import CHANGSHA, START, XIANGTAN, ZHUZHOU, FakeDesk, fake_desk
from tests.console.neighbours import a_day_of_lending, we_asked, zhuzhou_asks

SEAT = "王芳@console-1"


@pytest.fixture
def desk() -> FakeDesk:
    return fake_desk()


@pytest.mark.parametrize(
    ("state", "ours", "theirs"),
    [
        (AidState.RECEIVED, Part.WAITING, Part.ANSWER),
        (AidState.ACCEPTED, Part.WAITING, Part.NAME),
        (AidState.COMMITTED, Part.BORROWED, Part.LENT),
        (AidState.DEPLOYED, Part.BORROWED, Part.LENT),
        (AidState.RELEASED, Part.OVER, Part.OVER),
        (AidState.CANCELLED, Part.OVER, Part.OVER),
        (AidState.DECLINED, Part.REFUSED, Part.OVER),
        (AidState.EXPIRED, Part.REFUSED, Part.OVER),
    ],
)
def test_both_sides_see_the_same_request_from_their_side(
    desk: FakeDesk, state: AidState, ours: Part, theirs: Part
) -> None:
    aid = we_asked(desk, ZHUZHOU, state=state)
    assert part_of(aid, CHANGSHA, START) is ours
    assert part_of(aid, ZHUZHOU, START) is theirs
    assert part_of(aid, XIANGTAN, START) is Part.OVER


def test_a_refusal_is_told_for_two_minutes_and_is_over_then(desk: FakeDesk) -> None:
    aid = we_asked(desk, state=AidState.EXPIRED, changed_at=START)
    assert part_of(aid, CHANGSHA, START + timedelta(seconds=119)) is Part.REFUSED
    assert part_of(aid, CHANGSHA, START + timedelta(seconds=120)) is Part.OVER


def test_what_we_must_answer_stands_first_and_the_most_urgent_of_it(desk: FakeDesk) -> None:
    a_day_of_lending(desk)
    urgent = zhuzhou_asks(desk, id=AidId("p1"), priority=Priority.LIFE_THREATENING, asked_at=START)
    assert to_answer(desk.picture, CHANGSHA, START)[0].id == urgent.id
    parts = [part for part, _aid in listed(desk.picture, CHANGSHA, START)]
    assert parts == sorted(parts, key=list(Part).index)


def test_a_request_between_two_others_is_none_of_ours(desk: FakeDesk) -> None:
    we_asked(desk, XIANGTAN, borrower=ZHUZHOU)
    assert listed(desk.picture, CHANGSHA, START) == []


def test_a_request_is_called_by_its_incident_until_two_share_it(desk: FakeDesk) -> None:
    we_asked(desk, XIANGTAN)
    assert list(spoken_names(desk.picture)) == ["CS-1124-0003"]
    we_asked(desk, ZHUZHOU)
    assert sorted(spoken_names(desk.picture)) == ["CS-1124-0003@XT", "CS-1124-0003@ZZ"]
    we_asked(desk, ZHUZHOU, id=AidId("again"), asked_at=START)
    names = spoken_names(desk.picture)
    assert sorted(names) == ["CS-1124-0003@XT", "CS-1124-0003@ZZ", "CS-1124-0003@ZZ/2"]
    assert names["CS-1124-0003@ZZ/2"] == "again"


def test_what_is_over_has_no_name_to_act_on(desk: FakeDesk) -> None:
    we_asked(desk, state=AidState.DECLINED)
    assert spoken_names(desk.picture) == {}


def test_the_next_shift_at_a_desk_goes_on_with_its_claims(desk: FakeDesk) -> None:
    aid = zhuzhou_asks(desk, claimed_by="chen@console-1")
    assert not claimed_elsewhere(aid, SEAT)
    assert claimed_elsewhere(aid, "王芳@console-2")


def test_the_deadline_is_that_of_the_next_step(desk: FakeDesk) -> None:
    good = START + timedelta(minutes=4)
    aid = zhuzhou_asks(desk, good_until=good)
    assert deadline(aid) == aid.answer_by
    assert deadline(aid.model_copy(update={"state": AidState.COMMITTED})) == good
    assert deadline(aid.model_copy(update={"state": AidState.DEPLOYED})) is None


@pytest.mark.parametrize(
    ("changes", "style"),
    [
        ({}, "warning"),
        ({"priority": Priority.LIFE_THREATENING}, "critical"),
        ({"claimed_by": "chen@console-2"}, "normal"),
        ({"claimed_by": "chen@console-2", "priority": Priority.LIFE_THREATENING}, "normal"),
        ({"claimed_by": "chen@console-2", "answer_by": START + timedelta(seconds=29)}, "critical"),
    ],
)
def test_red_is_for_a_life_or_a_deadline_and_quiet_where_another_desk_answers(
    desk: FakeDesk, changes: dict[str, object], style: str
) -> None:
    aid = zhuzhou_asks(desk, **changes)
    assert loudness(Part.ANSWER, aid, SEAT, START) == style
