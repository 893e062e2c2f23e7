"""`czt study run`: policies compared on a synthetic scenario, as text, JSON, CSV and plots."""

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli.options import ConfigDir
from dispatch.domain.errors import DispatchError
from dispatch.language import N_, _, current
from dispatch.settings import load
from dispatch.text import cell_width, safe_text
from simulators.study.compare import Estimate, Replication, by_geography, difference, of, run_all, tasks
from simulators.study.measures import ALL, FIGURES, FIRST, SHARES, plain
from simulators.study.policies import POLICIES
from simulators.study.scenario import Study, load_study, scenario_ids

DEFAULT = "own,overflow,closest,guarded"
BAR_CELLS = 24
SHOWN = (
    "calls",
    "mean_min",
    "p50_min",
    "p90_min",
    "within_15",
    "over_30",
    "wait_mean_min",
    "lent",
    "borrowed",
)
HEADINGS = {
    "calls": N_("calls"),
    "mean_min": N_("mean min"),
    "p50_min": N_("p50"),
    "p90_min": N_("p90"),
    "within_15": N_("≤15 min"),
    "over_30": N_(">30 min"),
    "wait_mean_min": N_("queue min"),
    "lent": N_("lent"),
    "borrowed": N_("borrowed"),
}
Policies = Annotated[
    str, typer.Option("--policies", help=_("by comma: own, overflow, closest, guarded, dmexclp"))
]
AsJson = Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))]
AsCsv = Annotated[bool, typer.Option("--csv", help=_("print comma-separated values"))]
Plots = Annotated[Path | None, typer.Option("--plots", help=_("folder for plots (SVG)"))]
Jobs = Annotated[
    int, typer.Option("--jobs", min=0, max=256, help=_("processes at once; 0: one for each core"))
]


@dataclass(frozen=True)
class Heading:
    """What an answer is about; `note` says how far to trust it."""

    id: str
    name: str
    edition: str
    source: str
    note: str


def scenarios(as_json: AsJson = False, config: ConfigDir = None) -> None:
    """Every scenario with its name."""
    studies = [load_study(name, config) for name in scenario_ids(config)]
    if as_json:
        named = {study.id: study.scenario.model_dump(mode="json") for study in studies}
        typer.echo(json.dumps(named, ensure_ascii=False, indent=2))
        return
    for study in studies:
        typer.echo(f"{study.id:<18} {safe_text(study.scenario.name.text(current()))}")


def policies_of(text: str) -> tuple[str, ...]:
    """The policies that were asked for; DispatchError names those there are."""
    chosen = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in chosen:
        if name not in POLICIES:
            allowed = ", ".join(POLICIES)
            raise DispatchError(
                _("no policy is called {name}; there are: {allowed}", name=name, allowed=allowed)
            )
    if not chosen:
        raise DispatchError(_("--policies: name at least one of {allowed}", allowed=", ".join(POLICIES)))
    return chosen


def run(
    scenario: Annotated[str, typer.Argument(help=_("which scenario: a name, or a .toml file"))],
    policies: Policies = DEFAULT,
    replications: Annotated[
        int, typer.Option("--replications", min=1, max=100_000, help=_("how many days or runs of days"))
    ] = 24,
    geographies: Annotated[
        int, typer.Option("--geographies", min=1, help=_("how many synthetic regions they are spread over"))
    ] = 12,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**40, help=_("same seed, same regions and calls"))
    ] = 1,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    plots: Plots = None,
    jobs: Jobs = 0,
    config: ConfigDir = None,
) -> None:
    """Every policy meets the same calls; the first policy is the base of the differences."""
    study, chosen = load_study(scenario, config), policies_of(policies)
    rules = load(config).dispatch_rules
    work = tasks(study, rules, chosen, replications, seed, min(geographies, replications))
    found = run_all(work, jobs or os.cpu_count() or 1, progress())
    answer(_heading(study), found, as_json=as_json, as_csv=as_csv)
    if plots is not None:
        from simulators.study.plots import draw_plots

        for path in draw_plots(plots, study.id, study.scenario.name.text("en"), found):
            typer.echo(_("written: {file}", file=path), err=True)


def _heading(study: Study) -> Heading:
    name = safe_text(study.scenario.name.text(current()))
    return Heading(
        study.id,
        name,
        study.scenario.edition,
        study.region.source,
        _("synthetic calls and places, no forecast"),
    )


def progress() -> Callable[[int, int], None]:
    """A bar on standard error while somebody looks at it."""
    if not sys.stderr.isatty():
        return lambda _done, _all: None

    def told(done: int, count: int) -> None:
        full = BAR_CELLS * done // count
        end = "\n" if done == count else ""
        typer.echo(f"\r{'█' * full}{'░' * (BAR_CELLS - full)} {done}/{count}{end}", err=True, nl=False)

    return told


def answer(heading: Heading, found: Sequence[Replication], *, as_json: bool, as_csv: bool) -> None:
    """A comparison in the form that was asked for."""
    if as_json:
        typer.echo(json.dumps(document(heading, found), ensure_ascii=False, indent=2))
    elif as_csv:
        typer.echo(_csv(found), nl=False)
    else:
        typer.echo("\n".join(_lines(heading, found)))


def document(heading: Heading, found: Sequence[Replication]) -> dict[str, object]:
    """Everything that was measured, for JSON."""
    policies, base = list(found[0].groups), next(iter(found[0].groups))
    groups = list(found[0].groups[base])
    return {
        "scenario": heading.id,
        "note": heading.note,
        "edition": heading.edition,
        "source": heading.source,
        "base": base,
        "replications": len(found),
        "geographies": len({one.geography_seed for one in found}),
        "interval": "Student t over replications, 95 %; differences paired by replication",
        "policies": {
            policy: {
                group: {figure: _plain(of(found, policy, group, figure)) for figure in FIGURES}
                for group in groups
            }
            for policy in policies
        },
        "differences": {
            policy: {
                group: {figure: _plain(difference(found, policy, base, group, figure)) for figure in FIGURES}
                for group in groups
            }
            for policy in policies
            if policy != base
        },
        "mean_min_by_geography": {
            policy: {
                group: {
                    str(seed): _number(value)
                    for seed, value in by_geography(found, policy, base, group, "mean_min").items()
                }
                for group in groups
            }
            for policy in policies
            if policy != base
        },
        "loans": {policy: _loans(found, policy) for policy in policies},
        "runs": [
            {
                "seed": one.seed,
                "geography": one.geography_seed,
                "policies": {policy: plain(figures) for policy, figures in one.groups.items()},
            }
            for one in found
        ],
    }


def _loans(found: Sequence[Replication], policy: str) -> dict[str, dict[str, float]]:
    count = len(found)
    return {
        pair: {
            figure: sum(one.loans[policy][pair][figure] for one in found) / count
            for figure in ("loans", "hours")
        }
        for pair in found[0].loans[policy]
    }


def _plain(value: Estimate) -> dict[str, float | int | None]:
    return {"mean": _number(value.mean), "half_width": _number(value.half), "n": value.n}


def _number(value: float) -> float | None:
    return None if isnan(value) else value


def _csv(found: Sequence[Replication]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("seed", "geography", "policy", "group", *FIGURES))
    for one in found:
        for policy, groups in one.groups.items():
            for group, figures in groups.items():
                values = ["" if isnan(figures[name]) else repr(figures[name]) for name in FIGURES]
                writer.writerow((one.seed, one.geography_seed, policy, group, *values))
    return text.getvalue()


def _lines(heading: Heading, found: Sequence[Replication]) -> list[str]:
    policies, base = list(found[0].groups), next(iter(found[0].groups))
    regions = len({one.geography_seed for one in found})
    lines = [
        f"{heading.name} — {heading.note}",
        _(
            "{runs} replications, {regions} regions; every policy meets the same calls",
            runs=len(found),
            regions=regions,
        ),
        _("means over replications ± 95 % half width; minutes from call to arrival"),
    ]
    cities = [group for group in found[0].groups[base] if FIRST not in group]
    heads = [_("policy"), *(_(HEADINGS[figure]) for figure in SHOWN), _("against {base}", base=base)]
    for group in (*cities, f"{ALL} {FIRST}"):
        rows = [
            [
                policy,
                *(_cell(figure, of(found, policy, group, figure)) for figure in SHOWN),
                _against(found, policy, base, group),
            ]
            for policy in policies
        ]
        lines += ["", _("all cities") if group == ALL else _group(group), *_table([heads, *rows])]
    lines += ["", _("lent, unit-hours a replication (lender>asking city)")]
    for policy in policies:
        loans = _loans(found, policy)
        said = "  ".join(f"{pair} {one['hours']:.1f}" for pair, one in loans.items() if one["loans"])
        lines.append(f"  {policy:<9} {said or '—'}")
    return lines


def _group(group: str) -> str:
    return _("priority 1, all cities") if group.startswith(ALL) else group


def _cell(figure: str, value: Estimate) -> str:
    if isnan(value.mean):
        return "—"
    scale, sign = (100, " %") if figure in SHARES else (1, "")
    half = "" if isnan(value.half) or figure != "mean_min" else f" ±{value.half * scale:.2f}"
    places = 2 if figure == "mean_min" else (0 if figure == "calls" else 1)
    return f"{value.mean * scale:.{places}f}{half}{sign}"


def _against(found: Sequence[Replication], policy: str, base: str, group: str) -> str:
    if policy == base:
        return "—"
    value = difference(found, policy, base, group, "mean_min")
    if isnan(value.mean):
        return "—"
    return f"{value.mean:+.2f}" + ("" if isnan(value.half) else f" ±{value.half:.2f}")


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(cell_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            cell + " " * (width - cell_width(cell)) if place == 0 else " " * (width - cell_width(cell)) + cell
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
