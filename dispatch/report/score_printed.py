"""A drill's score as lines of text."""

from collections.abc import Iterator

from dispatch.language import N_, _
from dispatch.report.score_model import Better, Score
from dispatch.text import safe_text

WHY_EXCLUDED = {
    "before": N_("of calls from before the shift"),
    "no_unit": N_("calls without an order"),
    "not_arrived": N_("not on scene yet"),
    "called_back": N_("called back, refused or expired before the scene"),
    "times": N_("on scene before the call, by the clocks"),
    "no_place": N_("without a place on the map"),
    "no_base": N_("of units without a configured station"),
}


def score_lines(score: Score) -> list[str]:
    """The comparison, what it rests on, and where hindsight wins most."""
    return list(_lines(score))


def _lines(score: Score) -> Iterator[str]:
    counts = {"n": score.n, "calls": score.calls, "units": score.units}
    yield _("Against hindsight: {n} crews at {calls} calls, {units} units", **counts)
    if not score.n:
        yield "  " + _("no crew was on scene: nothing can be compared")
    else:
        yield from ("  " + line for line in _figures(score))
    left_out = [f"{count} {_(WHY_EXCLUDED[why])}" for why, count in score.excluded.items()]
    yield "  " + _("left out: {what}", what=_("; ").join(left_out) if left_out else _("nothing"))
    if score.assumed_service:
        count = score.assumed_service
        yield "  " + _("{count} crews are not through: the median service time stands in", count=count)
    yield from ("  " + _better(one) for one in score.better)


def _better(one: Better) -> str:
    facts = {
        "incident": safe_text(one.incident),
        "priority": one.priority,
        "unit": safe_text(one.unit),
        "other": safe_text(one.other),
        "was": f"{one.dispatched_min:.1f}",
        "could": f"{one.best_min:.1f}",
    }
    if one.unit == one.other:
        return _("{incident} P{priority}: {unit} {was} min, in another order {could}", **facts)
    return _("{incident} P{priority}: {unit} {was} min, {other} {could}", **facts)


def _figures(score: Score) -> Iterator[str]:
    for row in score.rows:
        facts = {
            "name": _("all") if row.priority == 0 else f"P{row.priority}",
            "n": row.n,
            "observed": f"{row.observed_min:.1f}",
            "was": f"{row.dispatched_min:.1f}",
            "best": f"{row.best_min:.1f}",
        }
        yield _(
            "{name} (n={n}): mean call to scene observed {observed} min; by the model as dispatched {was}, "
            "best plan found {best}",
            **facts,
        )
    totals = {
        "weights": "/".join(f"{one:g}" for one in score.weights),
        "was": f"{score.dispatched_min:.0f}",
        "bound": f"{score.bound_min:.0f}",
        "best": f"{score.best_min:.0f}",
    }
    yield _(
        "weighted {weights}: as dispatched {was} min; the optimum lies between {bound} (no plan can do "
        "better) and {best} (a plan that can be driven)",
        **totals,
    )
    shares = [
        round(100 * (1 - one / score.dispatched_min), 1) + 0.0 for one in (score.best_min, score.bound_min)
    ]  # no -0.0
    yield _("hindsight could have won {low:.1f} to {high:.1f} %", low=shares[0], high=shares[1])
    free = f"{score.free_min:.0f}"
    yield _(
        "the plan knows every call in advance and lends within cap, reserve and gain; without these rules it "
        "would be {free} min; the bound knows no rule of lending",
        free=free,
    )
    if score.crossings:
        names = ", ".join(safe_text(one) for one in score.crossings)
        yield _("closed crossings, as the consoles heard of them, are driven round: {names}", names=names)
