"""What one frame of the stock costs with 60 banks and 20,000 lots: amounts and days of cover."""

import asyncio
import gc
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dispatch.blood.book import CoverBook
from dispatch.blood.cover import lead_of
from dispatch.console.present import AgeLimits, Scene
from dispatch.console.present_blood import BankCounts
from dispatch.console.present_cover import DaysCells, days_table
from dispatch.console.present_stock import StockLimits, stock_table
from dispatch.console.widgets.matrix import StockMatrix
from dispatch.domain.blood import Bank, BankId, BloodGroup, Lot, LotId
from dispatch.domain.model import Name
from dispatch.picture.cities import Sight
from dispatch.picture.live import Picture
from dispatch.picture.stock_days import BankDays, DayCounts, day_of, days_before
from dispatch.settings import Configuration, load
from tests.performance.bench_boards import OneWidget
from tests.performance.figures import Line, Say, Section, median, percentile
from tests.performance.terminal import COLUMNS, LINES

BANKS, LOTS, FRAMES = 60, 20_000, 60
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SIZES = {f"{COLUMNS}x{LINES}": ((COLUMNS, LINES), 25.0), "240x67": ((240, 67), 40.0)}
ABOUT = f"""\
One frame of the stock matrix with {BANKS} banks and {LOTS:,} lots in the second in which ages move on and one
bank says a difference: counting, cover and phases, and painting, without a terminal. Processor milliseconds a
frame, {FRAMES} frames. The whole reckoning stands beside: every bank anew, as after a start."""


def stocked(configuration: Configuration) -> Picture:
    """The cities with so many banks that all of them tell 28 days, and so many lots."""
    rng = random.Random(7)
    cities = configuration.cities
    banks = [
        Bank(
            id=BankId(f"{cities[number % 3].prefix}-B-{number:03d}"),
            city=cities[number % 3].code,
            name=Name(zh=f"血库{number:02d}", en=f"Bank {number:02d}"),
            position=cities[number % 3].centre,
        )
        for number in range(BANKS)
    ]
    picture = Picture(cities=cities, banks=banks, components=configuration.components)
    for city in picture.cities:
        picture.sight[city].sight = Sight.LIVE
    groups, components = list(BloodGroup), [one.code for one in configuration.components]
    lots: dict[BankId, list[Lot]] = {bank.id: [] for bank in banks}
    for number in range(LOTS):
        home = banks[number % BANKS].id
        lot = Lot.model_construct(
            id=LotId(f"L{number:06d}"),
            component=components[rng.randrange(len(components))],
            group=groups[rng.randrange(8)],
            quantity=rng.randint(1, 12),
            expires_at=NOW + timedelta(hours=rng.uniform(1, 800)),
        )
        lots[home].append(lot)
    days = days_before(day_of(NOW), 28)
    for bank in banks:
        picture.stock.apply_snapshot(bank.id, 1, NOW, NOW, lots[bank.id])
        series = {
            (code, group): DayCounts(
                tuple(rng.randint(0, 6) for _ in days), tuple(rng.randint(0, 3) for _ in days)
            )
            for code in components
            for group in groups
        }
        picture.stock.apply_days(BankDays(bank.id, days[0], NOW, series))
    return picture


def measure(say: Say) -> Section:
    """The section of the stock."""
    section = Section("stock", "Frames of the stock", ABOUT)
    configuration = load()
    for days in (False, True):
        for name, (size, at_most) in SIZES.items():
            what = "days of cover" if days else "amounts"
            say(f"{what} at {name}")
            taken, whole = asyncio.run(_frames(configuration, size, days=days))
            for part, figure in (("median", median(taken)), ("p95", percentile(taken, 0.95))):
                line = Line(
                    f"{what}, {name}, {part}", figure, "ms", "everything anew", whole, at_most=at_most
                )
                section.lines.append(line)
    return section


async def _frames(
    configuration: Configuration, size: tuple[int, int], *, days: bool
) -> tuple[list[float], float]:
    picture, counts, kept = stocked(configuration), BankCounts(), DaysCells()
    book = CoverBook(configuration.cover_rules, configuration.blood_rules)
    ages = AgeLimits(1800, 7200, 7200)
    leads = {one.code: lead_of(one, configuration.cover_rules) for one in configuration.components}
    limits, matrix = StockLimits(ages, timedelta(hours=48), leads), StockMatrix()
    banks = list(picture.stock.banks.values())

    def frame(second: int) -> None:
        now = NOW + timedelta(seconds=second)
        bank = banks[second % len(banks)]
        lot = next(iter(bank.lots.values()))
        put = lot.model_copy(update={"quantity": 1 + second % 9})
        picture.stock.apply_difference(bank.bank, bank.sequence + 1, now, now, [put], ())
        table = stock_table(picture, Scene.of(picture, now, ages), limits, counts)
        cover = book.look(picture, now)
        matrix.show(days_table(table, cover, kept) if days else table)

    whole = _timed(frame, 0)
    taken = []
    app = OneWidget(matrix)
    async with app.run_test(size=size):
        for second in range(1, FRAMES + 3):
            gc.collect()
            begun = time.process_time()
            frame(second)
            painted = asyncio.Event()
            app.screen.call_after_refresh(painted.set)
            await painted.wait()
            taken.append((time.process_time() - begun) * 1000)
    return taken[2:], whole


def _timed(frame: Callable[[int], None], second: int) -> float:
    gc.collect()
    begun = time.process_time()
    frame(second)
    return (time.process_time() - begun) * 1000
