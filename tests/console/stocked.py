"""A fake desk whose banks tell their days: enough, short and rare, open days, lots of every state."""

from datetime import timedelta

from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot, LotId, LotState
from dispatch.picture.stock_days import BankDays, DayCounts, day_of, days_before
from tests.console.fakes import FakeDesk, fake_desk

RED, PLATELETS = ComponentCode("red_cells"), ComponentCode("platelets")
A_DAY = {"O": 9, "A": 8, "B": 5, "AB": 2}
OPEN_DAYS = frozenset({9, 10, 17})


def stocked_desk() -> FakeDesk:
    """Changsha tells 28 days, Zhuzhou all but three of them, Xiangtan (offline) none."""
    desk = fake_desk()
    stock, now = desk.picture.stock, desk.clock.now()
    days = days_before(day_of(now), 28)
    for bank, factor, gaps in (("CS-B-CENTRE", 1, frozenset[int]()), ("ZZ-B-CENTRE", 3, OPEN_DAYS)):
        series = {}
        for component in (RED, PLATELETS):
            for group in BloodGroup:
                mean = A_DAY[group.abo] * factor if group.rhd_positive else 0
                mean = mean // 4 if component == PLATELETS else mean
                known = [
                    None if at in gaps else mean + (day.weekday() * 3 + at) % 4 * bool(mean)
                    for at, day in enumerate(days)
                ]
                series[component, group] = DayCounts(
                    issued=tuple(known),
                    issues=tuple(None if one is None else (one + 1) // 2 for one in known),
                    on_hand=tuple(
                        None if one is None else max(0, mean * 4 + at * 7 % 11 - at // 2)
                        for at, one in enumerate(known)
                    ),
                )
        stock.apply_days(BankDays(BankId(bank), days[0], now, series))
    changsha = stock.banks[BankId("CS-B-CENTRE")]
    for number, (group, state, hours, attributes) in enumerate(
        (
            (BloodGroup.O_POS, LotState.QUARANTINED, 60, {"irradiated"}),
            (BloodGroup.A_POS, LotState.RECALLED, 80, set[str]()),
            (BloodGroup.B_POS, LotState.AVAILABLE, 0.2, {"irradiated", "cmv_negative"}),
            (BloodGroup.AB_NEG, LotState.AVAILABLE, 40, {"cmv_negative"}),
            (BloodGroup.O_POS, LotState.AVAILABLE, -3, set[str]()),
        )
    ):
        lot = Lot(
            id=LotId(f"G12341765432{number}"), component=RED, group=group, quantity=1 + number,
            expires_at=now + timedelta(hours=hours), state=state, attributes=frozenset(attributes),
        )  # fmt: skip
        changsha.lots[lot.id] = lot
    return desk
