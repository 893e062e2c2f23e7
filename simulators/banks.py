"""Blood banks: what is used, collected, expires and is asked for, told as differences and whole counts."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, timezone

import numpy as np

from dispatch.clock import epoch_ms, from_epoch_ms
from dispatch.domain.blood import BankId, BloodGroup, Component
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.settings import Configuration
from simulators.assumptions import BloodAssumptions, BloodUse
from simulators.bank_days import BankDiary
from simulators.engine import Agenda, Rng, Streams
from simulators.messages import Say, own
from simulators.shelves import SimulatedBank, SimulatedLot

CHINA = timezone(timedelta(hours=8))
GROUPS = tuple(BloodGroup)
_HELD = frozenset({"held", "confirmed", "packing"})


@dataclass(slots=True)
class Tally:
    """What became of blood, in each component's own unit: never add two components."""

    issued: dict[str, int] = field(default_factory=dict)
    collected: dict[str, int] = field(default_factory=dict)
    expired: dict[str, int] = field(default_factory=dict)
    not_on_hand: dict[str, int] = field(default_factory=dict)
    requested: dict[str, int] = field(default_factory=dict)


class Banks:
    """Every bank of every city."""

    def __init__(
        self,
        configuration: Configuration,
        assumed: BloodAssumptions,
        agenda: Agenda,
        streams: Streams,
        say: Say,
    ) -> None:
        self._assumed, self._agenda, self._say = assumed, agenda, say
        self._components = {str(component.code): component for component in configuration.components}
        self._use = [use for use in assumed.use if use.component in self._components]
        self.tally = Tally()
        self.by_id: dict[BankId, SimulatedBank] = {}
        self._rngs: dict[BankId, Rng] = {}
        self._special: dict[BankId, Rng] = {}
        self._kept_back: dict[BankId, Rng] = {}
        self._diaries: dict[BankId, BankDiary] = {}
        today = from_epoch_ms(agenda.now_ms).astimezone(CHINA).date()
        for city in configuration.cities:
            banks = [bank for bank in configuration.banks if bank.city == city.code]
            for bank, share in zip(banks, _shares(len(banks), assumed.main_bank), strict=True):
                simulated = SimulatedBank(bank, share * city.population_million, agenda.now_ms)
                self.by_id[bank.id] = simulated
                self._rngs[bank.id] = streams.of("bank", bank.id)
                self._special[bank.id] = streams.of("special", bank.id)
                self._kept_back[bank.id] = streams.of("kept back", bank.id)
                days = streams.of("days", bank.id)
                self._diaries[bank.id] = BankDiary(simulated, assumed, days, today)
                self._stock_up(simulated, self._rngs[bank.id])
                if bank is banks[0]:
                    self._reserve_rare(simulated, streams.of("reserve", bank.id))
                self._begin(simulated)
        self._agenda.at(_midnight_after(agenda.now_ms), self._close_day)

    # --- how it begins

    def _stock_up(self, bank: SimulatedBank, rng: Rng) -> None:
        """Fill the shelves for the usual days of cover, spread over the days until expiry."""
        for use in self._use:
            wanted = use.per_million_day * bank.share_million * use.cover_days
            for group in GROUPS:
                self._fill(
                    bank, use, group, int(rng.poisson(wanted * self._assumed.share(group) / _step(use))), rng
                )

    def _reserve_rare(self, bank: SimulatedBank, rng: Rng) -> None:
        """RhD-negative red cells are kept by count, not by days of use."""
        component = self._components.get("red_cells")
        if component is None or not self._assumed.rare_reserve:
            return
        for group in GROUPS:
            if not group.rhd_positive:
                days = float(rng.uniform(5, 30))
                bank.new_lot("red_cells", group, self._assumed.rare_reserve, self._expiry(component, days))

    def _fill(self, bank: SimulatedBank, use: BloodUse, group: BloodGroup, steps: int, rng: Rng) -> None:
        component = self._components[use.component]
        left = steps * _step(use)
        while left > 0:
            size = min(left, max(_step(use), use.lot // _step(use) * _step(use)))
            days = float(rng.uniform(0.06, 1.0)) * min(component.shelf_life_hours / 24, 4 * use.cover_days)
            self._shelve(bank, use, group, size, self._expiry(component, days))
            left -= size

    def _shelve(
        self, bank: SimulatedBank, use: BloodUse, group: BloodGroup, size: int, expires_ms: int
    ) -> SimulatedLot:
        rng = self._special[bank.bank.id]
        attributes = frozenset(code for code, share in use.attributes.items() if rng.random() < share)
        lot = bank.new_lot(use.component, group, size, expires_ms, attributes=attributes)
        self._keep_back(bank, lot)
        return lot

    def _keep_back(self, bank: SimulatedBank, lot: SimulatedLot) -> None:
        """Some lots wait for a result for a while; a few are recalled and stay until they expire."""
        rng = self._kept_back[bank.bank.id]
        drawn = float(rng.random())
        if drawn < self._assumed.recalled:
            lot.kept_back = "recalled"
        elif drawn < self._assumed.recalled + self._assumed.quarantined:
            lot.kept_back = "quarantined"
            hours = self._assumed.released_after_h.draw(rng)
            self._agenda.after(hours * 3600, lambda: self._release(bank, lot))

    def _release(self, bank: SimulatedBank, lot: SimulatedLot) -> None:
        if lot.quantity:
            lot.kept_back = ""
            self._tell(bank, [lot])

    def _begin(self, bank: SimulatedBank) -> None:
        for use in self._use:
            self._next_issue(bank, use)
            self._next_collection(bank, use)
        self._agenda.every(600, lambda: self._discard_expired(bank))

    def _expiry(self, component: Component, days: float) -> int:
        """The end of the day in China where life is counted in days, else the exact moment."""
        moment = self._agenda.now_ms + round(days * 86_400_000)
        if component.shelf_life_hours < 48:
            return moment
        day = from_epoch_ms(moment).astimezone(CHINA).date()
        return epoch_ms(datetime.combine(day, time(23, 59), CHINA))

    # --- what goes on

    def _next_issue(self, bank: SimulatedBank, use: BloodUse) -> None:
        rate = use.per_million_day * bank.share_million / float(np.mean(use.issue))
        wait_s = float(self._rngs[bank.bank.id].exponential(86_400 / rate))
        self._agenda.after(wait_s, lambda: self._issue(bank, use))

    def _issue(self, bank: SimulatedBank, use: BloodUse) -> None:
        rng = self._rngs[bank.bank.id]
        group = self._draw_group(rng)
        wanted = use.issue[int(rng.integers(len(use.issue)))]
        lots = bank.on_hand(use.component, group, self._agenda.now_ms)
        taken, missing = bank.take(lots, wanted)
        _add(self.tally.issued, use.component, wanted - missing)
        self._diaries[bank.bank.id].issue(use.component, group, wanted - missing)
        _add(self.tally.not_on_hand, use.component, missing)
        self._tell(bank, [lot for lot, _ in taken])
        self._next_issue(bank, use)

    def _next_collection(self, bank: SimulatedBank, use: BloodUse) -> None:
        """New lots come by day only, as much in the mean as is used."""
        rng = self._rngs[bank.bank.id]
        first, last = self._assumed.collection_hours
        lots_a_day = max(use.per_million_day * bank.share_million / use.lot, 1e-6)
        wait_s = float(rng.exponential((last - first) * 3600 / lots_a_day))
        moment = from_epoch_ms(self._agenda.now_ms).astimezone(CHINA)
        opening = moment.replace(hour=first, minute=0, second=0, microsecond=0)
        closing = moment.replace(hour=last, minute=0, second=0, microsecond=0)
        start = max(moment, opening)
        while start + timedelta(seconds=wait_s) > closing:
            wait_s -= max((closing - start).total_seconds(), 0.0)
            opening, closing = opening + timedelta(days=1), closing + timedelta(days=1)
            start = opening
        self._agenda.at(epoch_ms(start + timedelta(seconds=wait_s)), lambda: self._collect(bank, use))

    def _collect(self, bank: SimulatedBank, use: BloodUse) -> None:
        rng = self._rngs[bank.bank.id]
        component = self._components[use.component]
        group = self._draw_group(rng)
        days = component.shelf_life_hours / 24 - float(rng.uniform(0.05, 0.15)) * min(
            component.shelf_life_hours / 24, 10
        )
        lot = self._shelve(bank, use, group, use.lot, self._expiry(component, days))
        _add(self.tally.collected, use.component, lot.quantity)
        self._tell(bank, [lot])
        self._next_collection(bank, use)

    def _discard_expired(self, bank: SimulatedBank) -> None:
        old = [
            lot for lot in bank.lots.values() if lot.expires_ms <= self._agenda.now_ms and not lot.reserved
        ]
        for lot in old:
            _add(self.tally.expired, lot.component, lot.quantity)
            lot.quantity = 0
        self._tell(bank, old)

    def _draw_group(self, rng: Rng) -> BloodGroup:
        shares = np.array([self._assumed.share(group) for group in GROUPS])
        return GROUPS[int(rng.choice(len(GROUPS), p=shares / shares.sum()))]

    # --- what others ask for

    def there(self, bank: SimulatedBank, order: payloads.BloodOrderRecord) -> bool:
        """Whether everything that an order takes stands on the shelf."""
        if order.order in bank.boxes:
            return True
        wanted = wanted_of(order)
        lots = [bank.lots.get(lot) for lot in wanted]
        enough = (lot is not None and lot.quantity >= wanted[lot.id] for lot in lots)
        return bool(wanted) and all(enough)

    def box(self, bank: SimulatedBank, order: payloads.BloodOrderRecord) -> bool:
        """Put the bags of an order into a box; the count is without them from now on, and says so."""
        wanted = wanted_of(order)
        if order.order in bank.boxes:
            return {lot.id: lot.quantity for lot in bank.boxes[order.order]} == wanted
        if not self.there(bank, order):
            return False
        box = []
        for number, quantity in wanted.items():
            lot = bank.lots[number]
            lot.quantity -= quantity
            box.append(replace(lot, quantity=quantity))
            _add(self.tally.requested, lot.component, quantity)
            self._diaries[bank.bank.id].issue(lot.component, lot.group, quantity)
        bank.boxes[order.order] = box
        self._tell(bank, [bank.lots[number] for number in wanted], without=[order.order])
        return True

    def unbox(self, bank: SimulatedBank, order: str) -> None:
        """An order came to nothing: its bags go back on the shelf."""
        box = bank.boxes.pop(order, [])
        for lot in box:
            known = bank.lots.setdefault(lot.id, replace(lot, quantity=0))
            known.quantity += lot.quantity
        self._tell(bank, [bank.lots[lot.id] for lot in box])

    def keep(self, city: CityCode, said: payloads.BloodOrdersSnapshot) -> None:
        """What is held and not packed yet is not issued to anybody else."""
        for bank in self.of(city):
            bank.kept = {}
        for order in said.orders:
            holder = self.by_id.get(BankId(order.bank))
            if holder is None or order.order in holder.boxes or order.steps[-1].state not in _HELD:
                continue
            for lot, quantity in wanted_of(order).items():
                holder.kept[lot] = holder.kept.get(lot, 0) + quantity

    def run_short(self, city: CityCode, component: str, groups: frozenset[BloodGroup], leave: float) -> int:
        """A shortage: only the share `leave` of these lots is left in every bank of a city; how much went."""
        gone = 0
        for bank in self.of(city):
            lots = [
                lot
                for lot in bank.lots.values()
                if lot.component == component
                and lot.group in groups
                and not lot.reserved
                and not lot.kept_back
            ]
            lots.sort(key=lambda lot: (lot.expires_ms, lot.id))
            total = sum(lot.quantity for lot in lots)
            taken, _ = bank.take(lots, round(total * (1 - leave)))
            _add(self.tally.issued, component, sum(part for _, part in taken))
            gone += sum(part for _, part in taken)
            self._tell(bank, [lot for lot, _ in taken])
        return gone

    # --- what is said

    def of(self, city: CityCode) -> list[SimulatedBank]:
        """The banks of a city."""
        return [bank for bank in self.by_id.values() if bank.bank.city == city]

    def say_count(self, bank: SimulatedBank) -> None:
        """Say a bank's whole count."""
        now = self._agenda.now_ms
        topic = topics.stock(bank.bank.city, bank.bank.id)
        self._say(own(bank.bank.city, topic, "bank.stock", bank.count(now), now, retain=True))

    def say_days(self, bank: SimulatedBank) -> None:
        """Say what a bank issued and held on its last days."""
        now, diary = self._agenda.now_ms, self._diaries[bank.bank.id]
        topic = topics.stock_days(bank.bank.city, bank.bank.id)
        self._say(own(bank.bank.city, topic, "bank.days", diary.payload(now), now, retain=True))

    def _close_day(self) -> None:
        for name, bank in self.by_id.items():
            self._diaries[name].close_day(self._agenda.now_ms)
            self.say_days(bank)
        self._agenda.at(_midnight_after(self._agenda.now_ms), self._close_day)

    def _tell(
        self, bank: SimulatedBank, touched: list[SimulatedLot], without: list[str] | None = None
    ) -> None:
        if touched:
            now = self._agenda.now_ms
            topic = topics.stock_change(bank.bank.city, bank.bank.id)
            self._say(
                own(bank.bank.city, topic, "bank.change", bank.change(touched, now, without or []), now)
            )


def wanted_of(order: payloads.BloodOrderRecord) -> dict[str, int]:
    """Lot -> so much of it."""
    wanted: dict[str, int] = {}
    for one in order.taken:
        wanted[one.lot] = wanted.get(one.lot, 0) + one.quantity
    return wanted


def _midnight_after(now_ms: int) -> int:
    """The next midnight in China."""
    tomorrow = from_epoch_ms(now_ms).astimezone(CHINA).date() + timedelta(days=1)
    return epoch_ms(datetime.combine(tomorrow, time(), CHINA))


def _shares(banks: int, main: float) -> list[float]:
    """The first bank has the main part, the others the same each."""
    if banks <= 1:
        return [1.0] * banks
    return [main] + [(1 - main) / (banks - 1)] * (banks - 1)


def _step(use: BloodUse) -> int:
    """The smallest issue: stock comes in multiples of it."""
    return min(use.issue)


def _add(tally: dict[str, int], component: str, quantity: int) -> None:
    if quantity:
        tally[component] = tally.get(component, 0) + quantity
