"""The bounded rule of config/rules/units.toml over plain lists: what `rank_units` puts on rank 1.

A study asks a thousand times a second, so the rule is written out here without pictures, positions
and reasons; a test holds both to the same unit on thousands of random states. Units are numbered in
the order of their ids: the lower number is the tie-break of the rule.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from dispatch.decide.rules import UnitRules


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the rule says for one priority."""

    cap_min: float
    reserve: tuple[int, ...]
    """Free units each city keeps when it lends."""
    gain_min: float
    slack_min: float
    target_min: float


def bounds(rules: UnitRules, fleet: Sequence[int], urgency: int) -> Bounds:
    """The bounds for priority `urgency` + 1 and cities with so many units."""
    share = rules.lending_reserve[urgency]
    return Bounds(
        cap_min=rules.lending_cap_min[urgency],
        reserve=tuple(ceil(share * units - 1e-9) for units in fleet),
        gain_min=rules.lending_gain_min[urgency],
        slack_min=rules.slack_min[urgency],
        target_min=rules.target_min[urgency],
    )


def choose(
    free: Sequence[tuple[float, int, int]],
    asking: int,
    free_in: Sequence[int],
    bound: Bounds,
    loss: Callable[[Sequence[int]], Sequence[float]],
) -> int | None:
    """The unit to send: `free` are (ETA minutes, unit, city); `loss` says what cover each unit takes."""
    allowed = sorted(lendable(free, asking, free_in, bound))
    if not allowed:
        return None
    if bound.slack_min == 0:
        return allowed[0][1]
    best = allowed[0][0]
    latest = best + bound.slack_min
    if best <= bound.target_min:
        latest = min(latest, bound.target_min)
    window = [unit for minutes, unit, _city in allowed if minutes <= latest]
    if len(window) == 1:
        return window[0]
    lost = [round(value, 9) for value in loss(window)]
    return window[lost.index(min(lost))]


def lendable(
    free: Sequence[tuple[float, int, int]], asking: int, free_in: Sequence[int], bound: Bounds
) -> list[tuple[float, int, int]]:
    """Own units, and those of others within the cap, above the reserve and with enough to gain."""
    own = [entry for entry in free if entry[2] == asking]
    least = min(own)[0] if own else None
    keeps = [units - 1 >= kept for units, kept in zip(free_in, bound.reserve, strict=True)]
    return own + [
        entry
        for entry in free
        if entry[2] != asking
        and keeps[entry[2]]
        and entry[0] <= bound.cap_min
        and (least is None or least - entry[0] >= bound.gain_min)
    ]
