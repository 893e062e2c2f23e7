"""A report from logs and the configuration in force."""

from collections.abc import Sequence

from dispatch.domain.geography import CityCode
from dispatch.domain.model import Name
from dispatch.report import blood, choices, lending, response, running
from dispatch.report.facts import Call, Facts, Mission
from dispatch.report.gather import gather
from dispatch.report.lending import Ground, position_of
from dispatch.report.logs import Log, chosen_kind, of_kind
from dispatch.report.model import CallEntry, Line, LogEntry, MissionEntry, Note, Report, Scope, Worst
from dispatch.settings.configuration import Configuration

WORST = 10


def make(logs: Sequence[Log], configuration: Configuration, *, drill: bool | None = None) -> Report:
    """The report of one kind of rows: drill or real; None: real rows if there are any, else the drill's."""
    drill = chosen_kind(logs, drill)
    kept, other = of_kind(logs, drill=drill)
    facts = gather(kept, drill=drill)
    cities = _cities(facts, configuration)
    ground = ground_of(configuration)
    return Report(
        logs=tuple(_log(one) for one in logs),
        scope=_scope(facts, cities, configuration, other),
        notes=tuple(_notes(facts, logs, other)),
        response=tuple(response.responses(facts, cities)),
        intervals=tuple(response.intervals(facts)),
        pairs=tuple(lending.pairs(facts)),
        ledger=lending.ledger(facts, ground),
        eta=tuple(choices.eta_errors(facts)),
        overrides=tuple(choices.overrides(facts)),
        outcomes=tuple(choices.outcomes(facts)),
        worst=tuple(_worst(facts)),
        alarms=tuple(running.alarms(facts)),
        refused=tuple(running.refused(facts)),
        links=tuple(running.links(facts)),
        blood=tuple(choices.blood(facts)),
        blood_orders=blood.orders(facts),
        hospitals=tuple(choices.hospitals(facts)),
        calls=tuple(_call(call, facts) for call in facts.calls.values()),
    )


def _cities(facts: Facts, configuration: Configuration) -> dict[str, Name]:
    """Those of the configuration, and any other that a log names."""
    known: dict[str, Name] = {str(city.code): city.name for city in configuration.cities}
    for call in facts.calls.values():
        known.setdefault(call.city, Name(zh=call.city, en=call.city))
    return known


def _places(configuration: Configuration) -> dict[str, Name]:
    hospitals: dict[str, Name] = {str(one.id): one.name for one in configuration.hospitals}
    return hospitals | {str(one.id): one.name for one in configuration.banks}


def ground_of(configuration: Configuration) -> Ground:
    sites = {site.id: site.position for site in configuration.sites}
    return Ground(
        units={unit.id: unit for unit in configuration.units},
        bases={
            unit.id: sites[unit.station]
            for unit in configuration.units
            if unit.station is not None and unit.station in sites
        },
        bridges=configuration.bridges,
        rules=configuration.dispatch_rules,
    )


def _log(log: Log) -> LogEntry:
    fault = Name(zh=log.faults["zh_CN"], en=log.faults["en"]) if log.faults else None
    return LogEntry(
        name=log.name,
        kind=log.kind,
        city=log.city,
        node=log.node,
        verified=log.whole,
        first_fault=fault,
        rows=log.read,
        again=log.again,
    )


def _scope(facts: Facts, cities: dict[str, Name], configuration: Configuration, other: int) -> Scope:
    rules = configuration.dispatch_rules
    return Scope(
        drill=facts.drill,
        from_ms=facts.from_ms,
        to_ms=facts.to_ms,
        rows=facts.rows,
        rows_of_the_other_kind=other,
        cities=cities,
        places=_places(configuration),
        components={str(one.code): one.name for one in configuration.components},
        centres=tuple(sorted(facts.centres)),
        calls=len(facts.calls),
        orders=len(facts.missions),
        editions=(f"units {rules.units.edition}", f"travel {rules.travel.edition}"),
    )


def _notes(facts: Facts, logs: Sequence[Log], other: int) -> list[Note]:
    """What is missing, in the order of its weight."""
    calls = facts.calls.values()
    asked = {call.city for call in calls} | {one.unit_city for one in facts.missions.values()}
    found = [Note(code="not_verified", facts={"log": log.name}) for log in logs if not log.whole]
    found += [Note(code="no_centre", facts={"city": city}) for city in sorted(asked - facts.centres) if city]
    if not any(log.kind == "console" for log in logs):
        found.append(Note(code="no_console"))
    counted = {
        "empty": int(facts.rows == 0),
        "other_kind": other,
        "again": sum(log.again for log in logs),
        "row_time": sum(not call.own_time for call in calls),
        "no_place": sum(position_of(call) is None for call in calls),
        "orphans": facts.orphans,
        "telephoned": facts.telephoned,
        "lost_rows": facts.lost_rows,
        "one_city_desk": sum(one.choice is None for one in facts.missions.values()),
    }
    return found + [Note(code=code, facts={"count": count}) for code, count in counted.items() if count]


def _worst(facts: Facts) -> list[Worst]:
    """The longest from call to scene, those still waiting among them."""
    found = []
    for call in facts.calls.values():
        took = response.response_s(call, facts)
        seconds = response.waited_s(call, facts) if took is None else took
        if seconds is not None:
            found.append((seconds, call, took is not None))
    found.sort(key=lambda one: (-one[0], one[1].number))
    return [
        Worst(
            incident=call.number,
            city=call.city,
            priority=call.priority_sent,
            place=call.place,
            response_s=seconds,
            reached=reached,
            lines=tuple(
                Line(at_ms=one.at_ms, clock=one.clock, action=one.action, actor=one.actor, what=one.what)
                for one in facts.moments.get(call.number, ())
            ),
        )
        for seconds, call, reached in found[:WORST]
    ]


def _call(call: Call, facts: Facts) -> CallEntry:
    place = position_of(call)
    return CallEntry(
        incident=call.number,
        city=CityCode(call.city),
        place=call.place,
        priority=call.priority_sent,
        opened_priority=call.priority,
        patients=call.patients,
        needs=call.needs,
        lat=None if place is None else place.lat,
        lon=None if place is None else place.lon,
        opened_ms=call.opened_ms,
        opened_by_row=not call.own_time,
        ordered_ms=call.ordered_ms,
        on_scene_ms=call.on_scene_ms,
        closed_ms=call.closed_ms,
        ending=call.ending,
        origin=call.origin,
        moved_to=call.moved_to,
        source=call.source,
        response_s=response.response_s(call, facts),
        excluded=response.excluded(call, facts),
        missions=tuple(_mission(call, one) for one in call.missions),
    )


def _mission(call: Call, mission: Mission) -> MissionEntry:
    said, choice = choices.predicted(mission), mission.choice
    return MissionEntry(
        request=mission.request,
        incident=mission.incident,
        unit=mission.unit,
        unit_city=mission.unit_city,
        loan=mission.unit_city != call.city,
        source=mission.source,
        asked_ms=mission.asked_ms,
        reserved_ms=mission.reserved_ms,
        ordered_ms=mission.ordered_ms,
        acked_ms=mission.acked_ms,
        en_route_ms=mission.steps.get("EN_ROUTE"),
        on_scene_ms=mission.on_scene_ms,
        transporting_ms=mission.steps.get("TRANSPORTING"),
        at_hospital_ms=mission.steps.get("AT_HOSPITAL"),
        over_ms=mission.over_ms,
        ending=mission.ending,
        hospital=mission.hospital,
        chosen_ms=None if choice is None else choice.at_ms,
        rank=None if choice is None else choice.rank,
        followed=None if choice is None else choice.followed,
        override_reason="" if choice is None else choice.reason,
        predicted_s=None if said is None else said[0],
        predicted_late_s=None if said is None else said[1],
        actual_s=choices.actual_s(mission),
    )
