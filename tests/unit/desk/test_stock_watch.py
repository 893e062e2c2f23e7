"""The cover of all stock is reckoned a few pieces at a time: whole tables only, and nobody waits."""

import asyncio
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from dispatch.blood.book import CoverBook
from dispatch.clock import ManualClock
from dispatch.desk.part import Kit
from dispatch.desk.stock import PIECES, StockWatch
from tests.unit.blood.blood_world import (
    CHANGSHA,
    HOUSE,
    MAIN,
    NOW,
    O_POS,
    RED,
    blood_tables,
    count,
    lot,
    picture,
    rules,
)


class Watched:
    """Two banks of Changsha, counted; `units` of a row as a screen would read it."""

    def __init__(self, folder: Path) -> None:
        self.picture, self.clock = picture(), ManualClock(NOW)
        for bank in (MAIN, HOUSE):
            count(self.picture, bank, [lot(1, 9, 900)])
        configuration = SimpleNamespace(
            cover_rules=rules(),
            blood_rules=blood_tables(),
            settings=SimpleNamespace(home_city=CHANGSHA, node="desk-1"),
        )
        kit = SimpleNamespace(
            configuration=configuration,
            picture=self.picture,
            clock=self.clock,
            quarantine=None,
            news=None,
            drill=True,
        )
        self.stock = StockWatch(cast("Kit", kit), folder)
        self.stock._shortages = SimpleNamespace(judge=lambda *_: None)  # type: ignore[assignment]

    def units(self, key: str) -> int:
        return self.stock.cover().rows[key].cells[RED, O_POS].cover.available

    def all_units(self) -> list[int]:
        rows = self.stock.cover().rows
        return [rows[key].cells[RED, O_POS].cover.available for key in (MAIN, HOUSE, CHANGSHA)]

    def all_tell_anew(self, units: int) -> None:
        self.clock.advance(2)
        for bank in (MAIN, HOUSE):
            count(self.picture, bank, [lot(1, units, 900)], at=self.clock.now())


def test_a_table_is_shown_when_it_is_whole_and_never_half_of_it(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    seen = [watched.all_units()]
    watched.all_tell_anew(5)
    seen += [watched.all_units() for _look in range(40)]
    assert [units for units, _same in groupby(seen)] == [[9, 9, 18], [5, 5, 10]]
    assert seen[1] == [9, 9, 18]  # one look is not enough for three rows


def test_others_have_their_turn_while_the_watch_reckons_and_it_ends_with_what_is_known(
    tmp_path: Path,
) -> None:
    watched = Watched(tmp_path)
    watched.units(MAIN)
    watched.all_tell_anew(5)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def both() -> None:
        beside = asyncio.create_task(other())
        await watched.stock.watch()
        beside.cancel()

    asyncio.run(both())
    rows = 3
    assert turns >= rows * len(watched.picture.components) // PIECES
    assert (watched.units(MAIN), watched.units(CHANGSHA)) == (5, 10)
    anew = CoverBook(rules(), blood_tables()).look(watched.picture, watched.clock.now())
    assert watched.stock.cover().rows[MAIN].cells[RED, O_POS].cover == anew.rows[MAIN].cells[RED, O_POS].cover
