"""What a drill came to, as JSON and as a page of text: counted from the audit log and the picture."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from dispatch import __version__
from dispatch.audit.read import Filter, rows, summary
from dispatch.audit.verify import verify
from dispatch.domain.geography import CityCode
from dispatch.language import _, current
from dispatch.runtime import AUDIT_FILE, Session
from dispatch.settings import Configuration

Json = dict[str, object]


def seen_by(session: Session) -> Json:
    """What the session's console saw of each city, and what it refused; taken before it is closed."""
    picture = session.picture
    cities: Json = {}
    for code, view in picture.sight.items():
        units = [row for row, unit in enumerate(picture.fleet.units) if unit.city == code]
        cities[code] = {
            "sight": view.sight.value,
            "messages": view.messages,
            "refused": view.refused,
            "gaps": view.gaps,
            "units": len(units),
            "units_positioned": sum(bool(picture.fleet.fixed_ms[row]) for row in units),
            "refused_by_reason": session.quarantine.counts_of(code),
        }
    return {
        "cities": cities,
        "incidents_open": len(picture.open_incidents()),
        "incidents_seen": len(picture.incidents),
        "alarms_open": len(picture.alarms.listed()),
        "counters": asdict(session.intake.counters),
    }


def audited(folder: Path, home: CityCode) -> Json:
    """What the audit log says was done, and whether it verifies."""
    log = folder / AUDIT_FILE
    proof = verify(log)
    counts = summary(log)
    told = Counter[str]()
    for row in rows(log, Filter(action="unit.told")):
        answer = (
            "accepted"
            if row.detail.get("accepted")
            else "refused"
            if row.detail.get("answered")
            else "silent"
        )
        told[answer] += 1
        told["cross_city"] += row.detail.get("city") != home
    overrides = sum(row.detail.get("rank") != 1 for row in rows(log, Filter(action="unit.chosen")))
    return {
        "file": str(log),
        "rows": counts.rows,
        "verified": proof.ok,
        "head": proof.head_hash,
        "actions": counts.actions,
        "units_told": dict(told),
        "overrides": overrides,
    }


def whole(rig: Json, seen: Json, audit: Json) -> Json:
    """All parts under one roof, with the version that wrote it."""
    return {"czt": __version__, "drill": True, **rig, "console": seen, "audit": audit}


def write(summary_: Json, path: Path) -> None:
    """The summary as a JSON file."""
    path.write_text(json.dumps(summary_, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def lines(told: Json, configuration: Configuration, folder: Path) -> list[str]:
    """The summary as a page of text."""
    console, audit = _part(told, "console"), _part(told, "audit")
    units = _part(audit, "units_told")
    said = [
        "",
        _(
            "Drill {name}, seed {seed}: {seconds} s of drill time. All of it synthetic.",
            name=_named(told),
            seed=told["seed"],
            seconds=told["drill_s"],
        ),
    ]
    for city in configuration.cities:
        seen = _part(_part(console, "cities"), city.code)
        said.append(
            _(
                "  {city}: {messages} messages, {refused} refused, {gaps} gaps, "
                "{positioned} of {units} units positioned",
                city=city.name.text(current()),
                messages=seen["messages"],
                refused=seen["refused"],
                gaps=seen["gaps"],
                positioned=seen["units_positioned"],
                units=seen["units"],
            )
        )
    said += [
        _(
            "  incidents: {seen} seen, {open} still open; alarms open: {alarms}",
            seen=console["incidents_seen"],
            open=console["incidents_open"],
            alarms=console["alarms_open"],
        ),
        _(
            "  units told: {accepted} accepted, {refused} refused, {silent} unanswered, "
            "{cross} across city lines; overrides: {overrides}",
            accepted=units.get("accepted", 0),
            refused=units.get("refused", 0),
            silent=units.get("silent", 0),
            cross=units.get("cross_city", 0),
            overrides=audit["overrides"],
        ),
        _(
            "  audit log: {rows} rows, {verdict}",
            rows=audit["rows"],
            verdict=_("verified") if audit["verified"] else _("NOT whole: run czt audit verify"),
        ),
        _("  written to {folder}: audit.db, quarantine.db, summary.json, picture.json", folder=folder),
    ]
    if "failure" in _part(told, "simulated"):
        said.append(_("  simulators: {failure}", failure=_part(told, "simulated")["failure"]))
    return said


def _part(whole_: Json, name: str) -> Json:
    part = whole_[name]
    return part if isinstance(part, dict) else {}


def _named(told: Json) -> object:
    return _part(told, "name")["zh" if current().startswith("zh") else "en"]
