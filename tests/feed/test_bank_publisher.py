"""A blood station's own counts through a broker into the picture."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import typer

from dispatch.blood.stock_csv import Reading
from dispatch.cli.blood_publish import _Rules, watch_folder
from dispatch.domain.blood import Bank, BankId, BloodGroup, ComponentCode, Lot, LotId
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Position
from dispatch.domain.model import Name
from dispatch.feed import payloads, topics
from dispatch.feed.bank_publisher import BankPublisher, ToldFile, opened
from dispatch.feed.link import LinkDown
from dispatch.settings import load
from dispatch.settings.cover import load_csv_words
from tests.feed.feed_bench import CHANGSHA, CLOCK, Bench, Listener, until

BANK = Bank(
    id=BankId("CS-B-CENTRE"), city=CHANGSHA, name=Name(zh="甲", en="A"), position=Position(lat=28, lon=113)
)
STOCK, CHANGE = topics.stock(CHANGSHA, BANK.id), topics.stock_change(CHANGSHA, BANK.id)


def lot(number: int, quantity: int = 2) -> Lot:
    return Lot(
        id=LotId(f"G{number}"), component=ComponentCode("red_cells"), group=BloodGroup.O_POS,
        quantity=quantity, expires_at=CLOCK.now() + timedelta(days=3),
    )  # fmt: skip


@asynccontextmanager
async def publishing(bench: Bench, folder: Path) -> AsyncIterator[tuple[BankPublisher, Listener]]:
    """A publisher with a state file in `folder`, and somebody who hears the whole city."""
    file = ToldFile(folder / "told.json")
    async with (
        Listener(bench.transport("console-1"), "console-1") as listener,
        opened(BANK, bench.endpoint, CLOCK, file, drill=True) as publisher,
    ):
        yield publisher, listener


def counts(listener: Listener) -> list[payloads.BankStock]:
    found = [payloads.decode("bank.stock", one.payload).data for one in listener.said(STOCK)]
    return [data for data in found if isinstance(data, payloads.BankStock)]


async def test_a_count_a_difference_and_the_count_again_for_who_asks(
    real_bench: Bench, tmp_path: Path
) -> None:
    async with publishing(real_bench, tmp_path) as (publisher, listener):
        with pytest.raises(DispatchError):
            await publisher.change([lot(1)], [])
        await publisher.count([lot(1), lot(2)])
        await publisher.change([lot(1, 1), lot(3)], [LotId("G2"), LotId("G9")])
        await until(lambda: len(counts(listener)) == 2)
        changes = [payloads.decode("bank.change", one.payload).data for one in listener.said(CHANGE)]
        change = changes[0]
        assert isinstance(change, payloads.BankChange)
        assert ([one.lot for one in change.put], change.removed, change.stock_seq) == (
            ["G1", "G3"],
            ["G2"],
            2,
        )
        last = counts(listener)[-1]
        assert ({one.lot: one.quantity for one in last.lots}, last.stock_seq) == ({"G1": 1, "G3": 2}, 2)
    async with publishing(real_bench, tmp_path) as (publisher, listener):
        assert publisher.told.sequence == 2
        await publisher.again()
        await until(lambda: len(counts(listener)) >= 1)
        assert counts(listener)[-1].counted_at == last.counted_at


async def test_a_drop_folder_takes_whole_files_refuses_bad_ones_and_writes_reports(
    real_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.cli.blood_publish.LOOK_S", 0.05)
    told: list[str] = []
    monkeypatch.setattr(typer, "echo", lambda text="", **_options: told.append(str(text)))
    drop = tmp_path / "drop"
    drop.mkdir()
    reading = Reading(load_csv_words(), load().components, {})
    rules = _Rules(reading, skip_bad=False, allow_empty=False)
    head = "lot,component,group,quantity,expires\n"
    async with publishing(real_bench, tmp_path) as (publisher, listener):
        watching = asyncio.create_task(watch_folder(drop, publisher, rules))
        (drop / "a.csv").write_text(f"{head}G1,red_cells,O+,2,2036-11-30\n")
        await until(lambda: (drop / "done" / "a.csv.txt").is_file())
        (drop / "b.csv").write_text(f"{head}G1,red_cells,O+,2,2036-11-30\nG2,red_cells,O,2,2036-11-30\n")
        await until(lambda: (drop / "refused" / "b.csv.txt").is_file())
        (drop / "a.change.csv").write_text(f"{head}G1,red_cells,O+,1,2036-11-30\n")
        await until(lambda: (drop / "done" / "a.change.csv.txt").is_file())
        (drop / "a.csv").write_text(f"{head}G7,red_cells,O+,2,2036-11-30\n")
        await until(lambda: (drop / "done" / "a.2.csv").is_file())
        watching.cancel()
        assert [one.stock_seq for one in counts(listener)] == [1, 2, 3]
        assert [one.lot for one in counts(listener)[-1].lots] == ["G7"]
    assert "3" in (drop / "refused" / "b.csv.txt").read_text().splitlines()[0]
    assert list(drop.glob("*.csv")) == []
    assert any(line.startswith("已发布：a.csv：") for line in told), told
    assert any(line.startswith("未发布：b.csv：") for line in told), told


async def test_an_older_count_never_goes_out_after_a_newer_one(
    real_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link is lost for the first of two files only: the second must wait behind it."""
    monkeypatch.setattr("dispatch.cli.blood_publish.LOOK_S", 0.05)
    drop, words, configuration = tmp_path / "drop", load_csv_words(), load()
    drop.mkdir()
    rules = _Rules(Reading(words, configuration.components, configuration.products), False, False)
    head = "lot,component,group,quantity,expires\n"
    for number, name in ((1, "1.csv"), (2, "2.csv")):
        (drop / name).write_text(f"{head}G{number},red_cells,O+,2,2036-11-30\n")
    async with publishing(real_bench, tmp_path) as (publisher, listener):
        say, tried = publisher.count, list[str]()

        async def once_lost(lots: Iterable[Lot]) -> None:
            lots = list(lots)
            tried.append(str(lots[0].id))
            if len(tried) == 1:
                raise LinkDown("no link")
            await say(lots)

        monkeypatch.setattr(publisher, "count", once_lost)
        watching = asyncio.create_task(watch_folder(drop, publisher, rules))
        await until(lambda: len(list((drop / "done").glob("*.csv"))) == 2)
        watching.cancel()
        assert tried == ["G1", "G1", "G2"]
        await until(lambda: len(counts(listener)) == 2)
        assert [one.lot for one in counts(listener)[-1].lots] == ["G2"]


async def test_a_count_said_again_while_a_new_one_goes_out_does_not_take_its_number_back(
    real_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with publishing(real_bench, tmp_path) as (publisher, listener):
        await publisher.count([lot(1)])
        say, slow = publisher._link.publish, True

        async def first_slowly(*said: object, **how: object) -> None:
            nonlocal slow
            wait, slow = slow, False
            if wait:
                await asyncio.sleep(0.3)
            await say(*said, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(publisher._link, "publish", first_slowly)
        again = asyncio.create_task(publisher.again())
        await asyncio.sleep(0)
        await publisher.count([lot(1), lot(2)])
        await again
        assert publisher.told.sequence == 2
        await publisher.change([lot(3)], [])
        await until(lambda: [one.stock_seq for one in counts(listener)] == [1, 1, 2, 3])
        assert [one.lot for one in counts(listener)[-1].lots] == ["G1", "G2", "G3"]


def test_a_state_file_that_holds_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "told.json"
    path.write_text('{"sequence": 1}')
    with pytest.raises(DispatchError, match=r"told\.json"):
        ToldFile(path).read()
