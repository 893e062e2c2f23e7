"""Three cities on three hosts, cables cut and programs killed: every set of cut cables, many seeds.

make cities                                        all eight sets x 20 seeds, cuts of 1 to 600 s: hours
make cities ARGS="--seeds 6 --longest 60"          a shorter form
make cities ARGS="--beside 6"                      six cases at a time: cut cables are mostly waited for
make cities ARGS="--only CX+CZ-07"                 one case again; its files stay in out/cities/CX+CZ-07

It goes on where it was ended: cases that were run with the same lengths are not run again. The report is
out/cities/report.md. Exit code 0: every case that was to be run is good; 1: one is not, or was not run; 3: no
hosts can be made here.
"""

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from dispatch.feed.broker import find_program
from tests.chaos.cities.small_cities import ROOT
from tests.chaos.hosts.cases import CUT_SETS, Case, draw, longest_cut_s
from tests.chaos.hosts.clocks import Clocks
from tests.chaos.hosts.hosts_rig import HostsRig
from tests.chaos.hosts.judging import judged
from tests.chaos.hosts.network import Hosts, NoNamespaces, try_here
from tests.chaos.hosts.totals import Result, good, line_of, text_of

CANNOT = 3


def why_not() -> str:
    """Why no hosts can be made here; empty: they can."""
    if find_program("mosquitto") is None:
        return "mosquitto is not installed (apt-get install mosquitto)"
    try:
        try_here()
    except NoNamespaces as why:
        return str(why)
    return ""


def play(case: Case, folder: Path) -> Result:
    """One case in an empty folder, on hosts of its own."""
    with Hosts() as hosts:
        asyncio.run(HostsRig(folder, case, hosts).run())
    return judged(case, folder)


def cases(seeds: int, longest_s: float) -> Iterator[Case]:
    """Seed by seed, so that what was run is spread over all sets whenever it is ended."""
    for seed in range(1, seeds + 1):
        for pairs in CUT_SETS:
            yield draw(pairs, seed, longest_cut_s(seed, seeds, longest_s))


def main(args: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--longest", type=float, default=600.0, help="seconds of the longest cut")
    parser.add_argument("--beside", type=int, default=1, help="cases at a time, each on hosts of its own")
    parser.add_argument("--only", action="append", help="a case by its name; may be given several times")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "cities")
    given = parser.parse_args(args)
    if missing := why_not():
        print(f"three hosts cannot be made here: {missing}", file=sys.stderr)
        return CANNOT
    if not Clocks.can_be_wrong():
        print("no C compiler (cc): every clock stays right", file=sys.stderr)
    out = given.out.resolve()
    (out / "results").mkdir(parents=True, exist_ok=True)
    wanted = [one for one in cases(given.seeds, given.longest) if not given.only or one.name in given.only]
    if given.only and len(wanted) != len(set(given.only)):
        parser.error("no such case; a name is like CX+CZ-07 or none-01")
    results = sorted(_run(wanted, out, given.beside, again=bool(given.only)), key=lambda one: one["case"])
    (out / "report.md").write_text(text_of(results, given.seeds, given.longest), "utf-8")
    print(f"{sum(map(good, results))} of {len(results)} cases good; the report: {out / 'report.md'}")
    return 0 if len(results) == len(wanted) and all(map(good, results)) else 1


def _run(wanted: list[Case], out: Path, beside: int, *, again: bool) -> Iterator[Result]:
    """Each result, from its file where it was run before; an interruption leaves what was run."""
    begun, left = time.monotonic(), list[Case]()
    for case in wanted:
        known = _known(case, out)
        if known is None or again:
            left.append(case)
        else:
            yield known
    with ProcessPoolExecutor(beside, get_context("spawn")) as workers:
        running = {workers.submit(play, case, _emptied(out / case.name)): case for case in left}
        try:
            for number, done in enumerate(as_completed(running), len(wanted) - len(left) + 1):
                case = running[done]
                if (error := done.exception()) is not None:
                    print(f"{case.name} was not run to its end: {error!r}", flush=True)
                    continue
                result = done.result()
                _result_file(case, out).write_text(
                    json.dumps({"about": repr(case), "result": result}, ensure_ascii=False, indent=1), "utf-8"
                )
                spent_s = time.monotonic() - begun
                print(f"[{number}/{len(wanted)}, {spent_s:.0f} s] {line_of(result)}", flush=True)
                for told in result["told"][:10]:
                    print(f"    {told}", flush=True)
                if good(result) and not again:
                    shutil.rmtree(out / case.name, ignore_errors=True)
                yield result
        except KeyboardInterrupt:
            print("interrupted: cases were not run to their end; start again to go on", flush=True)
            workers.shutdown(cancel_futures=True)


def _result_file(case: Case, out: Path) -> Path:
    return out / "results" / f"{case.name}.json"


def _known(case: Case, out: Path) -> Result | None:
    """What the same case came to before."""
    file = _result_file(case, out)
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return known["result"] if known.get("about") == repr(case) else None


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
