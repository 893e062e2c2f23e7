"""Rankings as tables: candidates in order, then what was left out and why, for units, hospitals, banks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from dispatch import language
from dispatch.console.present_brief import IN_A_ROW
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_plans import PlanRow, plan_key
from dispatch.console.present_scene import Scene, city_cell, name_text
from dispatch.console.present_times import (
    clock_text,
    distance_text,
    duration_text,
    minutes_text,
)
from dispatch.console.symbols import symbols
from dispatch.decide.ambulances import UnitCandidate, UnitRanking
from dispatch.decide.blood import BankPlan, BloodRanking
from dispatch.decide.coverage import LenderKeeps
from dispatch.decide.editions import edition_text
from dispatch.decide.hospitals import HospitalCandidate, HospitalRanking
from dispatch.decide.lazily import LazilyKeyed
from dispatch.decide.reasons import Reason, explain
from dispatch.decide.travel import Eta
from dispatch.domain.blood import Component
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Name
from dispatch.language import N_, _
from dispatch.text import cell_width, safe_text

Names = Mapping[str, Name]
_PARTS = {
    "turnout": N_("turnout"),
    "travel": N_("drive"),
    "acceptance": N_("acceptance"),
    "position_age": N_("old position"),
    "confirmation": N_("confirmation"),
    "preparation": N_("preparation"),
    "packing": N_("packing"),
    "round": N_("until the round leaves"),
}
"""The parts of an ETA, see decide."""
MOST_SHOWN = 60
"""Candidates, and exclusions, that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class RankingTable:
    """A ranking ready to show. `subject` says what is ranked for: another one is another list.

    `rows` by key in their order. `details` are lines (text, style) of a row; rows in `refused` cannot
    be chosen, with the reason why. All three make what a screen looks at, and nothing else.
    """

    subject: str
    columns: tuple[Column, ...]
    by_key: Mapping[str, Row]
    details: Mapping[str, tuple[Cell, ...]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Cell, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all rows, top to bottom."""
        return tuple(self.by_key)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, made."""
        return tuple(self.by_key.values())


def unit_table(ranking: UnitRanking, scene: Scene, names: Names, subject: str) -> RankingTable:
    """Units for an incident; the detail of rank 1 says why a nearer one is not it."""
    page = _Page(scene, names)

    def why_not_nearer() -> Iterator[Cell]:
        if ranking.why_not_nearer:
            yield Cell(_("Why not a nearer one:"), "dim")
        for one in ranking.why_not_nearer:
            said = page.reasons(one.reasons)
            yield Cell(f"{safe_text(one.unit)} {distance_text(one.straight_km)}  {said}", "reason")

    for unit in ranking.candidates[:MOST_SHOWN]:
        page.candidate(unit.unit, partial(_Line.of_unit, unit), why_not_nearer if unit.rank == 1 else tuple)
    page.count(len(ranking.candidates))
    for left_out in ranking.excluded[:MOST_SHOWN]:
        page.exclusion(left_out.unit, left_out.city, left_out.reasons, left_out.straight_km, left_out.minutes)
    page.count(len(ranking.excluded))
    columns = _columns(_("Unit"), 8, _("Fix age"), scene)
    return page.table(subject, columns, ranking.advice, _rules_note(ranking.edition, scene, ranking))


def hospital_table(ranking: HospitalRanking, scene: Scene, names: Names, subject: str) -> RankingTable:
    """Hospitals for a patient."""
    page = _Page(scene, names)
    for hospital in ranking.candidates[:MOST_SHOWN]:
        page.candidate(hospital.hospital, partial(_Line.of_hospital, hospital))
    page.count(len(ranking.candidates))
    for left_out in ranking.excluded[:MOST_SHOWN]:
        page.exclusion(
            left_out.hospital, left_out.city, left_out.reasons, left_out.straight_km, left_out.minutes
        )
    page.count(len(ranking.excluded))
    columns = _columns(_("Hospital"), 22, _("Queue"), scene)
    return page.table(subject, columns, ranking.advice, _rules_note(ranking.edition, scene, ranking))


def blood_table(
    ranking: BloodRanking, scene: Scene, names: Names, subject: str, rule: str = ""
) -> RankingTable:
    """Plans and banks for a need: a first plan over several banks above the banks, the others below them."""
    page = _Page(scene, names)
    spread = [PlanRow(plan, ranking, scene, names) for plan in ranking.plans if len(plan.steps) > 1]
    for row in [row for row in spread if row.plan.rank == 1]:
        page.plan(row)
    for plan in ranking.candidates[:MOST_SHOWN]:
        more = partial(_more_of_bank, plan, ranking, page)
        page.candidate(plan.bank, partial(_Line.of_bank, plan, ranking.component), more)
    page.count(len(ranking.candidates))
    for row in [row for row in spread if row.plan.rank > 1]:
        page.plan(row)
    for left_out in ranking.excluded[:MOST_SHOWN]:
        page.exclusion(left_out.bank, left_out.city, left_out.reasons, left_out.straight_km, None)
    page.count(len(ranking.excluded))
    columns = _columns(_("Bank"), 22, _("Amount"), scene)
    made = [Cell(rule, "reason")] if rule else []
    notes = [*made, *_rules_note(ranking.edition, scene, ranking)]
    return page.table(subject, columns, ranking.advice, notes)


def _more_of_bank(plan: BankPlan, ranking: BloodRanking, page: "_Page") -> Iterator[Cell]:
    """Its lots, and what is given and taken by asking it alone, or why the first plan does without it."""
    yield from _lots(plan, ranking.component, page.scene)
    alone = [each for each in ranking.plans if [step.bank for step in each.steps] == [plan.bank]]
    for trades in (each.trades for each in alone if each.trades):
        yield Cell(_("against plan 1: {trades}", trades=page.reasons(trades)), "reason")
    for spared in (each for each in ranking.spared if each.bank == plan.bank and not alone):
        yield Cell(page.reasons(spared.reasons), "reason")


def _lots(plan: BankPlan, component: Component, scene: Scene) -> Iterator[Cell]:
    """What a bank would send, lot by lot."""
    for line in plan.lines:
        expires = _("expires {time}", time=clock_text(line.expires_at, scene.now))
        amount = _amount(line.quantity, component)
        yield Cell(f"{line.group.value} {amount}  {safe_text(line.lot)}  {expires}", "reason")


@dataclass(frozen=True, slots=True)
class _Line:
    """What the lines of units, hospitals and banks have in common; `fourth` is the column of its kind."""

    rank: int
    key: str
    city: CityCode
    eta: Eta
    km: float
    cross_city: bool
    fourth: Cell
    reasons: tuple[Reason, ...]
    keeps: str = ""

    @classmethod
    def of_unit(cls, unit: UnitCandidate) -> "_Line":
        age = Cell(duration_text(unit.position_age_s), "normal", unit.position_age_s)
        keeps = _unit_keeps(unit.lender) if unit.lender else ""
        return cls(unit.rank, unit.unit, unit.city, unit.eta, unit.distance_km, unit.cross_city, age,
                   unit.reasons, keeps)  # fmt: skip

    @classmethod
    def of_hospital(cls, one: HospitalCandidate) -> "_Line":
        known = one.waiting is not None and one.open_known
        queue = Cell(str(one.waiting), "normal", float(one.waiting or 0)) if known else Cell("?", "stale")
        return cls(
            one.rank, one.hospital, one.city, one.eta, one.distance_km, one.cross_city, queue, one.reasons
        )

    @classmethod
    def of_bank(cls, plan: BankPlan, component: Component) -> "_Line":
        short = plan.quantity < plan.wanted
        mark = f"{symbols().warning} " if short else ""
        amount = Cell(mark + _amount(plan.quantity, component), "abnormal" if short else "normal",
                      float(plan.quantity))  # fmt: skip
        keeps = "  ".join(
            _("keeps {left} of {group} (floor {floor})", left=c.left, group=c.group.value, floor=c.floor)
            for c in plan.cover
        )
        return cls(plan.rank, plan.bank, plan.city, plan.eta, plan.distance_km, plan.cross_city, amount,
                   plan.reasons, keeps)  # fmt: skip


class _Page:
    """Collects how to make the rows and details of one ranking."""

    def __init__(self, scene: Scene, names: Names) -> None:
        self.scene, self.names = scene, names
        self.rows: dict[str, Callable[[], Row]] = {}
        self.details: dict[str, Callable[[], tuple[Cell, ...]]] = {}
        self.refused: dict[str, Callable[[], str]] = {}

    def name(self, key: str) -> str:
        known = self.names.get(key)
        return name_text(known) if known else safe_text(key)

    def reasons(self, reasons: Iterable[Reason]) -> str:
        said = (explain(reason, language.current(), self.names) for reason in reasons)
        return _("; ").join(said)

    def brief(self, reasons: Iterable[Reason]) -> str:
        """The reasons as a row has room for them; their sentences stand below the rows."""
        said = (explain(reason, language.current(), self.names, IN_A_ROW) for reason in reasons)
        return _("; ").join(said)

    def candidate(
        self, key: str, line: Callable[[], _Line], more: Callable[[], Iterable[Cell]] = tuple
    ) -> None:
        self.rows[key] = lambda: self._candidate(line())
        self.details[key] = lambda: tuple(self._detail(line(), more()))

    def _candidate(self, line: _Line) -> Row:
        first = line.rank == 1
        sign = symbols().pointer if first else " "
        city = city_cell(line.city, self.scene)
        # Rank 1 stands out by weight and a sign: the choice stays the operator's.
        name = Cell(self.name(line.key), "strong" if first else "normal")
        eta = minutes_text(line.eta.low_min, line.eta.high_min)
        return Row(
            line.key,
            (
                Cell(f"{sign}{line.rank}", "strong" if first else "normal", float(line.rank)),
                name,
                city,
                Cell(eta, "strong" if first else "normal", line.eta.minutes),
                Cell(distance_text(line.km), "normal", line.km),
                line.fourth,
                Cell(self.brief(line.reasons)),
                Cell(line.keeps),
            ),
        )

    def _detail(self, line: _Line, more: Iterable[Cell]) -> Iterator[Cell]:
        heading = (
            f"{line.rank}. {self.name(line.key)}  {_('ETA {minutes} min', minutes=round(line.eta.minutes))}"
        )
        known = line.eta.components.items()
        parts = " + ".join(
            f"{_(_PARTS.get(part, part))} {minutes:.1f}" for part, minutes in known if minutes >= 0.05
        )
        yield Cell(heading, "title")
        yield Cell(f"{_(line.eta.method)}  {parts}".rstrip(), "dim")
        for reason in line.reasons:
            yield Cell(f"{symbols().pointer} {explain(reason, language.current(), self.names)}", "reason")
        if line.keeps:
            yield Cell(
                _("{what}: {problem}", what=city_cell(line.city, self.scene).text, problem=line.keeps),
                "strong",
            )
        yield from more

    def exclusion(
        self, key: str, city: CityCode, reasons: tuple[Reason, ...], km: float | None, minutes: float | None
    ) -> None:
        self.rows[key] = partial(self._exclusion, key, city, reasons, km, minutes)
        self.refused[key] = partial(self.reasons, reasons)
        self.details[key] = lambda: tuple(self._why_left_out(key, reasons))

    def _exclusion(
        self, key: str, city: CityCode, reasons: tuple[Reason, ...], km: float | None, minutes: float | None
    ) -> Row:
        distance = Cell("" if km is None else distance_text(km), "normal", 1e9 if km is None else km)
        eta = Cell("" if minutes is None else minutes_text(minutes, minutes), "normal", minutes or 1e9)
        cells = (
            Cell(f" {symbols().bad}", "normal", 1e6),
            Cell(self.name(key)),
            Cell(city_cell(city, self.scene).text),
            eta,
            distance,
            Cell(""),
            Cell(self.brief(reasons)),
            Cell(""),
        )
        return Row(key, cells, "excluded")

    def _why_left_out(self, key: str, reasons: tuple[Reason, ...]) -> Iterator[Cell]:
        yield Cell(f"{symbols().bad} {self.name(key)}  {_('left out')}", "title")
        for reason in reasons:
            yield Cell(f"{symbols().pointer} {explain(reason, language.current(), self.names)}", "reason")

    def count(self, there: int) -> None:
        """A last line that counts what is not listed; it cannot be chosen."""
        if there <= MOST_SHOWN:
            return
        key, text = f"+{len(self.rows)}", _("and {count} more", count=there - MOST_SHOWN)
        cells = (Cell("", "normal", 1e6), *[Cell("")] * 5, Cell(text), Cell(""))
        self.rows[key] = lambda: Row(key, cells, "excluded")
        self.refused[key] = lambda: text

    def plan(self, row: PlanRow) -> None:
        key = plan_key(row.plan)
        self.rows[key], self.details[key] = row.row, row.detail

    def table(
        self, subject: str, columns: tuple[Column, ...], advice: Iterable[Reason], notes: Iterable[Cell]
    ) -> RankingTable:
        said = [
            Cell(f"{symbols().warning} {explain(reason, language.current(), self.names)}", "warning")
            for reason in advice
        ]
        rows, details = LazilyKeyed(self.rows), LazilyKeyed(self.details)
        refused = LazilyKeyed(self.refused)
        # What makes the rows knows this page: kept here as well, all of a ranking would go round in a
        # circle that only a full garbage collection ends, and a new one is made every second.
        self.rows, self.details, self.refused = {}, {}, {}
        return RankingTable(subject, columns, rows, details, refused, (*said, *notes))


def _columns(
    name: str, name_width: int, fourth: str, scene: Scene, align: Literal["left", "right"] = "right"
) -> tuple[Column, ...]:
    cities = [cell_width(name_text(city.name)) for city in scene.cities.values()]
    return (
        Column("rank", _("No."), 4),
        Column("name", name, None if name_width > 10 else name_width, min_width=name_width),
        Column("city", _("City"), max([4, *cities]), priority=2),
        Column("eta", _("ETA"), 10, align),
        Column("km", _("Distance"), 8, align, priority=3),
        Column("fourth", fourth, max(9, cell_width(fourth)), align, priority=4),
        Column("why", _("Reasons"), None, min_width=24, priority=1, cut="parts"),
        Column("keeps", _("The lender keeps"), None, min_width=36, priority=5),
    )


def _rules_note(
    edition: str, scene: Scene, ranking: UnitRanking | HospitalRanking | BloodRanking
) -> list[Cell]:
    moment = clock_text(ranking.as_of, scene.now, seconds=True)
    return [
        Cell(
            _(
                "As of {time}, rules: {edition}",
                time=moment,
                edition=edition_text(edition, language.current()),
            ),
            "dim",
        )
    ]


def _unit_keeps(lender: LenderKeeps) -> str:
    return _(
        "keeps {free} free of {fleet} (reserve {reserve}), {bare} of {stations} stations bare",
        free=lender.free_left,
        fleet=lender.fleet,
        reserve=lender.reserve,
        bare=lender.stations_bare,
        stations=lender.stations,
    )


def _amount(quantity: int, component: Component) -> str:
    return f"{quantity} {name_text(component.unit)}"
