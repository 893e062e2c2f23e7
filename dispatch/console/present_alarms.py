"""Alarms as sentences and rows of a board."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from dispatch.console.alarm_groups import Group, heading_key
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_places import place_said
from dispatch.console.present_scene import Scene, city_cell, name_text
from dispatch.console.present_times import age_text, clock_text, day_or_time, duration_text
from dispatch.console.symbols import symbols
from dispatch.desk.alarm_sentences import SENTENCES as DESK_SENTENCES
from dispatch.domain.alarm_sentences import SENTENCES as CENTRE_SENTENCES
from dispatch.domain.alarms import Alarm, AlarmState, Severity
from dispatch.domain.blood import Bank, BankId
from dispatch.domain.geography import City, CityCode
from dispatch.domain.hospitals import Hospital, HospitalId
from dispatch.feed.alarms import SENTENCES as FEED_SENTENCES
from dispatch.language import N_, _, current
from dispatch.text import cell_width, safe_text

SENTENCES = {
    **FEED_SENTENCES,
    **CENTRE_SENTENCES,
    **DESK_SENTENCES,
    "city_offline": N_("{city} is offline: its units and stock are shown as last heard"),
    "city_silent": N_("{city} is silent: its link is up but nothing is said"),
    "feed_refused": N_("{city}: {count} messages refused, see the quarantine table"),
    "audit_failed": N_("The audit log cannot be written: choices are refused until it can"),
    "node_taken": N_(
        "Another console is at work as {node}: give this one a node name of its own in settings.toml"
    ),
    "rights_missing": N_("{city}: its broker denies this console what it needs to write: {topics}"),
    "rights_excess": N_("{city}: its broker lets this console do what it must not: {topics}"),
    "simulators_ended": N_("The simulators of the drill have ended: nothing new will come, see {file}"),
    "break_glass": N_("{operator} works without having signed in (break-glass): find out who it is"),
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

_SHORT_STATES = (N_("not acknowledged"), N_("escalated"), N_("gone"))
"""Those an alarm is in until somebody looks at it: they are never cut."""


def alarm_sentence(
    alarm: Alarm,
    cities: Mapping[CityCode, City],
    banks: Mapping[BankId, Bank] | None = None,
    spoken: Callable[[str], str] = safe_text,
    hospitals: Mapping[HospitalId, Hospital] | None = None,
) -> str:
    """What is wrong, in one sentence; an alarm without a sentence shows its code and facts."""
    facts = {**({"city": alarm.city} if alarm.city else {}), **spoken_facts(alarm.facts)}
    places = banks or {}, hospitals or {}
    said: dict[str, object] = {key: _fact(key, value, cities, *places) for key, value in facts.items()}
    if "reason" in facts:
        said["reason"] = spoken(str(facts["reason"]))
    sentence = SENTENCES.get(alarm.code)
    if sentence is not None:
        try:
            return _(sentence, **said)
        except (KeyError, IndexError):
            pass  # a fact is missing: the code with what there is still tells more than nothing
    listed = " ".join(f"{safe_text(key)}={value}" for key, value in said.items())
    return f"{safe_text(alarm.code)} {listed}".rstrip()


def spoken_facts(facts: Mapping[str, str | int | float]) -> dict[str, str | int | float]:
    """A fact that is told in both languages, `name_zh` and `name_en`, in the one in use."""
    spoken = "_zh" if current().startswith("zh") else "_en"
    said = {key.removesuffix(spoken): value for key, value in facts.items() if key.endswith(spoken)}
    return {**facts, **said}


def _fact(
    key: str,
    value: str | float,
    cities: Mapping[CityCode, City],
    banks: Mapping[BankId, Bank],
    hospitals: Mapping[HospitalId, Hospital],
) -> str:
    if key.endswith("_s") and isinstance(value, (int, float)):
        return duration_text(float(value))
    if key == "place":
        return place_said(str(value))
    named: City | Bank | Hospital | None = None
    if key in ("city", "lender", "borrower"):
        named = cities.get(CityCode(str(value)))
    elif key == "bank":
        named = banks.get(BankId(str(value)))
    elif key == "hospital":
        named = hospitals.get(HospitalId(str(value)))
    return name_text(named.name) if named else safe_text(value)


def alarm_columns() -> tuple[Column, ...]:
    """The columns of `alarm_row`, titled in the language in use."""
    states = max(cell_width(_(word)) for word in (*_SHORT_STATES, N_("State")))
    severities = max(cell_width(_(word)) for word in (*SEVERITY_WORDS.values(), N_("Severity")))
    return (
        Column("sign", "", 2),
        Column("severity", _("Severity"), severities, priority=2),
        Column("raised", _("Raised"), max(5, cell_width(_("Raised")))),
        Column("sentence", _("What is wrong"), None, min_width=36, most=96),
        Column("state", _("State"), max(states, 18)),
        Column("age", _("Age"), 9, "right", priority=1),
        Column("subject", _("About"), 14, priority=3),
        Column("city", _("City"), 8, priority=4),
        Column("scope", _("Seen by"), max(10, cell_width(_("this desk"))), priority=5),
    )


def alarm_row(alarm: Alarm, scene: Scene, working: Sequence[str] = ()) -> Row:
    """One alarm: coloured until somebody has seen it; `working` are other desks on its incident."""
    seen = alarm.state in (AlarmState.ACKNOWLEDGED, AlarmState.CLEARED) or alarm.shelved(scene.now)
    signs = {
        Severity.CRITICAL: (symbols().critical, "critical"),
        Severity.WARNING: (symbols().warning, "warning"),
        Severity.ADVISORY: (symbols().advisory, "advisory"),
    }
    sign, style = signs[alarm.severity]
    if alarm.state is AlarmState.RETURNED and not seen:
        style = "advisory"  # red only while the cause stands
    order = float(list(Severity).index(alarm.severity))
    raised: datetime = alarm.raised_at
    sign = f"{sign}{sign}" if alarm.escalated and not seen else sign
    return Row(
        alarm.id,
        (
            Cell(sign, "normal" if seen else style, order),
            Cell(_(SEVERITY_WORDS[alarm.severity]), "normal" if seen else style, order),
            Cell(day_or_time(raised, scene.now), "normal", raised.timestamp()),
            Cell(
                alarm_sentence(alarm, scene.cities, scene.banks, scene.spoken, scene.hospitals),
                "normal" if seen else "strong",
            ),
            Cell(
                alarm_state_text(alarm, scene.now, working, short=True),
                "normal" if seen or working else style,
            ),
            Cell(age_text(raised, scene.now), "normal", -raised.timestamp()),
            Cell(_subject(alarm), "dim"),
            city_cell(alarm.city, scene) if alarm.city is not None else Cell(""),
            Cell(_("all desks") if alarm.shared else _("this desk"), "dim"),
        ),
        "off_duty" if seen else "normal",
    )


def alarm_state_text(alarm: Alarm, now: datetime, working: Sequence[str] = (), *, short: bool = False) -> str:
    """Its state with who has it: put aside until when, seen by whom, escalated, worked on by another desk.

    `short` leaves out at which desk.
    """
    if alarm.shelved_until is not None and alarm.shelved(now):
        return _("shelved, {time} left", time=duration_text((alarm.shelved_until - now).total_seconds()))
    if alarm.state is AlarmState.ACKNOWLEDGED and alarm.acknowledged_by:
        return _("seen by {who}", who=_who(alarm.acknowledged_by, short))
    if working and alarm.state is AlarmState.UNACKNOWLEDGED:
        return _("{desk} is on it", desk=_who(working[0], short))
    if alarm.escalated and alarm.state is AlarmState.UNACKNOWLEDGED:
        return _("escalated") if short else _("escalated, not acknowledged")
    return _("gone") if short and alarm.state is AlarmState.RETURNED else _(ALARM_STATE_WORDS[alarm.state])


def _who(seat: str, short: bool) -> str:
    """A desk as it is written everywhere, or only who sits at it."""
    return safe_text(seat.partition("@")[0] if short else seat, 60)


GROUP_WORDS = {
    Group.CRITICAL: N_("act now"),
    Group.WARNING: N_("warnings"),
    Group.ADVISORY: N_("advisory"),
    Group.RETURNED: N_("gone, not acknowledged"),
    Group.ACKNOWLEDGED: N_("acknowledged"),
    Group.SHELVED: N_("shelved"),
    Group.NEIGHBOURS: N_("of the other cities, answered there"),
}
_GROUP_STYLES = {Group.CRITICAL: "critical_text", Group.WARNING: "warning", Group.ADVISORY: "advisory"}


def heading_row(group: Group, members: Sequence[Alarm], folded: bool) -> Row:
    """The heading of a group: how many there are, and whether they are folded away."""
    sign = symbols().pointer if folded else symbols().descending
    hint = _("Enter unfolds") if folded else ""
    style = _GROUP_STYLES.get(group, "dim")
    cells = (
        Cell(sign, style),
        Cell(""),
        Cell(str(len(members)), style),
        Cell(f"{_(GROUP_WORDS[group])}  {hint}".rstrip(), style),
    )
    return Row(heading_key(group), cells, "heading")


_COUNTED = {
    Group.CRITICAL: N_("act now {count}"),
    Group.WARNING: N_("warnings {count}"),
    Group.ADVISORY: N_("advisory {count}"),
    Group.RETURNED: N_("gone {count}"),
    Group.ACKNOWLEDGED: N_("seen {count}"),
    Group.SHELVED: N_("shelved {count}"),
    Group.NEIGHBOURS: N_("other cities {count}"),
}


def counts_line(groups: Mapping[Group, Sequence[Alarm]]) -> list[Cell]:
    """How many stand in each group, nothing left out: for the line that never scrolls away."""
    cells = []
    for group, sentence in _COUNTED.items():
        members = groups[group]
        escalated = sum(alarm.escalated for alarm in members) if group is Group.CRITICAL else 0
        if members or group is Group.CRITICAL:
            said = _(sentence, count=len(members))
            said += f" ({_('escalated {count}', count=escalated)})" if escalated else ""
            cells.append(Cell(said, _GROUP_STYLES.get(group, "normal") if members else "dim"))
    return cells


def _subject(alarm: Alarm) -> str:
    """What it is about, as people say it: a request for help by the number of its incident."""
    spoken = alarm.facts.get("incident") if alarm.code.startswith("aid_") else None
    return safe_text(spoken or alarm.subject, 60)


def alarm_lines(alarm: Alarm, scene: Scene, working: Sequence[str] = ()) -> list[Cell]:
    """Everything about one alarm, its sentence whole."""
    raised = _(
        "since {time}, {age} ago",
        time=clock_text(alarm.raised_at, scene.now, seconds=True),
        age=age_text(alarm.raised_at, scene.now),
    )
    city = city_cell(alarm.city, scene).text if alarm.city is not None else ""
    held = _("every desk of {city} sees it so", city=city) if alarm.shared else _("only this desk has it")
    lines = [
        Cell(alarm_sentence(alarm, scene.cities, scene.banks, scene.spoken, scene.hospitals), "title"),
        Cell(
            f"{_(SEVERITY_WORDS[alarm.severity])}  {raised}  {alarm_state_text(alarm, scene.now)}", "normal"
        ),
        Cell("  ".join(each for each in (_subject(alarm), held) if each), "dim"),
    ]
    lines += [Cell(_("{desk} is on it", desk=safe_text(desk, 60)), "normal") for desk in working]
    if alarm.acknowledged_by and alarm.state is AlarmState.ACKNOWLEDGED:
        lines.append(Cell(_("seen by {who}", who=safe_text(alarm.acknowledged_by, 120)), "normal"))
    return lines
