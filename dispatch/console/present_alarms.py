"""Alarms as sentences and rows of a board."""

from collections.abc import Mapping
from datetime import datetime

from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_scene import Scene, city_cell, name_text
from dispatch.console.present_times import age_text, clock_text, duration_text
from dispatch.console.symbols import symbols
from dispatch.domain.alarms import Alarm, AlarmState, Severity
from dispatch.domain.blood import Bank, BankId
from dispatch.domain.geography import City, CityCode
from dispatch.feed.alarms import SENTENCES as FEED_SENTENCES
from dispatch.language import N_, _
from dispatch.text import cell_width, safe_text

SENTENCES = {
    **FEED_SENTENCES,
    "city_offline": N_("{city} is offline: its units and stock are shown as last heard"),
    "city_silent": N_("{city} is silent: its link is up but nothing is said"),
    "feed_refused": N_("{city}: {count} messages refused, see the quarantine table"),
    "audit_failed": N_("The audit log cannot be written: choices are refused until it can"),
    "simulators_ended": N_("The simulators of the drill have ended: nothing new will come, see {file}"),
    "console_fault": N_("A part of the console failed: {where}: {error}"),
}
"""Alarm code -> English sentence; facts named `*_s` are seconds, `city` and `bank` are ids."""

SEVERITY_WORDS = {
    Severity.CRITICAL: N_("Act now"),
    Severity.WARNING: N_("Warning"),
    Severity.ADVISORY: N_("Advisory"),
}
ALARM_STATE_WORDS = {
    AlarmState.UNACKNOWLEDGED: N_("not acknowledged"),
    AlarmState.ACKNOWLEDGED: N_("acknowledged"),
    AlarmState.RETURNED: N_("gone, not acknowledged"),
    AlarmState.CLEARED: N_("cleared"),
}


def alarm_sentence(
    alarm: Alarm, cities: Mapping[CityCode, City], banks: Mapping[BankId, Bank] | None = None
) -> str:
    """What is wrong, in one sentence; an alarm without a sentence shows its code and facts."""
    facts = {**({"city": alarm.city} if alarm.city else {}), **alarm.facts}
    said: dict[str, object] = {key: _fact(key, value, cities, banks or {}) for key, value in facts.items()}
    sentence = SENTENCES.get(alarm.code)
    if sentence is not None:
        try:
            return _(sentence, **said)
        except (KeyError, IndexError):
            pass  # a fact is missing: the code with what there is still tells more than nothing
    listed = " ".join(f"{safe_text(key)}={value}" for key, value in said.items())
    return f"{safe_text(alarm.code)} {listed}".rstrip()


def _fact(key: str, value: str | float, cities: Mapping[CityCode, City], banks: Mapping[BankId, Bank]) -> str:
    if key.endswith("_s") and isinstance(value, (int, float)):
        return duration_text(float(value))
    named: City | Bank | None = None
    if key == "city":
        named = cities.get(CityCode(str(value)))
    elif key == "bank":
        named = banks.get(BankId(str(value)))
    return name_text(named.name) if named else safe_text(value)


def alarm_columns() -> tuple[Column, ...]:
    """The columns of `alarm_row`, titled in the language in use."""
    severities = 2 + max(cell_width(_(word)) for word in SEVERITY_WORDS.values())
    states = max(cell_width(_(word)) for word in ALARM_STATE_WORDS.values())
    return (
        Column("severity", _("Severity"), severities),
        Column("raised", _("Raised"), 8),
        Column("age", _("Age"), 9, priority=2),
        Column("sentence", _("What is wrong"), None, min_width=24),
        Column("state", _("State"), states, priority=1),
        Column("city", _("City"), 8, priority=3),
    )


def alarm_row(alarm: Alarm, scene: Scene) -> Row:
    """One alarm: coloured until somebody has seen it, then normal."""
    seen = alarm.state in (AlarmState.ACKNOWLEDGED, AlarmState.CLEARED)
    signs = {
        Severity.CRITICAL: (symbols().critical, "critical"),
        Severity.WARNING: (symbols().warning, "warning"),
        Severity.ADVISORY: (symbols().advisory, "advisory"),
    }
    sign, style = signs[alarm.severity]
    order = float(list(Severity).index(alarm.severity))
    raised: datetime = alarm.raised_at
    return Row(
        alarm.id,
        (
            Cell(f"{sign} {_(SEVERITY_WORDS[alarm.severity])}", "normal" if seen else style, order),
            Cell(clock_text(raised, scene.now, seconds=True), "normal", raised.timestamp()),
            Cell(age_text(raised, scene.now), "normal", -raised.timestamp()),
            Cell(alarm_sentence(alarm, scene.cities, scene.banks), "normal" if seen else "strong"),
            Cell(_(ALARM_STATE_WORDS[alarm.state]), "normal" if seen else style if order == 0 else "strong"),
            city_cell(alarm.city, scene) if alarm.city is not None else Cell(""),
        ),
        "normal",
    )
