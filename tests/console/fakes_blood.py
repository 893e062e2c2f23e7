"""Orders of blood as a fake desk has them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from dispatch.clock import epoch_ms
from dispatch.desk.blood_orders import Asking
from dispatch.desk.outcome import Outcome
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId
from dispatch.domain.blood_orders import (
    Bag,
    BloodAct,
    BloodLine,
    BloodOrder,
    BloodOrderId,
    BloodState,
    BloodStep,
    Taken,
)
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.orders import Asker
from dispatch.picture.live import Picture

PATHS = {
    BloodState.HELD: ("held",),
    BloodState.CONFIRMED: ("held", "confirmed"),
    BloodState.PACKING: ("held", "confirmed", "packing"),
    BloodState.CARRIED: ("held", "confirmed", "packing", "packed", "carried"),
    BloodState.QUARANTINED: (
        "held", "confirmed", "packing", "packed", "carried", "delivered", "quarantined",
    ),
    BloodState.DECLINED: ("held", "declined"),
}  # fmt: skip


class FakeBlood:
    """Satisfies dispatch.console.ports.BloodDesk."""

    def __init__(self, did: Callable[[str, dict[str, object]], None]) -> None:
        self._did = did
        self.unanswered: list[Asking] = []

    def asking(self) -> Sequence[Asking]:
        return self.unanswered

    async def act(
        self,
        order_id: BloodOrderId,
        act: BloodAct,
        *,
        reason: str = "",
        unit: str = "",
        courier: str = "",
        temperature_tenths: int | None = None,
        person: str = "",
        bags: Sequence[Bag] = (),
    ) -> Outcome:
        facts: dict[str, object] = {
            "order": order_id, "act": act, "reason": reason, "unit": unit, "courier": courier,
            "temperature_tenths": temperature_tenths, "person": person, "bags": tuple(bags),
        }  # fmt: skip
        self._did("act_on_blood", facts)
        return Outcome(ok=True, message=f"{order_id}: {act}")


def order_of(
    number: str,
    state: BloodState,
    now: datetime,
    *,
    bank: str,
    hospital: str,
    quantity: int = 4,
    unit: str = "",
    ago_s: float = 30,
) -> BloodOrder:
    """An order that came to a state so long ago."""
    since = epoch_ms(now - timedelta(seconds=ago_s))
    words = PATHS[state]
    steps = tuple(
        BloodStep(state=BloodState(word), at_ms=since - 60_000 * (len(words) - 1 - at), by="王芳",
                  role="blood_staff", place="changsha/console-1")
        for at, word in enumerate(words)
    )  # fmt: skip
    line = BloodLine(component=ComponentCode("red_cells"), group=BloodGroup.O_POS, quantity=quantity)
    expires = epoch_ms(now + timedelta(days=9))
    return BloodOrder(
        id=BloodOrderId(number), bank=BankId(bank), hospital=HospitalId(hospital),
        asker=Asker(CityCode("zhuzhou"), "console-1"), lines=(line,),
        need_by_ms=epoch_ms(now + timedelta(minutes=38)), mode="emergency",
        until_ms=epoch_ms(now + timedelta(minutes=9, seconds=12)),
        taken=(Taken(line=0, lot=LotId("CS-B-L000042"), quantity=quantity, expires_ms=expires),),
        unit=unit, steps=steps,
        temperature_tenths=136 if state is BloodState.QUARANTINED else None,
    )  # fmt: skip


def a_morning_of_blood(picture: Picture, now: datetime) -> None:
    """Two holds to answer, one in the works, one on the road, one too warm, one declined."""
    bank, hospital = next(iter(picture.banks)), next(iter(picture.hospitals))
    for number, state, ago_s, unit in (
        ("CS-B1-1126-101500-1", BloodState.HELD, 75.0, ""),
        ("ZZ-B1-1126-101530-2", BloodState.HELD, 20.0, ""),
        ("ZZ-B1-1126-100200-1", BloodState.PACKING, 400.0, ""),
        ("XT-B2-1126-094400-1", BloodState.CARRIED, 600.0, "CS-002"),
        ("CS-B1-1126-091000-3", BloodState.QUARANTINED, 130.0, ""),
        ("CS-B1-1126-084100-1", BloodState.DECLINED, 5000.0, ""),
    ):
        made = order_of(number, state, now, bank=bank, hospital=hospital, unit=unit, ago_s=ago_s)
        picture.blood_orders[made.id] = made
        picture.changes.mark("blood_order", made.id)
