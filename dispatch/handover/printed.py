"""A handover sheet as plain text, in either language, for paper and for any terminal."""

from dispatch.domain.aid import AID_STATE_NAMES, Aid
from dispatch.domain.alarms import Alarm, AlarmState
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import STATE_NAMES, Incident
from dispatch.domain.units import UnitState
from dispatch.handover.model import HandoverSheet, UnitOut
from dispatch.handover.page import INDENT, NONE, PLAIN, Page, Said
from dispatch.handover.signed import Signed
from dispatch.language import N_
from dispatch.text import safe_text

_TITLE = N_("Handover sheet")
_MADE = N_("made at {time}")
_OUTGOING = N_("Outgoing: {name}")
_INCOMING = N_("Incoming: {name}")
_INCIDENTS = N_("Open incidents ({count})")
_ALARMS = N_("Alarms not cleared ({count})")
_UNITS = N_("Units that cannot be sent ({count})")
_LENT = N_("Lent to other cities ({count})")
_BORROWED = N_("Borrowed from other cities ({count})")
_ORDERS = N_("Orders whose end is not known ({count})")
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


def text(sheet: HandoverSheet, language: str, said: Said = PLAIN) -> str:
    """The sheet in lines of at most 78 cells, ready to print, with room for two signatures on paper."""
    page = _Sheet(language, said)
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
    page = _Sheet(language, said)
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


class _Sheet(Page):
    """The parts of a handover sheet."""

    def head(self, sheet: HandoverSheet) -> None:
        made = self.say(_MADE, time=self.moment(sheet.made_at))
        by = self.say(_OUTGOING, name=self.person(sheet.outgoing))
        self.title(self.say(_TITLE), sheet.city, sheet.made_at, f"{made}    {by}", drill=sheet.drill)

    def sections(self, sheet: HandoverSheet) -> None:
        self.section(_INCIDENTS, sheet.incidents, self._incident)
        self.section(_ORDERS, sheet.unsettled_orders, lambda order: self.put(safe_text(order), INDENT))
        self.section(_ALARMS, sheet.alarms, self._alarm)
        self.section(_UNITS, sheet.units_out, self._unit)
        self.section(_LENT, sheet.lent, lambda aid: self._aid(aid, aid.borrower))
        self.section(_BORROWED, sheet.borrowed, lambda aid: self._aid(aid, aid.lender))

    def _incident(self, one: Incident) -> None:
        units = ", ".join(safe_text(unit, 24) for unit in one.sent)
        state = f"P{int(one.priority)} {self.say(STATE_NAMES[one.state])}"
        self.row(one.id, state, one.opened_at, self.say(_UNITS_ON_IT, units=units or self.say(NONE)))
        self.details([safe_text(one.place), safe_text(one.chief_complaint)])
        counts = {"calls": one.acceptances, "chases": one.chases}
        more = {"none_free": one.none_free, "more": one.reinforcements}
        self.details(
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
        self.details([said, *extra])

    def _unit(self, out: UnitOut) -> None:
        state = f"{int(out.status.state)} {self.say(_UNIT_STATES.get(out.status.state, NONE))}"
        self.row(out.unit, state, out.status.since, safe_text(self.said.reason(out.status.reason or "-")))

    def _aid(self, aid: Aid, other: CityCode) -> None:
        self.row(aid.incident, f"P{int(aid.priority)}", aid.asked_at, self.say(AID_STATE_NAMES[aid.state]))
        units = ", ".join(safe_text(unit, 24) for unit in aid.units) or self.say(NONE)
        city = safe_text(self.said.city(other), 40)
        self.details(
            [
                self.say(_AID, city=city, incident=safe_text(aid.place), count=aid.count, units=units),
                safe_text(self.said.reason(aid.reason)) if aid.reason else "",
            ]
        )
