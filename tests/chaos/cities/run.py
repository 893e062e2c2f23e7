"""Three cities of real processes under a bad network, killed again and again; then what it came to.

python -m tests.chaos.cities.run --seconds 90 --seed 1 --broker embedded --out out/chaos
python -m tests.chaos.cities.run --seconds 600 --broker every
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from dispatch.feed.broker import find_program
from tests.chaos.cities.cities_rig import CitiesRig, Kind
from tests.chaos.cities.evidence import collect
from tests.chaos.cities.report import failed, report_of, text_of

BROKERS: dict[str, Kind] = {"mosquitto": "mosquitto", "embedded": "nats", "cluster": "nats-cluster"}
PROGRAMS: dict[Kind, Literal["mosquitto", "nats"]] = {
    "mosquitto": "mosquitto",
    "nats": "nats",
    "nats-cluster": "nats",
}


def play(folder: Path, broker: str, seconds: float, seed: int) -> dict[str, Any]:
    """One run in an empty folder, and its report."""
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(CitiesRig(folder, BROKERS[broker], seconds, seed).run())
    report = report_of(collect(folder), folder)
    (folder / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False), "utf-8")
    return report


def main(args: Sequence[str] | None = None) -> int:
    """0: every bar was reached; 1: one was not, and it is named (0 with --report-only)."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=90.0, help="calm, chaos and healing together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broker", choices=[*BROKERS, "every"], default="embedded")
    parser.add_argument("--out", type=Path, help="an empty folder that keeps all: OUT/BROKER/report.json")
    parser.add_argument(
        "--report-only",
        action="store_true",
        help="end with 0 whatever was found, as on a busy machine",
    )
    given = parser.parse_args(args)
    here = [one for one, kind in BROKERS.items() if find_program(PROGRAMS[kind]) is not None]
    good = True
    with _folder(given.out) as folder:
        for broker in here if given.broker == "every" else [given.broker]:
            report = play(folder / broker, broker, given.seconds, given.seed)
            print(text_of(report), flush=True)
            for bar in (missed := failed(report)):
                print(f"  not reached: {bar}", flush=True)
            good = good and not missed
    return 0 if good or given.report_only else 1


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is None:
        with tempfile.TemporaryDirectory(prefix="cities-") as name:
            yield Path(name)
        return
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise SystemExit(f"{out} is not empty: name another folder")
    yield out.resolve()


if __name__ == "__main__":
    sys.exit(main())
