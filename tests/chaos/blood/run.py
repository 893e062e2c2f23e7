"""`python -m tests.chaos.blood.run --events 1000000`: as many simulated races for blood as asked for."""

import argparse
import multiprocessing
import os
import sys
import time

from tests.chaos.blood.world import Outcome, simulate

LIFE = 2_500


def _life(seed: int) -> tuple[int, Outcome]:
    return seed, simulate(seed, LIFE)


def main() -> int:
    """0: nothing that must not happen happened."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=int(os.environ.get("CZT_BLOOD_EVENTS", "1000000")))
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    events = lives = holds = granted = issued = conflicts = deaths = 0
    begun = time.monotonic()
    with multiprocessing.Pool(given.cores) as pool:
        for seed, life in pool.imap_unordered(_life, range(given.first, given.first + given.events)):
            events, lives, holds = events + life.events, lives + 1, holds + life.holds
            granted, issued = granted + life.granted, issued + life.issued
            conflicts, deaths = conflicts + life.conflicts, deaths + life.deaths
            if life.violation:
                print(f"seed {seed}: {life.violation}", flush=True)
                return 1
            if events >= given.events:
                pool.terminate()
                break
    rate = events / (time.monotonic() - begun)
    print(
        f"{events:,} events of {lives:,} lives: {holds:,} holds, {granted:,} granted, {issued:,} issued, "
        f"{conflicts:,} falls of the stock, {deaths:,} deaths; 0 violations, {rate:,.0f} events/s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
