"""What a city says about the orders of blood at its banks: one whole document."""

from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId
from dispatch.domain.blood_orders import (
    Bag,
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
from dispatch.feed import payloads
from dispatch.feed.context import Context, ahead_s
from dispatch.feed.refusals import Refused
from dispatch.feed.transport import Received
from dispatch.text import safe_text


class BloodNews:
    """Keeps the orders at each city's banks. An order that the document leaves out was over long ago."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._said_ms: dict[CityCode, int] = {}

    def clock_set_back(self, now_ms: int) -> None:
        """Nothing that was heard is newer than now."""
        self._said_ms = {city: min(said_ms, now_ms) for city, said_ms in self._said_ms.items()}

    def snapshot(
        self,
        city: CityCode,
        data: payloads.BloodOrdersSnapshot,
        said_ms: int,
        received: Received,
        latest_ms: int,
    ) -> None:
        """Every order that a city holds; a bad entry is left out, not the rest."""
        numbers = [entry.order for entry in data.orders]
        if len(set(numbers)) != len(numbers):
            twice = next(number for number in numbers if numbers.count(number) > 1)
            raise Refused("duplicate_entry", subject=twice)
        if said_ms < self._said_ms.get(city, 0):
            self._context.counters.late += 1
            return
        self._said_ms[city] = said_ms
        self._context.counters.applied += 1
        for entry in data.orders:
            try:
                self._entry(city, entry, latest_ms)
            except Refused as refusal:
                self._context.refuse(city, received, refusal)
        self._drop(city, frozenset(numbers))

    def _entry(self, city: CityCode, entry: payloads.BloodOrderRecord, latest_ms: int) -> None:
        picture = self._context.picture
        bank = picture.banks.get(BankId(entry.bank))
        if bank is None or bank.city != city:
            raise Refused("not_owner", subject=entry.bank, owner="" if bank is None else bank.city)
        newest = max(step.at for step in entry.steps)
        if newest > latest_ms:
            raise Refused("future", ahead_s=ahead_s(newest, latest_ms))
        order = order_of(entry)
        if any(one.line >= len(order.lines) for one in order.taken):
            raise Refused("malformed", error="a lot is of no line")
        if order != picture.blood_orders.get(order.id):
            picture.blood_orders[order.id] = order
            picture.changes.mark("blood_order", order.id)

    def _drop(self, city: CityCode, named: frozenset[str]) -> None:
        picture = self._context.picture
        over = [
            order.id
            for order in picture.blood_orders.values()
            if picture.banks[order.bank].city == city and order.id not in named
        ]
        for number in over:
            del picture.blood_orders[number]
            picture.changes.mark("blood_order", number)


def order_of(data: payloads.BloodOrderRecord) -> BloodOrder:
    """An order as it stands on the wire; what is free text is safe to show."""
    return BloodOrder(
        id=BloodOrderId(data.order),
        bank=BankId(data.bank),
        hospital=HospitalId(data.hospital),
        asker=Asker(CityCode(data.city), data.node),
        lines=tuple(map(line_of, data.lines)),
        need_by_ms=data.need_by,
        mode=data.mode,
        until_ms=data.until,
        taken=tuple(map(_taken, data.taken)),
        bags=tuple(Bag(din=bag.din, lot=LotId(bag.lot)) for bag in data.bags),
        unit=data.unit or "",
        courier=safe_text(data.courier, 64),
        temperature_tenths=data.temperature,
        steps=tuple(map(_step, data.steps)),
    )


def line_of(data: payloads.HoldLine) -> BloodLine:
    """A line of an order, or of what is asked for."""
    return BloodLine(
        component=ComponentCode(data.component),
        group=BloodGroup(data.group),
        quantity=data.quantity,
        attributes=frozenset(data.attributes),
        lots=tuple(map(LotId, data.lots)),
    )


def _taken(said: payloads.TakenSaid) -> Taken:
    off = min(said.off, said.quantity)
    lot, expires = LotId(said.lot), said.expires_at
    return Taken(line=said.line, lot=lot, quantity=said.quantity, expires_ms=expires, off=off)


def _step(said: payloads.BloodStepSaid) -> BloodStep:
    return BloodStep(
        state=BloodState(said.state),
        at_ms=said.at,
        by=safe_text(said.by, 64),
        role=safe_text(said.role, 32),
        place=safe_text(said.place, 130),
        reason=safe_text(said.reason, 400),
        facts={safe_text(name, 32): _fact(fact) for name, fact in said.facts.items()},
    )


def _fact(fact: str | int) -> str | int:
    return safe_text(fact, 400) if isinstance(fact, str) else fact
