"""Keeps the cover of all stock at hand: reckons anew only what changed, remembers phases between looks."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zlib import crc32

from dispatch.blood.cover import Batch, Cover, cover_of, is_available, lead_of
from dispatch.blood.demand import Demand, demand_of, together
from dispatch.blood.phases import count_phase_after, phase_after
from dispatch.blood.rules import RANK, CoverRules, Phase
from dispatch.blood.table import CoverCell, CoverKey, CoverRow, CoverTable
from dispatch.decide.blood_rules import BloodTables
from dispatch.domain.blood import Bank, BankId, BloodGroup, Component, ComponentCode
from dispatch.domain.geography import CityCode
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from dispatch.picture.stock import BankStock
from dispatch.picture.stock_days import BankDays, day_of

GroupKey = tuple[ComponentCode, BloodGroup]
Made = TypeVar("Made")
Reckoning = Generator[None, None, Made]
"""Stops between two pieces of work; what was made at the end."""
AGAIN_S = 60
"""A stock that nobody changed is reckoned anew after one to two of these: time goes on. Not all at once."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What one bank offers of one component and group, and what is asked of it; kept while it is the same."""

    batches: tuple[Batch, ...]
    available: int
    demand: Demand


@dataclass(frozen=True, slots=True, eq=False)
class _Reused:
    """The cover of a cell as it was reckoned from these shelves; good until `until`."""

    parts: tuple[_Shelf, ...]
    until: datetime
    cover: Cover


@dataclass(frozen=True, slots=True, eq=False)
class _Reckoned:
    """One bank as it was reckoned; good while `stamp` is the same and until `until`."""

    stamp: tuple[object, ...]
    until: datetime
    shelves: Mapping[GroupKey, _Shelf]
    row: CoverRow


class CoverBook:
    """One for each picture. `look` is cheap where nothing changed; it reads no clock and does no I/O."""

    def __init__(self, rules: CoverRules, blood: BloodTables) -> None:
        self.rules, self._without_rhd = rules, blood.without_rhd
        sourcing = blood.sourcing
        self._stale = timedelta(minutes=sourcing.count_stale_min)
        self._configured = {(one.bank, one.component, one.group): one.units for one in sourcing.daily_issue}
        self._banks: dict[BankId, _Reckoned] = {}
        self._cities: dict[CityCode, tuple[tuple[_Reckoned, ...], CoverRow]] = {}
        self._demands: dict[BankId, tuple[BankDays | None, date, dict[GroupKey, Demand]]] = {}
        self._covers: dict[tuple[str, CoverKey], _Reused] = {}
        self._phases: dict[tuple[str, CoverKey], Phase] = {}

    def look(self, picture: Picture, now: datetime) -> CoverTable:
        """Every bank that ever counted, and every city."""
        reckoning = self.reckon(picture, now)
        while True:
            try:
                next(reckoning)
            except StopIteration as done:
                table: CoverTable = done.value
                return table

    def reckon(self, picture: Picture, now: datetime) -> Reckoning[CoverTable]:
        """The same in pieces: it stops after each component of a row that was reckoned anew.

        Other work may be done between two pieces, and the picture may change; what changed after its
        turn comes with the next look. One reckoning of a book at a time, and each to its end.
        """
        rows: dict[str, CoverRow] = {}
        for city in tuple(picture.cities):
            known = []
            banks = [bank for bank in picture.banks.values() if bank.city == city]
            for bank in banks:
                held = picture.stock.banks.get(bank.id)
                if held is not None:
                    known.append((yield from self._bank(picture, bank, held, now)))
            row = yield from self._city(picture, city, known, len(banks), now)
            rows[row.key] = row
            rows.update((one.row.key, one.row) for one in known)
        return CoverTable(now, self.rules.edition, rows)

    # --- one bank ------------------------------------------------------------------------------

    def _bank(self, picture: Picture, bank: Bank, held: BankStock, now: datetime) -> Reckoning[_Reckoned]:
        days = picture.stock.days.get(bank.id)
        live = self._live(picture, bank, held, now)
        said_at = days.said_at if days is not None else None
        stamp = (held.sequence, held.counted_at, held.received_at, len(held.lots), live, said_at, day_of(now))
        known = self._banks.get(bank.id)
        if known is not None and known.stamp == stamp and now < known.until:
            return known
        shelves = self._shelves(picture, held, now)
        if known is not None:
            shelves = {key: _same(known.shelves.get(key), shelf) for key, shelf in shelves.items()}
        alone = {key: (shelf,) for key, shelf in shelves.items()}
        counted_at = held.counted_at
        cells = yield from self._cells(
            bank.id, picture.components, alone, now, live=live, seen=live, city=False
        )
        row = CoverRow(bank.id, "bank", bank.city, bank.id, counted_at, live, live, 1, 1, cells)
        found = _Reckoned(stamp, self._until(picture, shelves, now, bank.id), shelves, row)
        self._banks[bank.id] = found
        return found

    def _until(
        self, picture: Picture, shelves: Mapping[GroupKey, _Shelf], now: datetime, bank: str
    ) -> datetime:
        """The next moment at which a lot is no longer available, or when it is time anyway."""
        until = _again(now, bank)
        for (code, _group), shelf in shelves.items():
            if shelf.batches:
                until = min(until, shelf.batches[0][0] - lead_of(picture.components[code], self.rules))
        return until

    def _live(self, picture: Picture, bank: Bank, held: BankStock, now: datetime) -> bool:
        seen = picture.sight[bank.city].sight is Sight.LIVE
        return seen and held.complete and now - held.counted_at < self._stale

    def _shelves(self, picture: Picture, held: BankStock, now: datetime) -> dict[GroupKey, _Shelf]:
        leads = {code: lead_of(component, self.rules) for code, component in picture.components.items()}
        lots: dict[GroupKey, list[Batch]] = defaultdict(list)
        for lot in held.lots.values():
            lead = leads.get(lot.component)
            if lead is not None and is_available(lot, now, lead):
                lots[lot.component, lot.group].append((lot.expires_at, lot.quantity))
        shelves: dict[GroupKey, _Shelf] = {}
        for key, demand in self._demand(picture, held.bank, now).items():
            batches = tuple(sorted(lots.get(key, ())))
            shelves[key] = _Shelf(batches, sum(units for _at, units in batches), demand)
        return shelves

    def _demand(self, picture: Picture, bank: BankId, now: datetime) -> dict[GroupKey, Demand]:
        """What is asked of every shelf of a bank: another only when it tells its days or a day begins."""
        days, today = picture.stock.days.get(bank), day_of(now)
        known = self._demands.get(bank)
        if known is not None and known[0] is days and known[1] == today:
            return known[2]
        found: dict[GroupKey, Demand] = {}
        for code in picture.components:
            for group in BloodGroup:
                counts = days.counts((code, group)) if days is not None else None
                first = days.first_day if days is not None else today
                configured = self._configured.get((bank, code, group))
                found[code, group] = demand_of(counts, first, today, configured, self.rules)
        self._demands[bank] = (days, today, found)
        return found

    # --- one city ------------------------------------------------------------------------------

    def _city(
        self, picture: Picture, city: CityCode, known: Sequence[_Reckoned], banks: int, now: datetime
    ) -> Reckoning[CoverRow]:
        stamp = tuple(known)
        before = self._cities.get(city)
        if before is not None and before[0] == stamp:
            return before[1]
        counted = [one.row.counted_at for one in known if one.row.counted_at is not None]
        live = bool(known) and all(one.row.live for one in known)
        seen = any(one.row.live for one in known)
        merged = _merged([one.shelves for one in known])
        cells = yield from self._cells(
            str(city), picture.components, merged, now, live=live, seen=seen, city=True
        )
        row = CoverRow(
            str(city), "city", city, None, min(counted, default=None), live, seen, len(known), banks, cells
        )
        self._cities[city] = (stamp, row)
        return row

    # --- cells ---------------------------------------------------------------------------------

    def _cells(
        self,
        key: str,
        components: Mapping[ComponentCode, Component],
        shelves: Mapping[GroupKey, tuple[_Shelf, ...]],
        now: datetime,
        *,
        live: bool,
        seen: bool,
        city: bool,
    ) -> Reckoning[dict[CoverKey, CoverCell]]:
        """`city`: floors count. Of a row that is only partly live a phase may grow worse, never better."""
        cells: dict[CoverKey, CoverCell] = {}
        for code in components:
            own = {group: shelves.get((code, group), ()) for group in BloodGroup}
            everything = tuple(part for parts in own.values() for part in parts)
            of_groups = _of_abo(own) if code in self._without_rhd else own
            for group, parts in (*of_groups.items(), (None, everything)):
                at = (code, group)
                cover = self._cover(key, at, parts, now)
                before = self._phases.get((key, at))
                twin = code in self._without_rhd and group is not None and not group.rhd_positive
                phase = None if twin else self._phase(at, cover, before, floors=city)
                if phase is not None and (live or (seen and _worse(phase, before))):
                    self._phases[key, at] = phase
                cells[at] = CoverCell(cover, phase, twin)
            yield
        return cells

    def _cover(self, key: str, at: CoverKey, parts: tuple[_Shelf, ...], now: datetime) -> Cover:
        """Reckoned anew where a shelf changed or time went on."""
        known = self._covers.get((key, at))
        if known is not None and now < known.until and _all_same(known.parts, parts):
            return known.cover
        cover = _cover(parts, now, self.rules)
        self._covers[key, at] = _Reused(parts, _again(now, f"{key}{at}"), cover)
        return cover

    def _phase(self, at: CoverKey, cover: Cover, before: Phase | None, *, floors: bool) -> Phase | None:
        floor = self.rules.floor(*at)
        if floor is not None:
            return count_phase_after(before, cover.available, floor) if floors else None
        rule, days = self.rules.phase_rule(at[0]), cover.worst_days
        return None if rule is None or days is None else phase_after(before, days, rule)


def _of_abo(own: Mapping[BloodGroup, tuple[_Shelf, ...]]) -> dict[BloodGroup, tuple[_Shelf, ...]]:
    """To each group what both signs of it hold."""
    return {
        group: tuple(part for other in BloodGroup if other.abo == group.abo for part in own[other])
        for group in BloodGroup
    }


def _again(now: datetime, what: str) -> datetime:
    """After one to two minutes, always the same for one thing, so that things take turns."""
    return now + timedelta(seconds=AGAIN_S + crc32(what.encode()) % AGAIN_S)


def _same(before: _Shelf | None, now: _Shelf) -> _Shelf:
    """The shelf as it was kept, where nothing on it changed."""
    return before if before is not None and before == now else now


def _all_same(one: Sequence[_Shelf], other: Sequence[_Shelf]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def _worse(phase: Phase, before: Phase | None) -> bool:
    return before is None or RANK[phase] > RANK[before]


def _cover(parts: Sequence[_Shelf], now: datetime, rules: CoverRules) -> Cover:
    known = [part for part in parts if part.demand.source != "unknown"]
    available = sum(part.available for part in parts)
    batches = sorted(batch for part in known for batch in part.batches)
    demand = known[0].demand if len(known) == 1 else together(part.demand for part in known)
    partial = 0 < len(known) < len(parts)
    return cover_of(available, batches, demand, now, rules, partial=partial)


def _merged(banks: Iterable[Mapping[GroupKey, _Shelf]]) -> dict[GroupKey, tuple[_Shelf, ...]]:
    """The shelves of several banks side by side."""
    found: dict[GroupKey, list[_Shelf]] = defaultdict(list)
    for shelves in banks:
        for key, shelf in shelves.items():
            found[key].append(shelf)
    return {key: tuple(parts) for key, parts in found.items()}
