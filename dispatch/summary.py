"""What a drill came to, as JSON and as a page of text: counted from the audit log and the picture."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from dispatch import __version__
from dispatch.audit.read import Filter, rows, summary
from dispatch.audit.verify import verify
from dispatch.desk.making import AUDIT_FILE
from dispatch.domain.errors import AuditUnavailable
from dispatch.domain.geography import CityCode
from dispatch.language import _, current
from dispatch.runtime import Session
from dispatch.settings import Configuration

Json = dict[str, object]
CENTRE_FILE = "centre.db"
DECIDED = (
    "order.reserved",
    "order.denied",
    "order.acked",
    "order.done",
    "order.stood_down",
    "order.expired",
    "aid.received",
    "incident.opened",
    "incident.closed_by_itself",
)
"""What is counted of a centre's log."""
OUTCOMES = ("confirmed", "denied", "expired", "stood_down", "done", "unknown")
"""What may become of an order, as the desk wrote it down; one order may pass several."""


def seen_by(session: Session) -> Json:
    """What the session's console saw of each city, and what it refused; taken before it is closed."""
    picture = session.picture
    cities: Json = {}
    for code, view in picture.sight.items():
        units = [row for row, unit in enumerate(picture.fleet.units) if unit.city == code]
        cities[code] = {
            "sight": view.sight.value,
            "by_bridge": view.by_bridge,
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
    asked = [row.detail for row in rows(log, Filter(action="order.asked"))]
    outcomes = Counter(str(row.detail.get("standing")) for row in rows(log, Filter(action="order.outcome")))
    overrides = sum(not row.detail.get("best") for row in rows(log, Filter(action="unit.chosen")))
    return {
        "file": str(log),
        "rows": counts.rows,
        "verified": proof.ok,
        "head": proof.head_hash,
        "actions": counts.actions,
        "orders": {
            "asked": len(asked),
            "cross_city": sum(detail.get("city") != home for detail in asked),
            **{name: outcomes[name] for name in OUTCOMES},
        },
        "aid": {
            "asked": counts.actions.get("aid.asked", 0),
            "used": counts.actions.get("aid.used", 0),
            "answered": counts.actions.get("aid.answered", 0),
        },
        "overrides": overrides,
    }


def centres(folders: Mapping[CityCode, Path]) -> Json:
    """What each centre decided, as its own log says, and whether that verifies."""
    found: Json = {}
    for city, folder in folders.items():
        log = folder / CENTRE_FILE
        try:
            proof, counts = verify(log), summary(log)
        except (FileNotFoundError, AuditUnavailable) as error:  # it never came to its first order
            found[city] = {"verified": False, "error": str(error)}
            continue
        decided = {name: counts.actions.get(name, 0) for name in DECIDED}
        found[city] = {"rows": counts.rows, "verified": proof.ok, **decided}
    return found


def whole(rig: Json, seen: Json, audit: Json) -> Json:
    """All parts under one roof, with the version that wrote it."""
    return {"czt": __version__, "drill": True, **rig, "console": seen, "audit": audit}


def write(summary_: Json, path: Path) -> None:
    """The summary as a JSON file."""
    path.write_text(json.dumps(summary_, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def lines(told: Json, configuration: Configuration, folder: Path) -> list[str]:
    """The summary as a page of text."""
    console, audit = _part(told, "console"), _part(told, "audit")
    orders, aid = _part(audit, "orders"), _part(audit, "aid")
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
            "  orders: {asked} asked, {confirmed} confirmed by crews, {denied} denied, {unknown} not known, "
            "{cross} across city lines; overrides: {overrides}",
            asked=orders.get("asked", 0),
            confirmed=orders.get("confirmed", 0),
            denied=orders.get("denied", 0),
            unknown=orders.get("unknown", 0),
            cross=orders.get("cross_city", 0),
            overrides=audit["overrides"],
        ),
        _(
            "  help: {asked} requests to other cities, {used} of their units ordered, {answered} answers",
            asked=aid.get("asked", 0),
            used=aid.get("used", 0),
            answered=aid.get("answered", 0),
        ),
        *_centre_lines(told, configuration),
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


def _centre_lines(told: Json, configuration: Configuration) -> list[str]:
    """One line for each centre."""
    parts = {city: _part(_part(told, "centres"), city.code) for city in configuration.cities}
    return [
        _(
            "  centre of {city}: {reserved} units given, {acked} orders confirmed by crews, {denied} denied, "
            "{aid} requests for help, {restarts} restarts; its log {verdict}",
            city=city.name.text(current()),
            reserved=part.get("order.reserved", 0),
            acked=part.get("order.acked", 0),
            denied=part.get("order.denied", 0),
            aid=part.get("aid.received", 0),
            restarts=_part(told, "centre_restarts").get(city.code, 0),
            verdict=_("verified") if part.get("verified") else _("NOT whole: run czt audit verify"),
        )
        for city, part in parts.items()
    ]


def _part(whole_: Json, name: str) -> Json:
    part = whole_.get(name)
    return part if isinstance(part, dict) else {}


def _named(told: Json) -> object:
    return _part(told, "name")["zh" if current().startswith("zh") else "en"]
