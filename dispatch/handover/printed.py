"""A handover sheet as plain text, in either language, for paper and for any terminal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from dispatch.domain.aid import AID_STATE_NAMES, Aid
from dispatch.domain.alarms import Alarm, AlarmState
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import STATE_NAMES, Incident
from dispatch.domain.units import UnitState
from dispatch.handover.model import HandoverSheet, UnitOut
from dispatch.handover.signed import Signed
from dispatch.language import N_, say
from dispatch.text import cell_width, fit, safe_text

WIDTH = 78
"""Cells of a line: fits A4 and 80 columns."""
CHINA = timezone(timedelta(hours=8))
_INDENT = 4
_NUMBER, _STATE, _TIME = 16, 24, 12

_TITLE = N_("Handover sheet")
_DRILL = N_("DRILL")
_MADE = N_("made at {time}")
_OUTGOING = N_("Outgoing: {name}")
_INCOMING = N_("Incoming: {name}")
_INCIDENTS = N_("Open incidents ({count})")
_ALARMS = N_("Alarms not cleared ({count})")
_UNITS = N_("Units that cannot be sent ({count})")
_LENT = N_("Lent to other cities ({count})")
_BORROWED = N_("Borrowed from other cities ({count})")
_ORDERS = N_("Orders whose end is not known ({count})")
_NONE = N_("none")
_AND = N_("; ")
_PATIENTS = N_("{patients} patients, {carried} taken away")
_COUNTS = N_("calls {calls}, chased {chases}, no unit free {none_free}, reinforced {more}")
_HELD = N_("held until {time}: {reason}")
_HELD_OPEN = N_("held: {reason}")
_UNITS_ON_IT = N_("units: {units}")
_FROM = N_("taken over as {number}")
_SHELVED = N_("put aside until {time}")
_ESCALATED = N_("escalated")
_SEEN = N_("acknowledged by {name}")
_UNSEEN = N_("not acknowledged")
_GONE = N_("gone, not acknowledged")
_AID = N_("{city}, {incident}: {count} asked for, named: {units}")
_REMARKS = N_("Remarks: {text}")
_SIGNED_AT = N_("Signed by both at {time}")
_DIGEST = N_("SHA-256 {digest}")
_LINE = N_("Signature: {line}")
_UNIT_STATES = {
    UnitState.OUT_OF_SERVICE: N_("out of service"),
    UnitState.PAUSED: N_("paused"),
}
_ALARM_STATES = {AlarmState.UNACKNOWLEDGED: _UNSEEN, AlarmState.RETURNED: _GONE}


def _code(alarm: Alarm) -> str:
    facts = " ".join(f"{key}={value}" for key, value in alarm.facts.items())
    return f"{alarm.code} {facts}".strip()


@dataclass(frozen=True, slots=True)
class Said:
    """How codes are said by whoever knows the words; by default they stand as they are."""

    alarm: Callable[[Alarm], str] = _code
    reason: Callable[[str], str] = str
    city: Callable[[CityCode], str] = str
    person: Callable[[str], str] = str


PLAIN = Said()


def text(sheet: HandoverSheet, language: str, said: Said = PLAIN) -> str:
    """The sheet in lines of at most 78 cells, ready to print, with room for two signatures on paper."""
    page = _Page(language, said)
    page.head(sheet)
    page.sections(sheet)
    rule = "_" * 24
    page.blank()
    page.put(f"{page.say(_OUTGOING, name=page.person(sheet.outgoing))}    {page.say(_LINE, line=rule)}")
    page.blank()
    page.put(f"{page.say(_INCOMING, name=rule)}    {page.say(_LINE, line=rule)}")
    return page.whole()


def signed_text(signed: Signed, language: str, said: Said = PLAIN) -> str:
    """A sheet that both have signed, with the hash that stands in the audit log."""
    page = _Page(language, said)
    page.head(signed.sheet)
    page.sections(signed.sheet)
    page.blank()
    if signed.remarks:
        page.put(page.say(_REMARKS, text=safe_text(signed.remarks, 1_000)))
    page.put(page.say(_OUTGOING, name=page.person(signed.outgoing)))
    page.put(page.say(_INCOMING, name=page.person(signed.incoming)))
    page.put(page.say(_SIGNED_AT, time=page.moment(signed.at)))
    page.put(page.say(_DIGEST, digest=signed.digest))
    return page.whole()


class _Page:
    """Lines that grow; everything from outside passes `safe_text` here."""

    def __init__(self, language: str, said: Said) -> None:
        self.language, self.said = language, said
        self._lines: list[str] = []
        self._made_on = ""

    def say(self, sentence: str, **facts: object) -> str:
        return say(self.language, sentence, **facts)

    def person(self, name: str) -> str:
        return safe_text(self.said.person(name), 40)

    def moment(self, at: datetime, *, short: bool = False) -> str:
        """China's time; `short` leaves the day out where it is the day of the sheet."""
        local = at.astimezone(CHINA)
        day = f"{local:%Y-%m-%d}"
        if not short:
            return f"{day} {local:%H:%M:%S}"
        return f"{local:%H:%M}" if day == self._made_on else f"{local:%m-%d %H:%M}"

    def put(self, line: str, indent: int = 0) -> None:
        """A line, folded where it is too long: nothing of it is cut off."""
        pad = " " * indent
        self._lines += [pad + part for part in folded(line, WIDTH - indent)]

    def blank(self) -> None:
        self._lines.append("")

    def whole(self) -> str:
        return "\n".join(line.rstrip() for line in self._lines) + "\n"

    def head(self, sheet: HandoverSheet) -> None:
        self._made_on = f"{sheet.made_at.astimezone(CHINA):%Y-%m-%d}"
        title = f"{self.say(_TITLE)}  {safe_text(self.said.city(sheet.city), 40)}"
        if sheet.drill:
            title += f"  [{self.say(_DRILL)}]"
        self.put(title)
        self.put("=" * WIDTH)
        made = self.say(_MADE, time=self.moment(sheet.made_at))
        self.put(f"{made}    {self.say(_OUTGOING, name=self.person(sheet.outgoing))}")

    def sections(self, sheet: HandoverSheet) -> None:
        self._section(_INCIDENTS, sheet.incidents, self._incident)
        self._section(_ORDERS, sheet.unsettled_orders, lambda order: self.put(safe_text(order), _INDENT))
        self._section(_ALARMS, sheet.alarms, self._alarm)
        self._section(_UNITS, sheet.units_out, self._unit)
        self._section(_LENT, sheet.lent, lambda aid: self._aid(aid, aid.borrower))
        self._section(_BORROWED, sheet.borrowed, lambda aid: self._aid(aid, aid.lender))

    def _section(self, title: str, rows: Sequence[object], show: Callable[..., None]) -> None:
        self.blank()
        self.put(self.say(title, count=len(rows)))
        self.put("-" * WIDTH)
        if not rows:
            self.put(self.say(_NONE), _INDENT)
        for row in rows:
            show(row)

    def _row(self, number: str, state: str, at: datetime, more: str) -> None:
        when = self.moment(at, short=True)
        head = f"{fit(safe_text(number, 30), _NUMBER)} {fit(state, _STATE)} {fit(when, _TIME)} "
        self.put(f"{head}{more}")

    def _details(self, parts: Iterable[str]) -> None:
        self.put(self.say(_AND).join(part for part in parts if part), _INDENT)

    def _incident(self, one: Incident) -> None:
        units = ", ".join(safe_text(unit, 24) for unit in one.sent)
        state = f"P{int(one.priority)} {self.say(STATE_NAMES[one.state])}"
        self._row(one.id, state, one.opened_at, self.say(_UNITS_ON_IT, units=units or self.say(_NONE)))
        self._details([safe_text(one.place), safe_text(one.chief_complaint)])
        counts = {"calls": one.acceptances, "chases": one.chases}
        more = {"none_free": one.none_free, "more": one.reinforcements}
        self._details(
            [
                self.say(_PATIENTS, patients=one.patients, carried=one.carried),
                self.say(_COUNTS, **counts, **more),
                self._held(one),
                self.say(_FROM, number=safe_text(one.origin, 30)) if one.origin else "",
            ]
        )

    def _held(self, one: Incident) -> str:
        if not one.reason:
            return ""
        reason = safe_text(self.said.reason(one.reason))
        if one.held_until is None:
            return self.say(_HELD_OPEN, reason=reason)
        return self.say(_HELD, time=self.moment(one.held_until, short=True), reason=reason)

    def _alarm(self, alarm: Alarm) -> None:
        state = _ALARM_STATES.get(alarm.state)
        said = self.say(state) if state else self.say(_SEEN, name=self.person(alarm.acknowledged_by) or "-")
        extra = [self.say(_ESCALATED)] if alarm.escalated else []
        if alarm.shelved_until is not None:
            extra.append(self.say(_SHELVED, time=self.moment(alarm.shelved_until, short=True)))
        self.put(f"{self.moment(alarm.raised_at, short=True)}  {safe_text(self.said.alarm(alarm), 300)}")
        self._details([said, *extra])

    def _unit(self, out: UnitOut) -> None:
        state = f"{int(out.status.state)} {self.say(_UNIT_STATES.get(out.status.state, _NONE))}"
        self._row(out.unit, state, out.status.since, safe_text(self.said.reason(out.status.reason or "-")))

    def _aid(self, aid: Aid, other: CityCode) -> None:
        self._row(aid.incident, f"P{int(aid.priority)}", aid.asked_at, self.say(AID_STATE_NAMES[aid.state]))
        units = ", ".join(safe_text(unit, 24) for unit in aid.units) or self.say(_NONE)
        city = safe_text(self.said.city(other), 40)
        self._details(
            [
                self.say(_AID, city=city, incident=safe_text(aid.place), count=aid.count, units=units),
                safe_text(self.said.reason(aid.reason)) if aid.reason else "",
            ]
        )


def folded(line: str, width: int) -> list[str]:
    """A safe text in lines of at most `width` cells, broken at spaces where there are some near."""
    lines: list[str] = []
    rest = line
    while cell_width(rest) > width:
        end = _end(rest, width)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, rest]


def _end(line: str, width: int) -> int:
    """Where to break: after as much as fits, at the last space of its second half if there is one."""
    used = end = 0
    while end < len(line) and (used := used + cell_width(line[end])) <= width:
        end += 1
    space = line.rfind(" ", end // 2, end + 1)
    return max(1, space if space > 0 else end)
