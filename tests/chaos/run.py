"""`make chaos`: as many simulated lives as asked for, on every core; then cities/run.py, real processes.

python -m tests.chaos.run --events 100000000
python -m tests.chaos.run --seeds 123456            one life again, and what went wrong in it
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.chaos.world import Outcome, simulate

LIFE = 2_500
LIVES_A_PIECE = 8
SAY_EVERY_S = 10.0


@dataclass
class Sum:
    """What all lives so far came to."""

    lives: int = 0
    events: int = 0
    requests: int = 0
    confirmed: int = 0
    lent: int = 0
    crashes: int = 0
    calls: int = 0
    conflicts: int = 0

    def add(self, life: Outcome) -> None:
        self.lives += 1
        self.events += life.events
        self.requests += life.requests
        self.confirmed += life.confirmed
        self.lent += life.lent
        self.crashes += life.crashes
        self.calls += life.calls
        self.conflicts += life.conflicts

    def __str__(self) -> str:
        return (
            f"{self.events:,} events of {self.lives:,} lives: {self.requests:,} requests, "
            f"{self.confirmed:,} confirmed, {self.lent:,} of lent units, {self.crashes:,} deaths, "
            f"{self.calls:,} calls, {self.conflicts:,} of them in conflict"
        )


def _piece(first: int) -> list[tuple[int, Outcome]]:
    return [(seed, simulate(seed, LIFE)) for seed in range(first, first + LIVES_A_PIECE)]


def _pieces(first: int) -> Iterator[int]:
    while True:
        yield first
        first += LIVES_A_PIECE


def live(events: int, first: int, cores: int) -> bool:
    """So many events on so many cores; False at the first violation, which is told with its seed."""
    total, begun = Sum(), time.monotonic()
    said = begun
    with multiprocessing.Pool(cores) as pool:
        for piece in pool.imap_unordered(_piece, _pieces(first)):
            for seed, life in piece:
                total.add(life)
                if life.violation:
                    print(f"seed {seed}: {life.violation}\nafter {total}", flush=True)
                    return False
            now = time.monotonic()
            done = total.events >= events
            if done or now - said >= SAY_EVERY_S:
                said = now
                rate = total.events / (now - begun)
                share = min(1.0, total.events / events)
                print(f"{share:6.1%}  {total}, 0 violations, {rate:,.0f} events/s", flush=True)
            if done:
                return True
    return True


def main() -> int:
    """0: nothing that must not happen happened."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=int(os.environ.get("CZT_EVENTS", "100000000")))
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="only this life")
    given = parser.parse_args()
    if given.seed is not None:
        print(simulate(given.seed, LIFE))
        return 0
    return 0 if live(given.events, given.first, given.cores) else 1


if __name__ == "__main__":
    sys.exit(main())
