"""Every role x every act of a desk, with the rights as shipped; the centres never hear of what is refused."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import product
from pathlib import Path

import pytest

from dispatch.desk import Desk
from dispatch.domain.alarms import AlarmId
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import Act, Ending, IncidentId, Priority
from dispatch.domain.model import Name
from dispatch.domain.operators import By, Operator, Right, Rights, Role
from dispatch.domain.units import UnitId, UnitState
from dispatch.settings import load_rights
from dispatch.settings.operators import change_operators
from dispatch.signin import NotAllowed
from tests.scenarios.three_cities import ZHUZHOU, ThreeCities, cities_alone, console_over
from tests.unit.signin.people import QUICK

SQUARE, PASSWORD = Position(lat=28.1960, lon=112.9770), "horse-staple-72"
NOBODY_SUCH = UnitId("CS-999")

DISPATCHING = frozenset(
    {
        Right.INCIDENT, Right.CLOSE, Right.ORDER, Right.UNIT_STATE, Right.AID_ASK, Right.AID_ANSWER,
        Right.ALARM, Right.BLOOD, Right.HANDOVER,
    }
)  # fmt: skip
TABLE = {
    Role.DISPATCHER: DISPATCHING,
    Role.SUPERVISOR: frozenset(Right) - {Right.DRILL},
    Role.BLOOD_STAFF: frozenset({Right.BLOOD, Right.BLOOD_BANK}),
    Role.CLAIMS_STAFF: frozenset({Right.CLAIMS}),
    Role.DRILL_LEADER: frozenset(Right),
    Role.OBSERVER: frozenset[Right](),
}
"""As docs/operations.md has it; a drill leader in a drill."""
Doing = Callable[[Desk, IncidentId], Awaitable[object]]
ACTS: dict[str, tuple[Right, Doing]] = {
    "open": (
        Right.INCIDENT,
        lambda desk, _n: desk.open_incident(SQUARE, Datum.WGS84, "x", Priority.URGENT),
    ),
    "join a call": (Right.INCIDENT, lambda desk, n: desk.join_call(n, Act.REPEAT, "again")),
    "note a caller": (Right.INCIDENT, lambda desk, n: desk.note_caller(n, "13800001234", "x", "x")),
    "note": (Right.INCIDENT, lambda desk, n: desk.note(n, "x")),
    "hold": (Right.INCIDENT, lambda desk, n: desk.hold(n, "x", None)),
    "wake": (Right.INCIDENT, lambda desk, n: desk.wake(n)),
    "amend": (Right.INCIDENT, lambda desk, n: desk.amend(n, patients=2)),
    "reinforce": (Right.INCIDENT, lambda desk, n: desk.reinforce(n, 1, "x")),
    "close": (Right.CLOSE, lambda desk, n: desk.close_incident(n, Ending.CANCELLED, "")),
    "send": (Right.ORDER, lambda desk, n: desk.choose_unit(n, NOBODY_SUCH, desk.rank_units(n), "x")),
    "call back": (Right.ORDER, lambda desk, _n: desk.stand_down(NOBODY_SUCH, "x")),
    "by telephone": (Right.ORDER, lambda desk, n: desk.telephone(NOBODY_SUCH, n, "x", "x")),
    "set a state": (
        Right.UNIT_STATE,
        lambda desk, _n: desk.set_state(NOBODY_SUCH, UnitState.OUT_OF_SERVICE, reason="x"),
    ),
    "ask for help": (Right.AID_ASK, lambda desk, n: desk.ask_aid(n, ZHUZHOU, 1, frozenset())),
    "hand to a city": (Right.AID_ASK, lambda desk, n: desk.hand_over_incident(n, ZHUZHOU, "")),
    "shelve": (Right.SHELVE, lambda desk, _n: desk.shelve(AlarmId("none"), 5, "x")),
    "unshelve": (Right.SHELVE, lambda desk, _n: desk.unshelve(AlarmId("none"))),
    "see callers": (Right.CALLER, lambda desk, n: desk.callers_unmasked(n)),
    "sign a handover": (
        Right.HANDOVER,
        lambda desk, _n: desk.sign_handover(desk.handover_sheet(), "nobody", "wrong", ""),
    ),
}


@pytest.mark.parametrize(("role", "right", "drill"), product(Role, Right, (False, True)))
def test_the_rights_as_shipped_are_those_of_the_document(role: Role, right: Right, drill: bool) -> None:
    rights: Rights = load_rights().in_force(drill=drill)
    may = right in TABLE[role] and (drill or role is not Role.DRILL_LEADER)
    assert rights.allows(By(operator="x", role=role), right) is may
    by_break_glass = By(operator="x", role=role, break_glass=True)
    assert rights.allows(by_break_glass, right) is (right in DISPATCHING)


@pytest.fixture
async def cities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ThreeCities]:
    monkeypatch.setattr("dispatch.signin.seat.Passwords", lambda: QUICK)
    file, hashed = tmp_path / "operators.toml", QUICK.hashed(PASSWORD)
    people = [
        Operator(id=role.value, name=Name(zh=role.value, en=role.value), role=role, password=hashed)
        for role in Role
    ]
    change_operators(file, lambda _before: people)
    async with cities_alone(tmp_path) as towns, console_over(towns, tmp_path, operators=file) as running:
        yield running


async def refused(desk: Desk, right: Right, act: Doing, number: IncidentId) -> bool:
    """Whether the role was the reason; anything else that goes wrong is not asked here."""
    try:
        await act(desk, number)
    except NotAllowed:
        return True
    except DispatchError as error:
        return bool(desk.may(right)) and str(error) == desk.may(right)
    return False


async def test_a_desk_does_for_a_role_what_it_may_and_nothing_else(cities: ThreeCities) -> None:
    desk, wrong = cities.desk, []
    assert (await desk.sign_in(Role.SUPERVISOR.value, PASSWORD)).ok
    number = await desk.open_incident(SQUARE, Datum.WGS84, "五一广场", Priority.URGENT)
    for role in Role:
        answer = await desk.sign_in(role.value, PASSWORD)
        assert answer.ok, answer
        heard = [row.action for town in cities.towns.values() for row in town.rows()]
        for name, (right, act) in ACTS.items():
            if await refused(desk, right, act, number) is (right in TABLE[role]):
                wrong.append(f"{role.value}: {name}")
        if not TABLE[role]:
            assert [row.action for town in cities.towns.values() for row in town.rows()] == heard
    assert not wrong, "\n".join(wrong)
    await desk.sign_out()
    done = [name for name, (right, act) in ACTS.items() if not await refused(desk, right, act, number)]
    assert not done, "although nobody is signed in"
