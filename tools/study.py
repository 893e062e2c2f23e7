#!/usr/bin/env python3
"""Run the long proofs and the three-city study, and write docs/validation.md: `make study`.

A missed bar is written down and fails nothing. `--scale 0.1` runs a tenth of the length, and then
nothing is written unless `--write` says so. With `--keep FOLDER` a run that was interrupted goes on
where it stopped.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

import numpy as np

from dispatch import __version__
from dispatch.clock import SystemClock
from simulators.study.calibrate import QUANTILES, Calibrated, calibrate, find_stamps
from simulators.study.compare import Replication, Task, run_all, tasks
from simulators.study.plots import draw_fits, draw_plots
from simulators.study.scenario import load_study
from simulators.study.tables import read_table
from tests.unit.decide.decide_world import DISPATCH_RULES
from tools.study_proofs import REGION_DAYS, SCENARIOS, Proof, region_tasks, table, three_cities, work

Job = tuple[Callable[..., list[Proof]], tuple[object, ...]]
DOCS = Path(__file__).parents[1] / "docs"
DOCUMENT = DOCS / "validation.md"
IMAGES = DOCS / "images"
POLICIES = ("own", "overflow", "closest", "guarded", "dmexclp")
SEED, GEOGRAPHIES = 20261126, 12
LONGEST_MIN = 240.0
INTRODUCTION = """\
# Validation

Written by `make study` from what it measured; do not edit. What the study engine is held against, the
bar, and what came out. References (Erlang's formulas, Larson's exact hypercube model, a plain simulation,
a SimPy model) are computed by code of their own in tests/unit/study. In the queues the drawn gaps and
service times are scaled so that their sample means are exact (less noise, same laws). Short forms of the
same proofs run with `make test`. [studies.md](studies.md) says how the engine works and what it leaves out.
"""
CITIES = """\
## Three cities

Regions and calls are synthetic: 79 units, 256 nodes, about 650 calls a day, drawn anew from a seed for each
of {geographies} regions; {replications} replications of a day after half a day of warm-up; every policy
meets the same calls. The region's extent, the fleets and the demand of "busy" were set so that the policy
"own" comes near the own-city column of the design study (15.5 min on an ordinary day) in twelve other
regions than these; nothing was set by looking at the guarded policy. Minutes from call to arrival, mean
over replications; in brackets the paired difference from own city only, ± half of the 95 % interval. A
region's difference is a mean of {each} days and about ± 1.2 min; "worst in one region" of `normal`, whose bar
is +0.2 min, was measured on other and more days. Directions and sizes, not forecasts.
"""


def main() -> int:
    """Measure everything."""
    options = _parser().parse_args()
    begun = time.perf_counter()
    keep = _Kept(options.keep)
    proofs = _proofs(options.scale, options.jobs, keep)
    found: dict[str, list[Replication]] = {}
    replications = options.replications or max(GEOGRAPHIES, round(120 * options.scale))
    for name in SCENARIOS:
        _tell(f"three cities: {name}\n")
        seeds = tasks(load_study(name), DISPATCH_RULES, POLICIES, replications, SEED, GEOGRAPHIES)
        found[name] = keep.replications(f"{name}-{len(seeds)}", seeds, options.jobs)
    regions: dict[str, list[Replication]] = {}
    for name in REGION_DAYS:
        _tell(f"three cities: {name}, each region\n")
        seeds = region_tasks(name, SEED, GEOGRAPHIES, replications / 120)
        regions[name] = keep.replications(f"regions-{name}-{len(seeds)}", seeds, options.jobs)
    proofs += three_cities(found, regions)
    fits = _fits(options.responses)
    for proof in proofs:
        verdict = _verdict(proof).ljust(10)
        _tell(f"{verdict} {proof.part}: {proof.what}: {proof.measured} ({proof.bar})\n")
    if options.scale >= 1 or options.write:
        for name in SCENARIOS:
            draw_plots(IMAGES, name, load_study(name).scenario.name.text("en"), found[name])
        DOCUMENT.write_text(_document(proofs, found, fits, time.perf_counter() - begun, options), "utf-8")
        _tell(f"written to docs/{DOCUMENT.name}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.study", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full length")
    parser.add_argument("--jobs", type=int, default=cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help="write the documents of a shorter run too")
    parser.add_argument("--replications", type=int, help="days of the three-city study; 120 x scale")
    parser.add_argument("--keep", type=Path, help="folder for what is measured already")
    parser.add_argument("--responses", type=Path, help="CSV of real responses, for the fits")
    return parser


def _call(job: Job) -> list[Proof]:
    function, arguments = job
    return function(*arguments)


def _proofs(scale: float, jobs: int, keep: "_Kept") -> list[Proof]:
    todo = work(scale)
    missing = [job for job in todo if keep.proofs(job) is None]
    with get_context("spawn").Pool(jobs) as pool:
        for job, proofs in zip(missing, pool.imap(_call, missing), strict=True):
            keep.put(job, proofs)
            _tell("".join(f"{proof.part}: {proof.what}: {proof.measured}\n" for proof in proofs))
    return [proof for job in todo for proof in keep.proofs(job) or []]


class _Kept:
    """What is measured already, in memory and, where a folder is named, on the disk."""

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._held = folder, dict[str, list[Proof]]()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for file in folder.glob("proof-*.json"):
                said = json.loads(file.read_text("utf-8"))
                self._held[said["job"]] = [Proof(**proof) for proof in said["proofs"]]

    @staticmethod
    def _name(job: Job) -> str:
        return f"{job[0].__name__}{job[1]}"

    def proofs(self, job: Job) -> list[Proof] | None:
        return self._held.get(self._name(job))

    def put(self, job: Job, proofs: list[Proof]) -> None:
        name = self._name(job)
        self._held[name] = proofs
        if self._folder is not None:
            said = {
                "job": name,
                "proofs": [
                    asdict(proof) | {"met": None if proof.met is None else bool(proof.met)}
                    for proof in proofs
                ],
            }
            file = self._folder / f"proof-{len(self._held) + 100:03d}.json"
            file.write_text(json.dumps(said), "utf-8")

    def replications(self, name: str, todo: list[Task], jobs: int) -> list[Replication]:
        file = None if self._folder is None else self._folder / f"{name}.json"
        if file is not None and file.is_file():
            return [
                Replication(**one | {"response": {p: np.array(v) for p, v in one["response"].items()}})
                for one in json.loads(file.read_text("utf-8"))
            ]
        found = run_all(todo, jobs)
        if file is not None:
            plain = [
                asdict(one) | {"response": {p: v.tolist() for p, v in one.response.items()}} for one in found
            ]
            file.write_text(json.dumps(plain), "utf-8")
        return found


def _fits(path: Path | None) -> list[Calibrated]:
    if path is None:
        return []
    found = calibrate(find_stamps(read_table(path), {}), LONGEST_MIN)
    IMAGES.mkdir(exist_ok=True)
    draw_fits(IMAGES / "study-calibration.svg", found)
    return found


def _document(
    proofs: list[Proof],
    found: dict[str, list[Replication]],
    fits: list[Calibrated],
    took_s: float,
    options: argparse.Namespace,
) -> str:
    barred = [bool(proof.met) for proof in proofs if proof.met is not None]
    lasted = (
        f"{took_s / 60:.0f} minutes on {options.jobs} cores" if options.keep is None else "in several runs"
    )
    lines = [INTRODUCTION]
    lines.append(
        f"{sum(barred)} of {len(barred)} bars met. czt {__version__}, {SystemClock().now():%Y-%m-%d}, "
        f"scale {options.scale:g}, {lasted}.\n"
    )
    lines += ["| proof | what | measured | bar | |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {p.part} | {p.what} | {p.measured} | {p.bar} | {_verdict(p)} |" for p in proofs]
    replications = len(next(iter(found.values())))
    each = replications // GEOGRAPHIES
    lines.append("\n" + CITIES.format(geographies=GEOGRAPHIES, replications=replications, each=each))
    for name, runs in found.items():
        lines += [f"### {load_study(name).scenario.name.text('en')} (`{name}`)\n", *table(runs), ""]
        lines += [f"![response times](images/study-{name}-response.svg)\n"]
        lines += [f"![differences](images/study-{name}-difference.svg)\n"]
    lines += _fit_lines(fits, options.responses)
    return "\n".join(lines).rstrip() + "\n"


def _verdict(proof: Proof) -> str:
    return "" if proof.met is None else ("met" if proof.met else "**missed**")


def _fit_lines(fits: list[Calibrated], path: Path | None) -> list[str]:
    lines = ["## Laws fitted to real responses\n"]
    if path is None:
        return [*lines, "Not measured in this run: give a file by `--responses`.\n"]
    lines.append(
        f"`czt study calibrate --file {path.name}`: fitted to every other row, judged (KS) on the rows "
        "between. Other country, other service: shapes carry over at most, medians do not.\n"
    )
    heads = " | ".join(f"p{100 * part:g}" for part in QUANTILES)
    lines += [
        f"| duration | law | n | {heads} | KS |",
        "| --- | --- | ---: " + "| ---: " * (len(QUANTILES) + 1) + "|",
    ]
    for one in fits:
        cells = " | ".join(f"{value:.2f}" for value in one.quantiles)
        lines.append(f"| {one.name} | measured | {one.n:,} | {cells} | |")
        for fit in one.fits:
            cells = " | ".join(f"{value:.2f}" for value in fit.quantiles)
            lines.append(f"| | {fit.law} | | {cells} | {fit.ks:.4f} |")
    return [*lines, "\n![fits](images/study-calibration.svg)\n"]


def _tell(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
