"""The seat of a console in a browser: given by the door, to one person, and left for good."""

from pathlib import Path

import pytest

from dispatch.clock import ManualClock
from dispatch.domain.operators import Role
from dispatch.settings.operators import change_operators
from dispatch.signin import SignInRefused
from tests.unit.signin.people import CHEN, LI, PASSWORDS, Site


@pytest.fixture
def site(tmp_path: Path, clock: ManualClock) -> Site:
    return Site(tmp_path, clock).staffed()


async def test_whoever_the_door_confirmed_sits_here_and_the_log_says_by_which_way(site: Site) -> None:
    seat = site.seat()
    await seat.admit(CHEN, Role.BLOOD_STAFF)
    assert seat.by is not None
    assert (seat.by.operator, seat.by.role) == (CHEN, Role.BLOOD_STAFF)
    (row,) = site.said("signin.in")
    assert (row.actor, row.role, row.detail) == (CHEN, "blood_staff", {"via": "web"})


@pytest.mark.parametrize(("operator", "role"), [("nobody", Role.BLOOD_STAFF), (CHEN, Role.DISPATCHER)])
async def test_an_account_that_is_not_what_the_door_saw_is_refused(
    site: Site, operator: str, role: Role
) -> None:
    seat = site.seat()
    with pytest.raises(SignInRefused):
        await seat.admit(operator, role)
    assert seat.by is None
    assert site.said("signin.in") == []


async def test_nobody_else_takes_the_seat_by_a_password_or_without(site: Site) -> None:
    seat = site.seat()
    await seat.admit(CHEN, Role.BLOOD_STAFF)
    assert not (await seat.sign_in(LI, PASSWORDS[LI])).ok
    with pytest.raises(SignInRefused):
        await seat.confirm(LI, PASSWORDS[LI])
    with pytest.raises(SignInRefused):
        await seat.sign_in_by_break_glass(LI, "no time")
    assert seat.by is not None
    assert seat.by.operator == CHEN
    assert site.said("signin.break_glass") == []


async def test_leaving_the_seat_is_told_once_and_nobody_sits_there_again(site: Site) -> None:
    seat, left = site.seat(), []
    await seat.admit(CHEN, Role.BLOOD_STAFF)
    seat.on_empty = lambda: left.append(seat.by)
    change_operators(
        site.file, lambda held: [one.model_copy(update={"active": one.id != CHEN}) for one in held]
    )
    assert await seat.tick() == {CHEN}
    assert left == [None]
    await seat.tick()
    assert not (await seat.sign_in(CHEN, PASSWORDS[CHEN])).ok
    assert left == [None]
