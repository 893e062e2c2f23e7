"""In which phase a supply is: worse at once, better only when it is well over the threshold."""

from dispatch.blood.rules import RANK, CountFloor, Phase, PhaseRule


def phase_at(days: float, rule: PhaseRule) -> Phase:
    """The phase by the thresholds alone."""
    steps = (
        (Phase.RED, rule.red_days),
        (Phase.AMBER, rule.amber_days),
        (Phase.PRE_AMBER, rule.pre_amber_days),
    )
    found = (phase for phase, below in steps if below is not None and days < below)
    return next(found, Phase.GREEN)


def phase_after(before: Phase | None, days: float, rule: PhaseRule) -> Phase:
    """The phase that follows `before` (None: nothing is known yet) at so many days of cover.

    Between a threshold and the threshold plus `back_days` nothing changes, so that a supply that moves
    within that band never flaps.
    """
    now = phase_at(days, rule)
    if before is None or RANK[now] >= RANK[before]:
        return now
    cleared = phase_at(days - rule.back_days, rule)
    return cleared if RANK[cleared] < RANK[before] else before


def count_phase_after(before: Phase | None, units: int, floor: CountFloor) -> Phase:
    """The same by a count: none is red, fewer than `least` amber, enough again at `least` plus `back`."""
    if units <= 0:
        return Phase.RED
    short = before is not None and before is not Phase.GREEN
    return Phase.AMBER if units < floor.least + (floor.back if short else 0) else Phase.GREEN
