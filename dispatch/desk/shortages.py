"""Alarms where the blood of a city is short: one for each city, component and group, never a flood.

A phase has hysteresis (blood/phases.py), so that an alarm does not come and go with each bag.
"""

from collections.abc import Callable
from datetime import datetime

from dispatch.blood.rules import CoverRules, Phase
from dispatch.blood.table import CoverCell, CoverKey, CoverRow, CoverTable
from dispatch.domain.alarms import Alarm, AlarmId, AlarmState, Severity
from dispatch.picture.live import Picture

CODE = "stock_short"
COUNTED = "stock_few"
_OPEN = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED})
_RANK = {Severity.ADVISORY: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class Shortages:
    """Writes its alarms into the picture; `note` hears of each that is raised."""

    def __init__(self, picture: Picture, rules: CoverRules, note: Callable[[Alarm], None]) -> None:
        self._picture, self._rules, self._note = picture, rules, note

    def judge(self, table: CoverTable, now: datetime) -> None:
        """What cannot be seen changes nothing; where some counts are old alarms come and none goes."""
        for row in table.rows.values():
            if row.kind == "city" and row.seen:
                for at, cell in row.cells.items():
                    self._judge(row, at, cell, now)

    def _judge(self, row: CoverRow, at: CoverKey, cell: CoverCell, now: datetime) -> None:
        component, group = at
        alarm = AlarmId(f"{CODE}:{row.city}:{component}:{group.value if group else 'all'}")
        severity = self._severity(at, cell.phase)
        alarms, held = self._picture.alarms, self._picture.alarms.by_id.get(alarm)
        if severity is None:
            if held is not None and row.live and alarms.cause_gone(alarm):
                self._picture.changes.mark("alarm", alarm)
        elif held is None or held.state not in _OPEN or _RANK[severity] > _RANK[held.severity]:
            self._raise(alarm, severity, row, at, cell, now)
        elif severity is not held.severity and row.live:
            alarms.put(held.model_copy(update={"severity": severity}))
            self._picture.changes.mark("alarm", alarm)

    def _severity(self, at: CoverKey, phase: Phase | None) -> Severity | None:
        if phase is None or phase is Phase.GREEN:
            return None
        component, group = at
        if self._rules.floor(component, group) is not None:
            return self._rules.severity.of_floor(phase)
        rule = self._rules.phase_rule(component)
        wanted = "none" if rule is None else rule.alarm
        if wanted == "none" or (wanted == "component") != (group is None):
            return None
        return self._rules.severity.of(phase)

    def _raise(
        self, alarm: AlarmId, severity: Severity, row: CoverRow, at: CoverKey, cell: CoverCell, now: datetime
    ) -> None:
        """Facts hold nothing that moves on while the alarm stands, but how it was when it rang."""
        component, group = self._picture.components[at[0]], at[1]
        days = None if self._rules.floor(*at) is not None else cell.cover.worst_days
        facts: dict[str, str | int | float] = {
            "component": component.code,
            "component_zh": component.name.zh,
            "component_en": component.name.en,
            "unit": component.unit.en,
            "unit_zh": component.unit.zh,
            "unit_en": component.unit.en,
            "group": group.value if group is not None else "",
            "count": cell.cover.available,
            **({} if days is None else {"days": f"{days:.1f}"}),
        }
        raised = Alarm(
            id=alarm,
            severity=severity,
            code=COUNTED if days is None else CODE,
            facts=facts,
            city=row.city,
            raised_at=now,
        )
        self._picture.alarms.put(raised)
        self._picture.changes.mark("alarm", alarm)
        self._note(raised)
