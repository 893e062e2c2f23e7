"""A fake desk at which blood centre staff sit, with a morning of orders, moves and stock."""

from dispatch.domain.operators import Right, Role
from tests.console.fakes import FakeDesk
from tests.console.fakes_blood import a_morning_of_blood
from tests.console.stocked import stocked_desk

MAY = frozenset({Right.BLOOD, Right.BLOOD_BANK})


def blood_desk() -> FakeDesk:
    """At the blood centre of Changsha."""
    desk = stocked_desk()
    desk.operator, desk.role = "陈洁", Role.BLOOD_STAFF
    for right in set(Right) - MAY:
        desk.forbidden[right] = "血站人员不能这样做"
    a_morning_of_blood(desk.picture, desk.clock.now())
    return desk
