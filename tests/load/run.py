"""Three cities under the load of a region, for as long as asked; then what it came to.

python -m tests.load.run                                 3 x 1,000 units, 60 banks, 10 orders/s, 2 min
python -m tests.load.run --flood 10000 --flood-seconds 30
python -m tests.load.run --soak --seconds 14400          what grows is named, and ends with 1
"""

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.load.report import Run, read_run, text_of
from tests.load.rig import Load, LoadRig

ORDER_AT_MOST_MS = 2_000.0
SOAK_CLOSED_KEPT_S = 120
"""Ended incidents are forgotten after two minutes, not an hour: what is kept by intent is soon level."""
SOAK_ORDERS_PER_S = 3.0


def play(folder: Path, load_: Load, seed: int = 1) -> Run:
    """One run in an empty folder, and what it came to."""
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_run(LoadRig(folder, load_, seed)))
    return read_run(folder)


async def _run(rig: LoadRig) -> None:
    """Told to end, it ends its programs first; what was noted until then is reported all the same."""
    running = asyncio.ensure_future(rig.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


def missed(run: Run, *, soak: bool) -> list[str]:
    """The bars that were not reached, each with what was found."""
    found = []
    for what, orders in (("orders", run.orders), ("orders in the flood", run.in_flood)):
        if orders is not None and orders.wait(0.99) > ORDER_AT_MOST_MS:
            found.append(f"{what}: p99 {orders.wait(0.99):,.0f} ms, wanted {ORDER_AT_MOST_MS:,.0f}")
    if run.lost:
        found.append(f"{run.lost} orders had no end")
    if run.dead:
        found.append(f"ended by themselves: {', '.join(run.dead)}")
    if soak:
        found += [f"{one.program}: {one.what} grows" for one in run.trends if one.grows]
        found += [f"{one.program}: too few samples of {one.what}" for one in run.trends if one.slope is None]
    return found


def main(args: Sequence[str] | None = None) -> int:
    """0: every bar was reached; 1: one was not, and it is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--units", type=int, default=1_000, help="of each city")
    parser.add_argument("--banks", type=int, default=20, help="of each city")
    parser.add_argument("--orders", type=float, help="a second, of all cities")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument(
        "--flood", type=int, default=0, metavar="PER_S", help="messages a second at one broker"
    )
    parser.add_argument("--flood-seconds", type=float, default=30.0)
    parser.add_argument(
        "--soak", action="store_true", help="judge memory, descriptors and logs by their slope"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="an empty folder that keeps everything")
    parser.add_argument("--out", type=Path, help="the report, as Markdown")
    given = parser.parse_args(args)
    orders = given.orders or (SOAK_ORDERS_PER_S if given.soak else 10.0)
    load_ = Load(
        units=given.units,
        banks=given.banks,
        orders_per_s=orders,
        seconds=given.seconds,
        flood_per_s=given.flood,
        flood_s=given.flood_seconds,
        closed_kept_s=SOAK_CLOSED_KEPT_S if given.soak else 3_600,
    )
    with _folder(given.folder) as folder:
        run = play(folder, load_, given.seed)
    text = _head() + text_of(run, with_trends=given.soak)
    bars = missed(run, soak=given.soak)
    text += "\n" + ("\n".join(f"- not reached: {one}" for one in bars) or "Every bar was reached.") + "\n"
    print(text, flush=True)
    if given.out is not None:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text, "utf-8")
    return 1 if bars else 0


def _head() -> str:
    now = datetime.now(UTC)
    return (
        f"# Under load\n\n{now:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}.\n\n"
    )


@contextmanager
def _folder(asked: Path | None) -> Iterator[Path]:
    if asked is None:
        with tempfile.TemporaryDirectory(prefix="czt-load-") as name:
            yield Path(name)
        return
    asked.mkdir(parents=True, exist_ok=True)
    if any(asked.iterdir()):
        raise SystemExit(f"{asked} is not empty: name another folder")
    yield asked.resolve()


if __name__ == "__main__":
    sys.exit(main())
