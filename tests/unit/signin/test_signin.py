"""Signing in and out, what a role allows, waiting after wrong passwords, and break-glass."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from dispatch import language
from dispatch.clock import ManualClock
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.domain.errors import AuditUnavailable, MissingField
from dispatch.domain.operators import Operator, Right, Role
from dispatch.settings.operators import change_operators, load_operators
from dispatch.signin import NotAllowed, Passwords, SignIn, SignInRefused
from tests.unit.signin.people import CHEN, LI, PASSWORDS, QUICK, WANG, Site, operators


@pytest.fixture(autouse=True)
def _english() -> None:
    language.use("en")


@pytest.fixture
def site(tmp_path: Path, clock: ManualClock) -> Iterator[Site]:
    one = Site(tmp_path, clock)
    yield one
    one.audit.close_now()


async def wrong(seat: SignIn, times: int, operator: str = WANG) -> str:
    """Try a wrong password; returns the last answer."""
    for _time in range(times):
        answer = await seat.sign_in(operator, "not the password")
        assert not answer.ok
    return answer.message


def audit_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("audit.db*"))


# --- with and without operators ----------------------------------------------------------------


async def test_without_operators_the_settings_name_a_dispatcher_and_in_a_drill_its_leader(
    site: Site,
) -> None:
    seat = site.seat()
    assert not seat.asked
    assert seat.by is not None
    assert (seat.by.operator, seat.by.role) == ("dispatcher", Role.DISPATCHER)
    site.drill = True
    assert site.seat().role is Role.DRILL_LEADER
    assert site.seat().why_not(Right.SHELVE) == ""
    assert not (await seat.sign_out()).ok
    assert seat.by is not None


async def test_with_operators_nobody_may_do_anything_before_signing_in(site: Site) -> None:
    seat = site.staffed().seat()
    assert seat.by is None
    assert [name for name, _said, _role in seat.operators()] == [WANG, LI, CHEN]
    for right in Right:
        assert "sign in first" in seat.why_not(right)
    with pytest.raises(NotAllowed, match="sign in first"):
        seat.demand(Right.ORDER)


async def test_the_right_password_gives_the_seat_and_what_the_role_may(site: Site) -> None:
    seat = site.staffed().seat()
    answer = await seat.sign_in(WANG, PASSWORDS[WANG])
    assert answer.ok
    assert "Wang Fang" in answer.message
    by = seat.demand(Right.ORDER)
    assert (by.operator, by.role, by.break_glass) == (WANG, Role.DISPATCHER, False)
    assert "shelve alarms" in seat.why_not(Right.SHELVE)
    row = site.said("signin.in")[-1]
    assert (row.actor, row.role) == (WANG, "dispatcher")


async def test_a_password_typed_in_full_width_is_the_same_password(site: Site) -> None:
    seat = site.staffed().seat()
    full_width = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in PASSWORDS[WANG])
    assert (await seat.sign_in(WANG, full_width)).ok


async def test_whoever_signs_in_signs_the_one_before_out(site: Site) -> None:
    seat = site.staffed().seat()
    await seat.sign_in(WANG, PASSWORDS[WANG])
    await seat.sign_in(LI, PASSWORDS[LI])
    assert seat.role is Role.SUPERVISOR
    assert [(row.action, row.actor) for row in site.said("signin")] == [
        ("signin.in", WANG),
        ("signin.out", WANG),
        ("signin.in", LI),
    ]


async def test_after_signing_out_nobody_may_act_and_the_log_says_why(site: Site) -> None:
    seat = site.staffed().seat()
    await seat.sign_in(WANG, PASSWORDS[WANG])
    assert (await seat.sign_out("idle")).ok
    assert seat.by is None
    assert site.said("signin.out")[-1].detail == {"reason": "idle"}


async def test_blood_staff_see_the_alarms_of_their_own_console_and_not_those_of_the_city(site: Site) -> None:
    seat = site.staffed().seat()
    own = Alarm(
        id=AlarmId("bank_stale"), severity=Severity.WARNING, code="bank_stale", raised_at=site.clock.now()
    )
    assert "sign in first" in seat.why_not_acknowledge(own)
    await seat.sign_in(CHEN, PASSWORDS[CHEN])
    assert seat.why_not_acknowledge(own) == ""
    assert seat.why_not_acknowledge(own.model_copy(update={"shared": True})) != ""
    await seat.sign_in(WANG, PASSWORDS[WANG])
    assert seat.why_not_acknowledge(own.model_copy(update={"shared": True})) == ""


async def test_nobody_is_signed_in_when_the_log_cannot_be_written(site: Site) -> None:
    seat = site.staffed().seat()
    site.audit.close_now()
    with pytest.raises(AuditUnavailable):
        await seat.sign_in(WANG, PASSWORDS[WANG])
    assert seat.by is None


async def test_hashing_leaves_the_loop_free(site: Site) -> None:
    slow = Passwords(PasswordHasher(time_cost=40, memory_cost=4096, parallelism=1))
    seat = site.staffed(
        [one.model_copy(update={"password": slow.hashed(PASSWORDS[WANG])}) for one in _wang()]
    ).seat(slow)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    assert (await seat.sign_in(WANG, PASSWORDS[WANG])).ok
    counting.cancel()
    assert turns > 20


def _wang() -> list[Operator]:
    return [one for one in operators() if one.id == WANG]


# --- the file changes --------------------------------------------------------------------------


async def test_an_operator_added_meanwhile_may_sign_in_and_a_disabled_one_may_not(site: Site) -> None:
    people = _wang()
    seat = site.staffed(people).seat()
    assert "is wrong" in (await seat.sign_in(LI, PASSWORDS[LI])).message
    site.staffed()
    assert (await seat.sign_in(LI, PASSWORDS[LI])).ok
    change_operators(site.file, lambda held: [o.model_copy(update={"active": o.id != WANG}) for o in held])
    assert "disabled" in (await seat.sign_in(WANG, PASSWORDS[WANG])).message
    assert WANG not in [operator for operator, _name, _role in seat.operators()]


async def test_whoever_is_disabled_or_gets_another_role_loses_the_seat(site: Site) -> None:
    seat = site.staffed().seat()
    await seat.sign_in(WANG, PASSWORDS[WANG])
    await seat.tick()
    assert seat.by is not None
    change_operators(
        site.file,
        lambda held: [o.model_copy(update={"role": Role.OBSERVER}) if o.id == WANG else o for o in held],
    )
    await seat.tick()
    assert seat.by is None
    assert site.said("signin.out")[-1].detail == {"reason": "account_changed"}


async def test_every_change_of_the_file_is_in_the_log_of_a_running_console_once(site: Site) -> None:
    seat = site.staffed().seat()
    await seat.sign_in(WANG, PASSWORDS[WANG])
    changed = {"role": Role.OBSERVER, "active": False, "password": QUICK.hashed("another-one-73")}
    change_operators(site.file, lambda held: [one.model_copy(update=changed) for one in held if one.id == LI])
    await seat.tick()
    await seat.tick()
    told = [(row.target, row.detail["change"], row.detail["role"]) for row in site.said("operator.changed")]
    assert told == [
        (CHEN, "removed", ""),
        (LI, "disabled", "observer"),
        (LI, "password", "observer"),
        (LI, "role", "observer"),
        (WANG, "removed", ""),
    ]


async def test_a_file_that_was_spoilt_meanwhile_leaves_the_operators_known_before(site: Site) -> None:
    seat = site.staffed().seat()
    site.file.write_text("[[operator]\n", "utf-8")
    assert len(seat.operators()) == 3
    assert "operators.toml" in seat.complaint
    site.file.unlink()
    assert (await seat.sign_in(WANG, PASSWORDS[WANG])).ok


async def test_an_old_hash_is_made_anew_at_the_next_sign_in(site: Site) -> None:
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    seat = site.staffed().seat(stronger)
    before = {one.id: one.password for one in load_operators(site.file)}
    assert (await seat.sign_in(WANG, PASSWORDS[WANG])).ok
    after = {one.id: one.password for one in load_operators(site.file)}
    assert "m=16,t=2" in after[WANG]
    assert after[LI] == before[LI]
    assert (await seat.sign_in(WANG, PASSWORDS[WANG])).ok


async def test_a_hash_that_cannot_be_stored_keeps_nobody_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    seat = site.staffed().seat(stronger)

    def full(*_arguments: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("dispatch.settings.operators._replace", full)
    assert (await seat.sign_in(WANG, PASSWORDS[WANG])).ok
    assert "no space left" in str(site.said("signin.rehash_failed")[-1].detail["error"])


# --- waiting after wrong passwords -------------------------------------------------------------


async def test_three_wrong_passwords_make_the_operator_wait_longer_each_time(site: Site) -> None:
    seat = site.staffed().seat()
    assert "is wrong" in await wrong(seat, 3)
    waits = []
    for _round in range(4):
        message = await wrong(seat, 1)  # refused without being looked at
        waits.append(int(message.split("wait ")[1].split()[0]))
        assert not (await seat.sign_in(WANG, PASSWORDS[WANG])).ok, "even the right one waits"
        site.pass_time(waits[-1])
        await wrong(seat, 1)
    assert waits == [5, 10, 20, 40]
    assert [row.detail["failures"] for row in site.said("signin.failed")] == list(range(1, 8))


async def test_waiting_hits_that_operator_alone_and_ends_with_the_right_password(site: Site) -> None:
    seat = site.staffed().seat()
    await wrong(seat, 3)
    assert (await seat.sign_in(LI, PASSWORDS[LI])).ok
    site.pass_time(5)
    assert (await seat.sign_in(WANG, PASSWORDS[WANG])).ok
    assert "is wrong" in await wrong(seat, 2)


async def test_one_password_tried_on_everybody_makes_the_console_wait(site: Site) -> None:
    seat = site.staffed().seat()
    for operator in (WANG, LI, CHEN, "nobody"):
        await wrong(seat, 2, operator)
    assert "wait" in (await seat.sign_in(LI, PASSWORDS[LI])).message
    site.pass_time(5)
    assert (await seat.sign_in(LI, PASSWORDS[LI])).ok


async def test_a_restart_of_the_console_is_no_way_around_the_waiting(site: Site) -> None:
    await wrong(site.staffed().seat(), 3)
    site.pass_time(2)
    again = site.seat()
    assert "wait 3 s" in (await again.sign_in(WANG, PASSWORDS[WANG])).message
    site.pass_time(3)
    assert (await again.sign_in(WANG, PASSWORDS[WANG])).ok
    assert (await site.seat().sign_in(WANG, PASSWORDS[WANG])).ok


async def test_attempts_at_the_same_time_are_counted_one_by_one(site: Site) -> None:
    seat = site.staffed().seat()
    answers = await asyncio.gather(*(seat.sign_in(WANG, f"guess {n}") for n in range(20)))
    assert sum("is wrong" in answer.message for answer in answers) == 3
    assert sum("wait" in answer.message for answer in answers) == 17


# --- break-glass -------------------------------------------------------------------------------


async def test_break_glass_needs_a_reason_and_nothing_else(site: Site) -> None:
    seat = site.staffed().seat()
    with pytest.raises(MissingField):
        await seat.sign_in_by_break_glass(WANG, "  ")
    answer = await seat.sign_in_by_break_glass(WANG, "password_lost")
    assert answer.ok
    by = seat.demand(Right.ORDER)
    assert (by.operator, by.role, by.break_glass) == (WANG, Role.DISPATCHER, True)
    assert seat.break_glass


async def test_break_glass_makes_a_dispatcher_of_a_supervisor_and_of_a_stranger(site: Site) -> None:
    seat = site.staffed().seat()
    await seat.sign_in_by_break_glass(LI, "password_lost")
    assert seat.why_not(Right.ORDER) == ""
    assert seat.why_not(Right.CALLER) != ""
    await seat.sign_in_by_break_glass("刘军", "no_account")
    assert seat.why_not(Right.ORDER) == ""
    assert seat.by is not None
    assert seat.by.operator == "刘军"
    assert site.said("signin.break_glass")[-1].detail["known"] is False


async def test_break_glass_does_not_wait_after_wrong_passwords(site: Site) -> None:
    seat = site.staffed().seat()
    await wrong(seat, 4)
    assert (await seat.sign_in_by_break_glass(WANG, "password_lost")).ok


async def test_break_glass_is_loud_until_it_ends(site: Site) -> None:
    seat = site.staffed().seat()
    await seat.sign_in_by_break_glass(WANG, "password_lost")
    alarm = site.picture.alarms.by_id[AlarmId("break_glass")]
    assert (alarm.severity, alarm.state) == (Severity.CRITICAL, AlarmState.UNACKNOWLEDGED)
    assert alarm.facts["operator"] == "Wang Fang"
    row = site.said("signin.break_glass")[-1]
    assert (row.actor, row.detail["reason"], row.detail["break_glass"]) == (WANG, "password_lost", 1)
    await seat.sign_in(WANG, PASSWORDS[WANG])
    assert site.picture.alarms.by_id[AlarmId("break_glass")].state is AlarmState.RETURNED
    assert site.said("signin.out")[-1].detail == {"reason": "replaced", "break_glass": 1}
    assert not seat.break_glass


async def test_break_glass_works_while_the_log_does_not(site: Site) -> None:
    seat = site.staffed().seat()
    site.audit.close_now()
    assert (await seat.sign_in_by_break_glass(WANG, "major_incident_here")).ok
    assert seat.why_not(Right.ORDER) == ""


# --- signatures --------------------------------------------------------------------------------


async def test_confirming_somebody_leaves_the_seat_as_it_is(site: Site) -> None:
    seat = site.staffed().seat()
    await seat.sign_in(WANG, PASSWORDS[WANG])
    assert (await seat.confirm(LI, PASSWORDS[LI])).id == LI
    with pytest.raises(SignInRefused, match="wrong"):
        await seat.confirm(LI, PASSWORDS[WANG])
    assert seat.by is not None
    assert seat.by.operator == WANG


# --- secrets -----------------------------------------------------------------------------------


async def test_no_password_and_no_hash_is_ever_written_or_shown(
    site: Site, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    seat = site.staffed().seat()
    shown = [repr(seat), str(vars(seat)), repr(seat._roster.active()), repr(QUICK)]
    answers = [await seat.sign_in(WANG, "a wrong secret-1"), await seat.sign_in("typed-secret-2", "secret-3")]
    answers.append(await seat.sign_in(WANG, PASSWORDS[WANG]))
    answers.append(await seat.sign_in_by_break_glass(LI, "password_lost"))
    try:
        await seat.confirm(LI, "secret-4")
    except SignInRefused as refusal:
        shown.append(repr(refusal))
    shown += [repr(answer) for answer in answers]
    await site.audit.close()
    shown += [repr(row) for row in site.said("signin")]
    dumped = [one.model_dump_json() for one in load_operators(site.file)]
    log = audit_bytes(tmp_path)
    everything = "\n".join([*shown, *dumped, caplog.text]).encode() + log
    hashes = [one.password.rsplit("$", 1)[1] for one in load_operators(site.file)]
    for secret in (
        *PASSWORDS.values(),
        *hashes,
        "a wrong secret-1",
        "typed-secret-2",
        "secret-3",
        "secret-4",
    ):
        assert secret.encode() not in everything, secret
