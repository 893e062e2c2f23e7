"""What each row of a log means for a scene."""

from collections.abc import Callable

from dispatch.audit.entry import AuditRow
from dispatch.centre.asking import Standing
from dispatch.clock import from_epoch_ms
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.geography import CityCode, Position
from dispatch.domain.incidents import Ending, Incident, IncidentId, IncidentState, Priority
from dispatch.domain.orders import RequestId
from dispatch.domain.units import Capability, StateSource, UnitId, UnitState, UnitStatus
from dispatch.picture.cities import Sight
from dispatch.replay.lent import apply_aid
from dispatch.replay.scene import Recorded, Scene
from dispatch.report.fields import number, text
from dispatch.text import safe_text

_ASSIGNED = {"order.ordered": UnitState.ASSIGNED, "order.acked": UnitState.ACKNOWLEDGED}
_ENDED = ("order.done", "order.stood_down", "order.expired", "order.cancelled")


def _opened(scene: Scene, row: AuditRow) -> None:
    city = CityCode(row.city)
    if city not in scene.picture.cities:
        return
    centre = scene.picture.cities[city].centre
    lat, lon = number(row, "lat_microdeg"), number(row, "lon_microdeg")
    known = lat is not None and lon is not None and abs(lat) <= 90_000_000 and abs(lon) <= 180_000_000
    place = safe_text(text(row, "place"))
    called_ms = number(row, "opened_ms") or row.ts
    called_ms = called_ms if 0 <= called_ms <= row.ts else row.ts
    incident = Incident(
        id=IncidentId(row.target),
        city=city,
        position=Position(lat=(lat or 0) / 1e6, lon=(lon or 0) / 1e6) if known else centre,
        place=place
        if known
        else f"{place} (?)",  # an older log does not say where: shown at the city's centre
        priority=_priority(number(row, "priority")),
        patients=min(max(number(row, "patients") or 1, 1), 9999),
        needs=frozenset(Capability(one) for one in text(row, "needs").split() if one in set(Capability)),
        opened_at=from_epoch_ms(called_ms),
        waiting_since=from_epoch_ms(row.ts),
        drill=row.drill,
    )
    if not known:
        scene.nowhere.add(incident.id)
    scene.picture.incidents[incident.id] = incident
    scene.changes.mark("incident", incident.id)
    scene.line(row.target, row, "opened", place=incident.place, priority=int(incident.priority))


def _priority(code: int | None) -> Priority:
    return Priority(code) if code in set(Priority) else Priority(max(Priority))


def _amended(scene: Scene, row: AuditRow) -> None:
    changes: dict[str, object] = {}
    if (priority := number(row, "priority")) is not None:
        changes["priority"] = _priority(priority)
    if (patients := number(row, "patients")) is not None and 1 <= patients <= 9999:
        changes["patients"] = patients
    if place := text(row, "place"):
        changes["place"] = safe_text(place)
    scene.change(row.target, **changes)
    scene.line(row.target, row, "amend", what=" ".join(changes))


def _held(scene: Scene, row: AuditRow) -> None:
    scene.change(row.target, state=IncidentState.HELD, reason=safe_text(text(row, "reason")))
    scene.line(row.target, row, "hold", reason=safe_text(text(row, "reason")))


def _woken(scene: Scene, row: AuditRow) -> None:
    scene.change(row.target, state=IncidentState.WAITING, reason="")
    scene.settle(row.target)
    scene.line(row.target, row, row.action.removeprefix("incident."))


def _said(scene: Scene, row: AuditRow) -> None:
    scene.line(row.target, row, row.action.removeprefix("incident."), text=safe_text(text(row, "text")))


def _closed(scene: Scene, row: AuditRow) -> None:
    code = text(row, "ending")
    ending = Ending(code) if code in set(Ending) else Ending.COMPLETED
    reason = safe_text(text(row, "reason"))
    scene.change(row.target, state=IncidentState.CLOSED, units=(), ending=ending, reason=reason)
    scene.line(row.target, row, "closed", ending=ending.value, reason=reason)


def _order(scene: Scene, row: AuditRow) -> None:
    unit, incident = UnitId(text(row, "unit")), text(row, "incident")
    if row.action == "order.ordered":
        scene.join(incident, unit)
    state = _ASSIGNED.get(row.action)
    if row.action in _ENDED:
        held = (
            scene.picture.fleet.statuses[scene.picture.fleet.row(unit)]
            if unit in scene.picture.fleet
            else None
        )
        if held is not None and held.task == row.target:
            state = UnitState.AVAILABLE_ON_ROAD
        scene.join(incident, unit, leaves=True)
    if state is not None:
        on_task = state.on_task
        status = UnitStatus(
            state=state,
            since=from_epoch_ms(row.ts),
            source=StateSource.DESK,
            incident=incident if on_task else None,
            task=row.target if on_task else None,
        )
        scene.put_unit(unit, status, row)
        scene.settle(incident)
    reason = safe_text(text(row, "reason"))
    scene.line(incident, row, row.action, unit=unit, reason=reason, ending=reason)


def _state(scene: Scene, row: AuditRow) -> None:
    name, source = text(row, "state"), text(row, "source")
    if name not in UnitState.__members__:
        return
    at_ms = number(row, "at_ms")
    at_ms = row.ts if at_ms is None or not 0 <= at_ms <= row.ts else at_ms
    state, incident = UnitState[name], text(row, "incident")
    status = UnitStatus(
        state=state,
        since=from_epoch_ms(at_ms),
        source=StateSource(source) if source in set(StateSource) else StateSource.TERMINAL,
        incident=(incident or None) if state.on_task else None,
        task=(text(row, "task") or None) if state.on_task else None,
        destination=text(row, "destination") or None,
        reason=safe_text(text(row, "reason")) or None,
    )
    scene.put_unit(UnitId(row.target), status, row)
    scene.settle(incident)
    facts: dict[str, str | int] = {"unit": row.target, "state": int(state), "source": status.source.value}
    scene.line(incident, row, "unit.state", at_ms, **facts)


def _rang(scene: Scene, row: AuditRow) -> None:
    said = text(row, "severity")
    severity = Severity(said) if said in set(Severity) else Severity.WARNING
    code, subject = text(row, "code") or row.target.partition(":")[0], row.target.partition(":")[2]
    alarm, facts = AlarmId(row.target), {"unit": subject, "incident": subject, **_told(row)}
    city = CityCode(row.city) if row.city in scene.picture.cities else None
    alarms = scene.alarms_of(row.city)
    alarms.raise_(alarm, severity, code, from_epoch_ms(row.ts), dict(facts), city, subject)
    scene.changes.mark("alarm", row.target)


def _told(row: AuditRow) -> dict[str, str | int]:
    """The facts of an alarm: a centre's row has them together, a console's beside its name."""
    said = row.detail.get("facts", row.detail)
    named = said.items() if isinstance(said, dict) else ()
    own = ("alarm", "code", "severity")
    return {name: one for name, one in named if isinstance(one, str | int) and name not in own}


def _of_alarm(scene: Scene, row: AuditRow) -> None:
    alarms, alarm = scene.alarms_of(row.city), AlarmId(row.target)
    if row.action == "alarm.acknowledged":
        alarms.acknowledge(alarm, row.actor)
    else:
        alarms.cause_gone(alarm)
    scene.changes.mark("alarm", row.target)


def _link(scene: Scene, row: AuditRow) -> None:
    city = CityCode(row.target)
    if city in scene.picture.cities:
        up = row.action == "link.up"
        view = scene.picture.sight[city]
        view.link_up, view.sight = up, Sight.LIVE if up else Sight.OFFLINE
        view.since = view.last_heard = from_epoch_ms(row.ts)
        scene.changes.mark("city", city)


def _asked(scene: Scene, row: AuditRow) -> None:
    said, request = text(row, "standing"), RequestId(text(row, "request"))
    standing = Standing(said) if said in set(Standing) else Standing.UNKNOWN
    held = scene.orders.get(request)
    since = row.ts if held is None else held.since_ms
    unit, incident = UnitId(text(row, "unit")), IncidentId(row.target)
    why = safe_text(text(row, "reason"))
    scene.orders[request] = Recorded(request, unit, incident, since, standing, why)
    scene.changes.mark("order", request)


def _offered(scene: Scene, row: AuditRow) -> None:
    scene.offers[IncidentId(row.target)] = row
    scene.changes.mark("incident", row.target)


def _quarantined(scene: Scene, row: AuditRow) -> None:
    reason = safe_text(text(row, "reason"))
    scene.refused[reason] = scene.refused.get(reason, 0) + (number(row, "count") or 1)


_Take = Callable[[Scene, AuditRow], None]
_TAKE: dict[str, _Take] = {
    "incident.opened": _opened,
    "incident.taken_over": _opened,
    "incident.amend": _amended,
    "incident.hold": _held,
    "incident.wake": _woken,
    "incident.woken_by_time": _woken,
    "incident.note": _said,
    "incident.repeat": _said,
    "incident.chase": _said,
    "incident.reinforce": _said,
    "incident.none_free": _said,
    "incident.close": _closed,
    "incident.closed_by_itself": _closed,
    "incident.reopened": _woken,
    **{f"order.{step}": _order for step in ("reserved", "ordered", "acked", "standing_down")},
    **dict.fromkeys(_ENDED, _order),
    "unit.state": _state,
    "alarm.raised": _rang,
    **{f"alarm.{step}": _of_alarm for step in ("acknowledged", "returned", "cleared")},
    "link.up": _link,
    "link.down": _link,
    "order.asked": _asked,
    "order.outcome": _asked,
    "unit.recommended": _offered,
    "message.quarantined": _quarantined,
}
_OF_A_CONSOLE = frozenset(
    {"link.up", "link.down", "order.asked", "order.outcome", "unit.recommended", "message.quarantined"}
)
"""Rows that only a console writes; the others are taken from the centres, who alone keep the records."""


def apply(scene: Scene, row: AuditRow) -> None:
    """One row into the scene; what it does not understand changes nothing."""
    take = _TAKE.get(row.action)
    if take is not None and (row.console == "centre") is (row.action not in _OF_A_CONSOLE):
        take(scene, row)
    if row.action.startswith("aid."):
        apply_aid(scene.picture, row)
