"""`make reliability`: the long forms of the proofs that CI runs short, and a report of what they found.

python -m tests.reliability.run                     everything, hours
python -m tests.reliability.run --scale 0.01        a hundredth of it
python -m tests.reliability.run --only power-cuts
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTEST = ("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Proof:
    """One row of the report: `count` units of `what`, given to the command by `variable` or as `{count}`."""

    name: str
    what: str
    count: int
    command: tuple[str, ...]
    variable: str = ""
    least: int = 1


PROOFS = (
    Proof(
        "kills",
        "writers of an audit log killed with SIGKILL: every acknowledged row is kept",
        1_000,
        (*PYTEST, "tests/audit/test_durability.py"),
        "CZT_KILLS",
    ),
    Proof(
        "power-cuts",
        "power cuts under each of audit log, centre and vehicle: nothing promised is lost, and without "
        "the syncs something is",
        10_000,
        (*PYTEST, "tests/reliability/test_power_cut.py"),
        "CZT_POWER_CUTS",
        200,
    ),
    Proof(
        "orders",
        "events in simulated cities under loss, cuts and deaths: no unit sent twice, nothing left undecided",
        1_000_000_000,
        ("-m", "tests.chaos.run", "--events", "{count}"),
    ),
    Proof(
        "blood",
        "events of simulated holds and custody: never more held than there is",
        100_000_000,
        ("-m", "tests.chaos.blood.run", "--events", "{count}"),
    ),
    Proof(
        "fuzz",
        "times 48,000 messages of every type, whole and damaged: each is taken, or refused and kept",
        2_500,
        (*PYTEST, "tests/unit/feed/test_fuzz_every_type.py", "tests/unit/feed/test_intake_fuzz.py"),
        "CZT_FUZZ",
    ),
    Proof(
        "flood",
        "seconds of 10,000 messages a second at a broker of three cities with 1,000 units each and ten "
        "orders a second: the crew's answer is in sight within 2 s (p99)",
        600,
        ("-m", "tests.load.run", "--flood", "10000", "--flood-seconds", "{count}"),
        least=20,
    ),
    Proof(
        "soak",
        "seconds of three cities at work: memory, file descriptors and write-ahead logs stay flat",
        14_400,
        ("-m", "tests.load.run", "--soak", "--seconds", "{count}"),
        least=600,
    ),
    Proof(
        "cities",
        "seconds of three cities of real programs and brokers, everything killed in turn",
        86_400,
        ("-m", "tests.chaos.cities.run", "--broker", "every", "--seconds", "{count}"),
        least=90,
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What one proof came to."""

    proof: Proof
    count: int
    passed: bool
    seconds: float
    last_words: str


def prove(proof: Proof, scale: float) -> Outcome:
    """Run one proof at a scale, with its output on the screen."""
    count = max(proof.least, round(proof.count * scale))
    command = [sys.executable, *(part.format(count=count) for part in proof.command)]
    more = {proof.variable: str(count)} if proof.variable else {}
    began, said = time.monotonic(), ""
    running = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | more, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert running.stdout is not None
    for line in running.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        said = line.strip() or said
    return Outcome(proof, count, running.wait() == 0, time.monotonic() - began, said)


def report(outcomes: Sequence[Outcome], moment: datetime) -> str:
    """The outcomes as a Markdown table."""
    rows = [
        f"| {one.proof.name} | {one.count:,} {one.proof.what} | {'passed' if one.passed else 'FAILED'} "
        f"| {one.seconds / 60:.1f} | {one.last_words.replace('|', '/')} |"
        for one in outcomes
    ]
    return "\n".join(
        [
            "# Reliability",
            "",
            f"{moment:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, Python {platform.python_version()}. What "
            "was not seen in so many trials may still happen: read every figure as *0 in so many*.",
            "",
            "| proof | what | outcome | minutes | last words |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the full length to run")
    parser.add_argument("--only", choices=[proof.name for proof in PROOFS], action="append")
    parser.add_argument("--out", type=Path, default=Path("out/reliability.md"))
    asked = parser.parse_args()
    outcomes: list[Outcome] = []
    for proof in PROOFS:
        if asked.only and proof.name not in asked.only:
            continue
        print(f"== {proof.name}", flush=True)
        outcomes.append(prove(proof, asked.scale))
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(report(outcomes, datetime.now(UTC)), "utf-8")
    print(report(outcomes, datetime.now(UTC)))
    return 0 if outcomes and all(one.passed for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
