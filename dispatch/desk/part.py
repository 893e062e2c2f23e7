"""What every act of a desk goes by: the picture, the log, the wire, and who sits here.

A write to the audit log that fails stops the act it belongs to: AuditUnavailable leaves the caller with
nothing sent.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dispatch.audit.log import AuditLog
from dispatch.calls import Calls
from dispatch.centre.requester import Requester
from dispatch.clock import Clock, epoch_ms
from dispatch.desk.errands import Errand, Errands, OnAnswer
from dispatch.desk.file import DeskFile
from dispatch.desk.news import News
from dispatch.desk.numbers import Numbers
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident, IncidentId
from dispatch.domain.model import Name
from dispatch.domain.operators import By, Right, Role
from dispatch.domain.units import UnitId
from dispatch.feed import payloads
from dispatch.feed.link import CityLink
from dispatch.feed.outbox import CommandResult, Outbox
from dispatch.feed.quarantine import Quarantine
from dispatch.language import _, current
from dispatch.picture.cities import Sight
from dispatch.picture.fleet import UnitView
from dispatch.picture.live import Picture
from dispatch.settings import Configuration
from dispatch.signin import SignIn
from dispatch.text import safe_text

WAIT_S = 2.0
"""Machine seconds that an operator waits for an answer at most; what was asked goes on by itself."""
ANSWER_WITHIN_S = 10.0
"""Machine seconds until a command that is not kept on the disk is given up."""
NOBODY = By(operator="", role=Role.OBSERVER)


@dataclass(frozen=True, slots=True)
class Kit:
    """Everything a desk works with; the session puts it together."""

    configuration: Configuration
    picture: Picture
    clock: Clock
    audit: AuditLog
    outbox: Outbox
    errands: Errands
    file: DeskFile
    requester: Requester
    links: Mapping[CityCode, CityLink]
    quarantine: Quarantine
    seat: SignIn
    calls: Calls
    numbers: Numbers
    drill: bool
    reins: "Reins | None" = None
    """What leads the drill that this desk sits in; None: it is none, or is led elsewhere."""
    news: News = field(default_factory=News)
    """Told when an order or an errand went on."""
    followers: dict[str, OnAnswer] = field(default_factory=dict)
    """Kind of an errand -> the part that follows its answer."""


class Reins(Protocol):
    """The way to whoever runs the drill. DispatchError when it refuses, or is not there."""

    async def ask(self, act: str, by: str = "", **more: object) -> Mapping[str, object]: ...


class Part:
    """One part of a desk. All of them share the kit; what one keeps of its own is its own."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.configuration, self.picture, self.clock = kit.configuration, kit.picture, kit.clock
        self.quarantine, self.drill = kit.quarantine, kit.drill
        self.home_city = kit.configuration.settings.home_city
        self.node = kit.configuration.settings.node
        self.news = kit.news

    # --- who sits here -------------------------------------------------------------------------

    @property
    def by(self) -> By:
        """Who does what is done now."""
        return self.kit.seat.by or NOBODY

    @property
    def operator(self) -> str:
        return self.by.operator

    @property
    def seat(self) -> str:
        """This desk as the others see it: "operator@node"."""
        return f"{self.operator}@{self.node}"

    def may(self, right: Right) -> str:
        """Why the role in use may not do something, as one sentence; empty when it may."""
        return self.kit.seat.why_not(right)

    def demand(self, right: Right) -> By:
        """Who does it; NotAllowed with one sentence when nobody may, and a row in the log."""
        why_not = self.may(right)
        if why_not:
            self.record_soon("right.refused", right.value, {"right": right.value})
        return self.kit.seat.demand(right)

    # --- looking things up ---------------------------------------------------------------------

    def incident(self, incident_id: str) -> Incident:
        """An incident of the picture; UnknownName when there is none."""
        try:
            return self.picture.incidents[IncidentId(incident_id)]
        except KeyError:
            raise UnknownName(_("incident"), incident_id) from None

    def unit(self, unit_id: str) -> UnitView:
        """A unit of the picture; UnknownName when there is none."""
        if unit_id not in self.picture.fleet:
            raise UnknownName(_("unit"), unit_id)
        return self.picture.fleet.view(UnitId(unit_id))

    def reachable(self, city: CityCode) -> bool:
        """Whether a city's centre can decide now."""
        return self.picture.sight[city].sight is Sight.LIVE

    def city_name(self, city: CityCode) -> str:
        return self.said(self.picture.city(city).name)

    def said(self, name: Name) -> str:
        """A name in the language in use, safe to show."""
        return safe_text(name.text(current()))

    def now_ms(self) -> int:
        return epoch_ms(self.clock.now())

    # --- the log -------------------------------------------------------------------------------

    async def record(
        self, action: str, target: str, detail: Mapping[str, object], by: By | None = None
    ) -> None:
        """One row, on the disk when this returns; AuditUnavailable when it is not."""
        who = by or self.by
        await self.kit.audit.append(
            action, actor=who.operator, role=who.role.value, target=target, detail=_marked(detail, who)
        )

    def record_soon(
        self, action: str, target: str, detail: Mapping[str, object], by: By | None = None
    ) -> None:
        """One row about what happened anyway; never raises."""
        who = by or self.by
        with contextlib.suppress(DispatchError):
            self.kit.audit.append_soon(
                action, actor=who.operator, role=who.role.value, target=target, detail=_marked(detail, who)
            )

    def note_fault(self, where: str, error: str) -> None:
        """Write a fault of the console itself into the audit log; never raises."""
        self.record_soon("console.fault", where, {"error": safe_text(error)})

    # --- the wire ------------------------------------------------------------------------------

    async def command(
        self, city: CityCode, kind: str, data: payloads.Payload, action: str, target: str, **about: object
    ) -> CommandResult:
        """Send one command, wait for its answer, and write the outcome down."""
        result = await self.kit.outbox.send(city, kind, data, expires_s=ANSWER_WITHIN_S)
        await self.record(action, target, outcome_detail(city, kind, result) | about)
        return result

    async def errand(
        self,
        city: CityCode,
        kind: str,
        data: payloads.Payload,
        subject: str,
        *,
        key: str | None = None,
        until_ms: int | None = None,
    ) -> tuple[Errand, CommandResult | None]:
        """Send what must arrive; its result, or None when none came while the operator waited."""
        errand = await self.kit.errands.give(city, kind, data, subject=subject, key=key, until_ms=until_ms)
        return errand, await self.kit.errands.settled(errand.key, WAIT_S)

    # --- alarms of this console ----------------------------------------------------------------

    def ring(
        self,
        code: str,
        key: str,
        facts: dict[str, str | int | float],
        severity: Severity = Severity.CRITICAL,
    ) -> None:
        """Raise an alarm of this desk's own, about the incident in `facts`; a standing one is left."""
        alarm = AlarmId(f"{code}:{key}")
        about = str(facts.get("incident", ""))
        if self.picture.alarms.raise_(alarm, severity, code, self.clock.now(), facts, None, about):
            self.picture.changes.mark("alarm", alarm)
            shown = {name: str(value) for name, value in facts.items()}
            self.record_soon("alarm.raised", alarm, {"alarm": alarm, **shown})

    def hush(self, code: str, key: str) -> None:
        """Its cause is gone."""
        alarm = AlarmId(f"{code}:{key}")
        if self.picture.alarms.cause_gone(alarm):
            self.picture.changes.mark("alarm", alarm)


def outcome_detail(city: CityCode, kind: str, result: CommandResult) -> dict[str, object]:
    """What the log keeps of an answer."""
    detail: dict[str, object] = {
        "city": city,
        "kind": kind,
        "answered": result.answered,
        "accepted": result.accepted,
        "reason": safe_text(result.reason),
    }
    if result.code:
        detail["code"] = safe_text(result.code)
    if result.facts:
        detail["facts"] = dict(result.facts)
    return detail


def _marked(detail: Mapping[str, object], by: By) -> dict[str, object]:
    """What was done by break-glass says so."""
    return {**detail, "break_glass": 1} if by.break_glass else dict(detail)
