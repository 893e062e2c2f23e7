"""Call to scene, and every step between: quantiles, shares and distributions, never a mean alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dispatch.report.facts import Call, Facts, Mission
from dispatch.report.model import Quantile, Response, Share
from dispatch.report.model_parts import Interval
from dispatch.report.statistics import histogram, kaplan_meier_quantile, quantile, quantile_interval, wilson

WITHIN_MIN = (8, 10, 12, 15)
LONG_MIN = 30
QUANTILES = (50, 90)
EDGES_S = (0, 30, 60, 90, 120, 180, 240, 300, 420, 480, 600, 720, 900, 1200, 1500, 1800, 2700, 3600, 5400)
"""Bins of every distribution; 8, 10, 12, 15 and 30 minutes are edges."""


def excluded(call: Call, facts: Facts) -> str:
    """Why a call counts in no response figure; empty: it was reached, or it still waits."""
    if call.moved_to or call.ending == "transferred":
        return "handed_over"
    if call.on_scene_ms is not None:
        return "order_of_times" if call.on_scene_ms < call.opened_ms else ""
    if call.closed_ms is not None:
        return "closed_unreached"
    cities = {one.unit_city for one in call.missions if one.on_scene_ms is None and one.sent_ms is not None}
    if call.city not in facts.centres or cities - facts.centres:
        return "no_centre_log"
    return ""


def response_s(call: Call, facts: Facts) -> float | None:
    """From the call to the first unit on scene; None: not reached, or left out."""
    if call.on_scene_ms is None or excluded(call, facts):
        return None
    return (call.on_scene_ms - call.opened_ms) / 1000


def waited_s(call: Call, facts: Facts) -> float | None:
    """How long an unreached call had waited when the log ended; None: it does not wait, or is left out."""
    if call.on_scene_ms is not None or excluded(call, facts):
        return None
    return max(0, facts.to_ms - call.opened_ms) / 1000


def responses(facts: Facts, cities: Iterable[str]) -> list[Response]:
    """Each priority that occurs, the first always; all cities together, then one by one."""
    priorities = sorted({1} | {call.priority_sent for call in facts.calls.values()})
    return [_response(facts, city, priority) for priority in priorities for city in ("", *cities)]


def _response(facts: Facts, city: str, priority: int) -> Response:
    calls = [
        call for call in facts.calls.values() if call.priority_sent == priority and city in ("", call.city)
    ]
    reached = [value for call in calls if (value := response_s(call, facts)) is not None]
    waiting = [value for call in calls if (value := waited_s(call, facts)) is not None]
    reasons = Counter(why for call in calls if (why := excluded(call, facts)))
    return Response(
        city=city,
        priority=priority,
        calls=len(calls),
        n=len(reached),
        waiting=len(waiting),
        excluded=dict(sorted(reasons.items())),
        quantiles=tuple(_quantile(reached, waiting, percent) for percent in QUANTILES),
        within=tuple(_within(reached, waiting, minutes) for minutes in WITHIN_MIN),
        over_30_min=sum(value > LONG_MIN * 60 for value in (*reached, *waiting)),
    )


def _quantile(reached: Sequence[float], waiting: Sequence[float], percent: int) -> Quantile:
    share = percent / 100
    low, high = quantile_interval(reached, share)
    return Quantile(
        percent=percent,
        value_s=quantile(reached, share),
        low_s=low,
        high_s=high,
        waiting_too_s=kaplan_meier_quantile(reached, waiting, share),
    )


def _within(reached: Sequence[float], waiting: Sequence[float], minutes: int) -> Share:
    """One that still waits counts as soon as it has waited longer: it cannot be within any more."""
    hits = sum(value <= minutes * 60 for value in reached)
    n = len(reached) + sum(value > minutes * 60 for value in waiting)
    low, high = wilson(hits, n)
    return Share(minutes=minutes, hits=hits, n=n, share=hits / n if n else None, low=low, high=high)


# --- steps ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of the work: from one told time to another, of each order or of each call."""

    name: str
    clock: str
    start: Callable[[Mission], int | None]
    end: Callable[[Mission], int | None]


def _state(name: str) -> Callable[[Mission], int | None]:
    return lambda mission: mission.steps.get(name)


_STEPS = (
    _Step("order_ack", "centre", lambda one: one.ordered_ms, lambda one: one.acked_ms),
    _Step("ack_roll", "centre>crew", lambda one: one.acked_ms, _state("EN_ROUTE")),
    _Step("roll_scene", "crew", _state("EN_ROUTE"), _state("ON_SCENE")),
    _Step("scene_leave", "crew", _state("ON_SCENE"), _state("TRANSPORTING")),
    _Step("leave_hospital", "crew", _state("TRANSPORTING"), _state("AT_HOSPITAL")),
    _Step("hospital_free", "crew>centre", _state("AT_HOSPITAL"), lambda one: one.over_ms),
    _Step("reserved_free", "centre", lambda one: one.reserved_ms, lambda one: one.over_ms),
)


def intervals(facts: Facts) -> list[Interval]:
    """Every step as a distribution; times that run backwards are left out and counted."""
    calls = list(facts.calls.values())
    missions = list(facts.missions.values())
    return [
        interval("call_order", "caller>centre", [(one.opened_ms, one.ordered_ms) for one in calls]),
        *(
            interval(step.name, step.clock, [(step.start(one), step.end(one)) for one in missions])
            for step in _STEPS
        ),
        interval("call_scene", "caller>crew", [(one.opened_ms, one.on_scene_ms) for one in calls]),
        interval("call_closed", "caller>centre", [(one.opened_ms, one.closed_ms) for one in calls]),
    ]


def interval(name: str, clock: str, ends: Sequence[tuple[int | None, int | None]]) -> Interval:
    """(start, end) in ms; None: not told. Without a start it is not counted, without an end unfinished."""
    begun = [(start, end) for start, end in ends if start is not None]
    whole = [(end - start) / 1000 for start, end in begun if end is not None]
    values = [value for value in whole if value >= 0]
    backwards = len(whole) - len(values)
    return Interval(
        name=name,
        clock=clock,
        n=len(values),
        unfinished=len(begun) - len(whole),
        excluded={"order_of_times": backwards} if backwards else {},
        quantiles_s={f"p{percent}": quantile(values, percent / 100) for percent in (10, 25, 50, 75, 90, 100)},
        edges_s=EDGES_S,
        counts=tuple(histogram(values, EDGES_S)),
    )
