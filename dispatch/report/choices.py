"""What was recommended, what was chosen instead, and which of the two proved right."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import Literal

from dispatch.clock import CHINA, from_epoch_ms
from dispatch.report.facts import Choice, Facts, Kind, Mission
from dispatch.report.model import BloodEntry, EtaError, HospitalEntry, Outcome, Overrides
from dispatch.report.statistics import quantile, wilson

EtaScope = Literal["all", "city", "hour", "loan"]
BloodOutcome = Literal["accepted", "refused", "no_answer", "not_chosen", "unknown"]


def actual_s(mission: Mission) -> float | None:
    """From the choice to the unit on scene; None: no choice, not reached, or times that run backwards."""
    if mission.choice is None or mission.on_scene_ms is None:
        return None
    seconds = (mission.on_scene_ms - mission.choice.at_ms) / 1000
    return seconds if seconds >= 0 else None


def predicted(mission: Mission) -> tuple[int, int] | None:
    """Seconds at the median and at the late end, as recommended when the unit was chosen."""
    option = None if mission.choice is None else mission.choice.option(mission.unit)
    return None if option is None else (option.eta_s, option.late_eta_s)


def eta_errors(facts: Facts) -> list[EtaError]:
    """All, each city of the call, each hour of the day in China, and loans apart."""
    found: dict[tuple[EtaScope, str], list[tuple[float, bool]]] = {("all", ""): []}
    for mission in facts.missions.values():
        said, took, call = predicted(mission), actual_s(mission), facts.calls.get(mission.incident)
        if said is None or took is None or mission.choice is None:
            continue
        error = (took - said[0], took <= said[1])
        hour = f"{from_epoch_ms(mission.choice.at_ms).astimezone(CHINA):%H}"
        found["all", ""].append(error)
        found.setdefault(("hour", hour), []).append(error)
        if call is not None:
            found.setdefault(("city", call.city), []).append(error)
            if mission.unit_city != call.city:
                found.setdefault(("loan", f"{mission.unit_city}>{call.city}"), []).append(error)
    return [_eta_error(scope, key, errors) for (scope, key), errors in sorted(found.items())]


def _eta_error(scope: EtaScope, key: str, errors: Sequence[tuple[float, bool]]) -> EtaError:
    values = [value for value, _within in errors]
    return EtaError(
        scope=scope,
        key=key,
        n=len(values),
        median_s=quantile(values, 0.5),
        mean_s=fmean(values) if values else None,
        mean_absolute_s=fmean(abs(value) for value in values) if values else None,
        p90_absolute_s=quantile([abs(value) for value in values], 0.9),
        within_late=sum(within for _value, within in errors),
    )


def overrides(facts: Facts) -> list[Overrides]:
    """How often a recommendation was left, and the reasons given."""
    kinds: tuple[Kind, ...] = ("unit", "hospital", "bank")
    return [_overrides(kind, [one for one in facts.choices if one.kind == kind]) for kind in kinds]


def _overrides(kind: Kind, every: Sequence[Choice]) -> Overrides:
    judged = [one for one in every if one.options or one.rank > 0]
    left = [one for one in judged if not one.followed]
    low, high = wilson(len(left), len(judged))
    return Overrides(
        kind=kind,
        n=len(judged),
        overridden=len(left),
        share=len(left) / len(judged) if judged else None,
        low=low,
        high=high,
        reasons=dict(Counter(one.reason for one in left).most_common()),
        without_recommendation=len(every) - len(judged),
    )


def outcomes(facts: Facts) -> list[Outcome]:
    """Units that went as recommended beside those that did not."""
    return [_outcome(facts, followed=followed) for followed in (True, False)]


def _outcome(facts: Facts, *, followed: bool) -> Outcome:
    chosen = [
        one for one in facts.missions.values() if one.choice is not None and one.choice.followed is followed
    ]
    took = {one.request: seconds for one in chosen if (seconds := actual_s(one)) is not None}
    against = [
        took[one.request] - one.choice.best.eta_s
        for one in chosen
        if one.request in took and one.choice is not None and one.choice.best is not None
    ]
    return Outcome(
        followed=followed,
        n=len(took),
        not_reached=len(chosen) - len(took),
        median_s=quantile(took.values(), 0.5),
        p90_s=quantile(took.values(), 0.9),
        later_than_best_n=sum(value > 0 for value in against),
        against_best_median_s=quantile(against, 0.5),
    )


def hospitals(facts: Facts) -> list[HospitalEntry]:
    """Hospitals by how often they were chosen."""
    by_name: dict[str, list[Choice]] = {}
    for choice in facts.choices:
        if choice.kind == "hospital":
            by_name.setdefault(choice.what, []).append(choice)
    found = [_hospital(name, choices) for name, choices in by_name.items()]
    return sorted(found, key=lambda one: (-one.chosen, one.hospital))


def _hospital(name: str, choices: Sequence[Choice]) -> HospitalEntry:
    later = []
    for choice in choices:
        taken, best = choice.option(name), choice.best
        if choice.rank != 1 and taken is not None and best is not None:
            later.append(float(taken.eta_s - best.eta_s))
    return HospitalEntry(
        hospital=name,
        chosen=len(choices),
        first=sum(one.rank == 1 for one in choices),
        later_median_s=quantile(later, 0.5),
    )


def blood(facts: Facts) -> list[BloodEntry]:
    """Requests for blood, oldest first."""
    found = []
    for one in sorted(facts.blood.values(), key=lambda each: each.at_ms):
        choice, told = one.choice, one.told
        outcome: BloodOutcome = "unknown"
        if choice is None:
            outcome = "not_chosen"
        elif told is not None:
            outcome = "accepted" if told.accepted else "refused" if told.answered else "no_answer"
        found.append(
            BloodEntry(
                request=one.request,
                at_ms=one.at_ms,
                component=one.component,
                group=one.group,
                wanted=one.wanted,
                hospital=one.hospital,
                bank="" if choice is None else choice.what,
                rank=0 if choice is None else choice.rank,
                followed=choice is not None and choice.followed,
                outcome=outcome,
                reason="" if told is None else told.reason,
            )
        )
    return found
