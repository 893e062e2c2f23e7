"""`czt study blood`: outdates and shortages with no sharing, sharing when short, and moves before outdate."""

import csv
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch.causes import cause
from dispatch.cli.options import ConfigDir
from dispatch.domain.errors import DispatchError
from dispatch.language import N_, _, current
from dispatch.settings import load
from dispatch.text import cell_width, fit, safe_text

if TYPE_CHECKING:
    from simulators.blood_study.scenario import StudyScenario
    from simulators.blood_study.study import Estimate, Question, StudyResult

POLICY_WORDS = {
    "alone": N_("no sharing"),
    "reactive": N_("sharing when short"),
    "proposals": N_("sharing and moves before outdate"),
}
_BAR = 30


def blood(
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", help=_("a TOML file like config/drills/assumptions/blood-study.toml")),
    ] = None,
    replications: Annotated[int, typer.Option("--replications", min=1, max=10_000)] = 30,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 1,
    workers: Annotated[
        int, typer.Option("--workers", min=0, max=64, help=_("processes; 0: one for each core"))
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=_("print comma-separated values"))] = False,
    plot: Annotated[Path | None, typer.Option("--plot", help=_("draw the result to an SVG file"))] = None,
    config: ConfigDir = None,
) -> None:
    """Every policy meets the same demand, so that small differences show."""
    from simulators.blood_study.scenario import load_scenario
    from simulators.blood_study.study import study

    chosen = load_scenario(scenario, config)
    asked = _question(chosen, seed, config)
    found = study(asked, replications, workers or os.cpu_count() or 1, _progress)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    elif as_csv:
        typer.echo(_csv(found), nl=False)
    else:
        typer.echo("\n".join(_lines(found, chosen)))
    if plot is not None:
        _draw(found, plot)


def _question(scenario: "StudyScenario", seed: int, config: Path | None) -> "Question":
    from simulators.blood_study.study import Question

    rules = load(config).move_rules
    for one in rules.components:
        if one.component == scenario.component:
            return Question(scenario, one, rules.edition, rules.caution_z, seed)
    known = ", ".join(one.component for one in rules.components)
    name = safe_text(scenario.component)
    raise DispatchError(_("moves.toml has no rules for {name}; it has: {known}", name=name, known=known))


def _progress(done: int, of: int) -> None:
    """A bar on standard error, where somebody sits in front of it."""
    if not sys.stderr.isatty():
        return
    full = _BAR * done // of
    end = "\n" if done == of else ""
    sys.stderr.write(f"\r[{'#' * full}{'.' * (_BAR - full)}] {done}/{of}{end}")
    sys.stderr.flush()


def _said(value: "Estimate") -> str:
    if value.low is None or value.high is None:
        return f"{value.mean:.2f}"
    return f"{value.mean:.2f} ({value.low:.2f}..{value.high:.2f})"


def _lines(found: "StudyResult", scenario: "StudyScenario") -> list[str]:
    heads = (_("policy"), _("short, % of demand"), _("outdated, % of supply"), _("moved a week"))
    rows = [heads]
    for one in found.outcomes:
        name = _(POLICY_WORDS[one.policy])
        rows.append((name, _said(one.short_pct), _said(one.outdated_pct), _said(one.moved_a_week)))
        rows += [
            (f"  {site.name.text(current())}", _said(each.short_pct), _said(each.outdated_pct), "")
            for site, each in zip(scenario.site, one.sites, strict=True)
        ]
    widths = [max(cell_width(safe_text(row[at])) for row in rows) + 2 for at in range(len(heads))]
    table = [
        "".join(fit(safe_text(cell), wide) for cell, wide in zip(row, widths, strict=True)) for row in rows
    ]
    last = found.outcomes[-1]
    return [
        _(
            "{replications} replications of {days} days, seed {seed}; in brackets 95 % confidence",
            replications=found.replications,
            days=found.days,
            seed=found.seed,
        ),
        _("assumptions: {edition}; rules of moves: {rules}", edition=found.edition, rules=found.rules),
        *(line.rstrip() for line in table),
        _(
            "with moves, against no sharing: outdates {outdated}, shortage {short} percentage points",
            outdated=_said(last.outdated_less_alone),
            short=_said(last.short_less_alone),
        ),
        _("simulated on stated assumptions: directions and sizes, not a forecast"),
    ]


def _csv(found: "StudyResult") -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("policy", "site", "figure", "mean", "low", "high"))
    for one in found.outcomes:
        named = [("", one)] + [(each.site, each) for each in one.sites]
        for site, held in named:
            for figure in type(held).model_fields:
                value = getattr(held, figure)
                if hasattr(value, "low"):
                    rows.writerow((one.policy.value, site, figure, value.mean, value.low, value.high))
    return text.getvalue()


def _draw(found: "StudyResult", file: Path) -> None:
    from simulators.blood_study.plot import draw

    names = [_(POLICY_WORDS[one.policy]) for one in found.outcomes]
    axes = (_("short, % of demand"), _("outdated, % of supply"))
    try:
        draw(found, names, axes, file)
    except OSError as error:
        problem = _("cannot write {file}: {error}", file=file, error=cause(error))
        raise DispatchError(problem) from error
