"""The sheet to go on with by telephone and pen when every screen is dark: units, open incidents, blood held.

A console keeps it beside its audit log, never older than a minute; `czt paper` prints it.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from dispatch.clock import from_epoch_ms
from dispatch.decide.words import STATE_WORDS
from dispatch.domain.aid import AID_STATE_NAMES, Aid
from dispatch.domain.blood_orders import BLOOD_STATE_NAMES, BloodOrder
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import STATE_NAMES, Incident
from dispatch.domain.model import Frozen
from dispatch.domain.units import UnitId, UnitStatus
from dispatch.handover.page import NONE, WIDTH, Page, Said
from dispatch.language import N_, _
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from dispatch.text import cell_width, fit, safe_text

TEXT_FILE, JSON_FILE = "paper.txt", "paper.json"
_TITLE = N_("Paper fallback")
_MADE = N_("as of {time}; nothing later is on this sheet")
_CITIES = N_("How the cities were seen ({count})")
_INCIDENTS = N_("Open incidents ({count})")
_HELP = N_("Units lent and asked for ({count})")
_BLOOD = N_("Blood held and on its way ({count})")
_UNITS = N_("Units of {city} ({count})")
_UNITS_ON_IT = N_("units: {units}")
_TO = N_("to {place}")
_LENDS = N_("{lender} to {borrower}, {place}; units: {units}")
_NEVER_SEEN = N_("never seen")
_SEEN = N_("seen {time}")
_UNKNOWN = N_("state unknown")
_AMOUNTS = N_("{amounts}; from {bank} to {hospital}; needed by {time}")
_SIGHTS = {
    Sight.LIVE: N_("live"),
    Sight.SILENT: N_("silent since"),
    Sight.OFFLINE: N_("offline since"),
    Sight.NEVER: N_("not reached since"),
}
_UNIT, _STATE, _TIME, _LAST = 8, 17, 11, 12


class CitySeen(Frozen):
    """How one city was seen: what an offline city said last is old."""

    city: CityCode
    sight: Sight
    since: datetime


class UnitStands(Frozen):
    """One unit as it was known. `seen_at`: its last position; None: never heard."""

    unit: UnitId
    city: CityCode
    status: UnitStatus | None
    seen_at: datetime | None


class Paper(Frozen):
    """Everything one needs to go on without a screen, home city first."""

    city: CityCode
    made_at: datetime
    cities: tuple[CitySeen, ...]
    incidents: tuple[Incident, ...]
    aids: tuple[Aid, ...]
    blood: tuple[BloodOrder, ...]
    units: tuple[UnitStands, ...]
    drill: bool = False


def paper(picture: Picture, city: CityCode, now: datetime, *, drill: bool) -> Paper:
    """What the picture holds, as cheap to take as it is long: the records themselves are not copied."""
    order = sorted(picture.cities, key=lambda code: code != city)
    place = {code: number for number, code in enumerate(order)}
    aids = (aid for aid in picture.aids.values() if not aid.state.final)
    blood = (one for one in picture.blood_orders.values() if not one.state.settled)
    return Paper.model_construct(
        city=city,
        made_at=now,
        cities=tuple(
            CitySeen(city=code, sight=picture.sight[code].sight, since=picture.sight[code].since or now)
            for code in order
        ),
        incidents=tuple(sorted(picture.open_incidents(), key=lambda one: place[one.city])),
        aids=tuple(sorted(aids, key=lambda aid: aid.asked_at)),
        blood=tuple(sorted(blood, key=lambda one: one.need_by_ms)),
        units=tuple(sorted(_units(picture), key=lambda one: (place[one.city], one.unit))),
        drill=drill,
    )


def _units(picture: Picture) -> Iterable[UnitStands]:
    fleet = picture.fleet
    for row, (unit, status) in enumerate(zip(fleet.units, fleet.statuses, strict=True)):
        fixed_ms = int(fleet.fixed_ms[row])
        seen_at = from_epoch_ms(fixed_ms) if fixed_ms > 0 else None
        yield UnitStands.model_construct(unit=unit.id, city=unit.city, status=status, seen_at=seen_at)


class Names:
    """Names by id, for paper; what has none keeps its id."""

    def __init__(self, known: Mapping[str, str], amounts: Mapping[str, tuple[str, str]]) -> None:
        """`known`: of banks and hospitals; `amounts`: component -> its name and its unit."""
        self._known, self._amounts = known, amounts

    def of(self, key: str) -> str:
        return safe_text(self._known.get(key, key), 40)

    def amount(self, component: str, group: str, quantity: int) -> str:
        name, unit = self._amounts.get(component, (component, ""))
        return safe_text(f"{name} {group} {quantity} {unit}".strip(), 60)


def names_on_paper(picture: Picture, language: str) -> Names:
    """The names of the hospitals, banks and components of a picture."""
    known = {str(one.id): one.name.text(language) for one in picture.hospitals.values()}
    known |= {str(one.id): one.name.text(language) for one in picture.banks.values()}
    amounts = {
        str(one.code): (one.name.text(language), one.unit.text(language))
        for one in picture.components.values()
    }
    return Names(known, amounts)


def paper_text(sheet: Paper, language: str, said: Said, names: Names) -> str:
    """The sheet in lines of at most 78 cells, ready to print."""
    page = _PaperPage(language, said, names)
    made = page.say(_MADE, time=page.moment(sheet.made_at))
    page.title(page.say(_TITLE), sheet.city, sheet.made_at, made, drill=sheet.drill)
    page.section(_CITIES, sheet.cities, page.city)
    page.section(_INCIDENTS, sheet.incidents, page.incident)
    page.section(_HELP, sheet.aids, page.aid)
    page.section(_BLOOD, sheet.blood, page.blood)
    for seen in sheet.cities:
        own = [one for one in sheet.units if one.city == seen.city]
        page.section(_UNITS, own, page.unit, city=page.city_name(seen.city))
    return page.whole()


class _PaperPage(Page):
    """The parts of the sheet."""

    def __init__(self, language: str, said: Said, names: Names) -> None:
        super().__init__(language, said)
        self.names = names

    def city_name(self, code: CityCode) -> str:
        return safe_text(self.said.city(code), 40)

    def city(self, one: CitySeen) -> None:
        self.row(self.city_name(one.city), self.say(_SIGHTS[one.sight]), one.since, "")

    def incident(self, one: Incident) -> None:
        units = ", ".join(safe_text(unit, 24) for unit in one.sent) or self.say(NONE)
        state = f"P{int(one.priority)} {self.say(STATE_NAMES[one.state])}"
        self.row(one.id, state, one.opened_at, self.say(_UNITS_ON_IT, units=units))
        at = f"{one.position.lat:.5f}, {one.position.lon:.5f}"
        self.details([safe_text(one.place), at, safe_text(one.chief_complaint)])

    def aid(self, one: Aid) -> None:
        self.row(one.incident, self.say(AID_STATE_NAMES[one.state]), one.asked_at, "")
        units = ", ".join(safe_text(unit, 24) for unit in one.units) or self.say(NONE)
        cities = {"lender": self.city_name(one.lender), "borrower": self.city_name(one.borrower)}
        self.details([self.say(_LENDS, **cities, place=safe_text(one.place), units=units)])

    def blood(self, one: BloodOrder) -> None:
        since = self.moment(from_epoch_ms(one.since_ms), short=True)
        self.put(f"{safe_text(one.id, 30)}  {self.say(BLOOD_STATE_NAMES[one.state])}  {since}")
        amounts = ", ".join(
            self.names.amount(line.component, line.group.value, line.quantity) for line in one.lines
        )
        way = {"bank": self.names.of(one.bank), "hospital": self.names.of(one.hospital)}
        by = self.moment(from_epoch_ms(one.need_by_ms), short=True)
        self.details([self.say(_AMOUNTS, amounts=amounts, **way, time=by)])

    def unit(self, one: UnitStands) -> None:
        status, seen = one.status, self.say(_NEVER_SEEN)
        if one.seen_at is not None:
            seen = self.say(_SEEN, time=self.moment(one.seen_at, short=True))
        name = fit(safe_text(one.unit, 30), _UNIT)
        if status is None:
            self.put(f"{name} {self.say(_UNKNOWN)}  {seen}")
            return
        state = f"{int(status.state)} {self.say(STATE_WORDS[status.state.name])}"
        since = fit(self.moment(status.since, short=True), _TIME)
        place = self.say(_TO, place=self.names.of(status.destination)) if status.destination else ""
        reason = safe_text(self.said.reason(status.reason)) if status.reason else ""
        head = (
            f"{name} {fit(state, _STATE)} {since} {fit(seen, _LAST)} {safe_text(status.incident or '', 30)}"
        )
        more = " ".join(part for part in (place, reason) if part)
        if cell_width(f"{head} {more}") <= WIDTH:
            self.put(f"{head} {more}")
        else:
            self.put(head)
            self.details([more])


def keep_paper(folder: Path, sheet: Paper, printed: str) -> None:
    """Put the sheet beside the log, as text and as JSON, each replaced as a whole; OSError when it cannot be.

    Readable by its owner only: it tells of patients.
    """
    for name, content in ((TEXT_FILE, printed), (JSON_FILE, sheet.model_dump_json())):
        fresh = folder / f"{name}.new"
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        with fresh.open("w", encoding="utf-8") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(folder / name)


def read_paper(folder: Path) -> Paper:
    """The newest sheet of a folder; DispatchError when there is none or it is damaged."""
    file = folder / JSON_FILE
    try:
        return Paper.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise DispatchError(
            _("there is no {file}: name the data folder of a console with --folder", file=file)
        ) from None
    except (OSError, ValueError) as error:
        raise DispatchError(
            _("{file} cannot be read: use {other} instead", file=file, other=TEXT_FILE)
        ) from error
