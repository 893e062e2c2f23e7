"""`czt blood trace`: the custody trail of a bag, a lot or an order, read from audit logs."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit.actions import action_text
from dispatch.audit.read import Filter, rows
from dispatch.audit.verify import verify
from dispatch.blood.trace import GAPS, Event, Gap, Trail, trace
from dispatch.cli.blood import app
from dispatch.cli.options import ConfigDir
from dispatch.cli.times import local_time
from dispatch.desk.blood_words import place_text, reason_text
from dispatch.domain.blood_orders import BLOOD_STATE_NAMES, BloodState
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.settings import Configuration, load
from dispatch.text import safe_text


@app.command("trace", help=_("Print the custody trail of a bag, a lot or an order, with its gaps."))
def blood_trace(
    wanted: Annotated[str, typer.Argument(metavar="ID", help=_("a bag's DIN, a lot or an order's number"))],
    audit: Annotated[
        list[Path], typer.Option("--audit", help=_("an audit log or a centre's database; may be repeated"))
    ],
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """Logs of several cities may be given; a log that was tampered with is said so."""
    events, cities, broken = _read(audit)
    trail = trace(wanted.strip(), events, cities)
    if not trail.events:
        raise DispatchError(_("{id} is in none of these logs", id=safe_text(wanted, 80)))
    if as_json:
        typer.echo(json.dumps(_document(trail, broken), ensure_ascii=False))
    else:
        typer.echo("\n".join(_lines(trail, broken, load(config))))


def _read(logs: list[Path]) -> tuple[list[Event], set[str], list[str]]:
    """All rows about blood, the cities whose logs these are, and the files whose chain is broken."""
    events: dict[str, Event] = {}
    cities: set[str] = set()
    broken: list[str] = []
    for path in logs:
        if not path.is_file():
            raise DispatchError(_("there is no audit log at {file}", file=path))
        if not verify(path).ok:
            broken.append(str(path))
        for row in rows(path, Filter(action="blood")):
            cities.add(row.city)
            events[row.id] = Event(
                row.ts, row.city, row.seq, row.action, row.actor, row.role, row.target, row.detail
            )
    return list(events.values()), cities, broken


def _lines(trail: Trail, broken: list[str], configuration: Configuration) -> list[str]:
    lines = []
    for order in trail.orders:
        lines.append(safe_text(order, 80))
        lines += [_line(event, configuration) for event in trail.events if event.order == order]
    lines += [f"! {_gap(gap, configuration)}" for gap in trail.gaps]
    lines += [f"! {_('{file} is broken: do not rely on it', file=file)}" for file in broken]
    if not trail.gaps and not broken:
        lines.append(_("the trail is whole"))
    return lines


def _gap(gap: Gap, configuration: Configuration) -> str:
    """What is missing; states and cities by their names."""
    facts = dict(gap.facts)
    for name in facts.keys() & {"state", "before", "after"}:
        state = facts[name]
        facts[name] = _(BLOOD_STATE_NAMES[BloodState(state)]) if state in set(BloodState) else state
    if "city" in facts:
        facts["city"] = place_text(configuration, facts["city"])
    return _(GAPS[gap.code], order=safe_text(gap.order), **facts)


def _line(event: Event, configuration: Configuration) -> str:
    what = safe_text(action_text(event.action, current()))
    lots = " ".join(f"{safe_text(lot)}×{quantity}" for lot, quantity in event.lots)
    bags = " ".join(map(safe_text, event.bags))
    who = f"{safe_text(event.actor)}@{place_text(configuration, event.place)}"
    facts = "  ".join(_facts(event, configuration))
    return "  ".join(part for part in (f"  {local_time(event.at_ms)}", what, who, lots, bags, facts) if part)


def _facts(event: Event, configuration: Configuration) -> Iterable[str]:
    """Why, who decided, who carried it, how warm it was."""
    facts = {
        name.removeprefix("fact."): fact
        for name, fact in event.detail.items()
        if name.startswith("fact.") and isinstance(fact, str | int)
    }
    reason = event.detail.get("reason")
    if isinstance(reason, str) and reason:
        yield reason_text(configuration, reason, facts)
    if "person" in facts:
        yield _("decided by {who}", who=safe_text(facts["person"]))
    if carrier := facts.get("unit") or facts.get("courier"):
        yield _("carried by {who}", who=safe_text(carrier))
    if (tenths := facts.get("temperature_tenths")) is not None:
        yield _("arrived with {degrees} °C", degrees=f"{int(tenths) / 10:.1f}")


def _document(trail: Trail, broken: list[str]) -> dict[str, object]:
    return asdict(trail) | {"broken_logs": broken, "whole": not trail.gaps and not broken}
