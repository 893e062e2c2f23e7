"""`czt blood publish`: a blood station's own table to the shared stock, once or from a watched folder."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from dispatch.blood.stock_csv import BadTable, Reading, StockTable, read_stock
from dispatch.blood.words import Words
from dispatch.causes import cause
from dispatch.cli.blood import app
from dispatch.cli.blood_checked import checked_lines
from dispatch.cli.options import ConfigDir, text_of
from dispatch.clock import Clock, SystemClock
from dispatch.domain.blood import Bank
from dispatch.domain.errors import DispatchError
from dispatch.feed.access import bank_node
from dispatch.feed.bank_publisher import BankPublisher, ToldFile, opened
from dispatch.feed.link import LinkDown
from dispatch.feed.transport import Endpoint
from dispatch.language import N_, _, current
from dispatch.rig import running_drill, running_drill_clock
from dispatch.settings import Configuration, load
from dispatch.settings.cover import load_csv_words
from dispatch.text import safe_text

DIFFERENCE = ".change.csv"
"""A file of the drop folder whose name ends so holds a difference; any other .csv a whole count."""
LOOK_S = 2.0
DONE, REFUSED = "done", "refused"
_SAID = {DONE: N_("published: {file}: {what}"), REFUSED: N_("refused: {file}: {what}")}
FAULTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class _Rules:
    """How tables are read and what is allowed with them."""

    reading: Reading
    skip_bad: bool
    allow_empty: bool


@app.command("publish", help=_("Publish a blood station's own stock table (CSV) as its bank."))
def publish(
    file: Annotated[
        Path | None, typer.Argument(help=_("the table; - is stdin; without it only --watch works"))
    ] = None,
    bank: Annotated[str, typer.Option("--bank", help=_("the bank that it is about, e.g. CS-B-CENTRE"))] = "",
    change: Annotated[
        bool, typer.Option("--change", help=_("the table holds only what changed; quantity 0 takes off"))
    ] = False,
    watch: Annotated[
        Path | None, typer.Option("--watch", help=_("a folder: publish every .csv that is put there"))
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help=_("publish the good rows although others cannot be read"))
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help=_("publish a table without rows: the bank is empty"))
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help=_("only read the table and say what is wrong"))
    ] = False,
    host: Annotated[str, typer.Option("--host", help=_("where the broker listens"))] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help=_("its port; without it: the drill running now")),
    ] = None,
    drill: Annotated[bool, typer.Option("--drill", help=_("with --port: it is a drill's broker"))] = False,
    config: ConfigDir = None,
) -> None:
    """Nothing is published by halves: one row that cannot be read keeps all of them back."""
    configuration = load(config)
    words = load_csv_words(config)
    rules = _Rules(Reading(words, configuration.components, configuration.products), skip_bad, allow_empty)
    if file is None and watch is None:
        raise DispatchError(_("name a table, or a folder with --watch"))
    whose = _bank(configuration, bank)
    table = None if file is None else _read(text_of(file), rules, change=change, tell=_tell)
    if check:
        if table is None:
            raise DispatchError(_("--check reads a table: name one"))
        names = {str(one.code): one.name for one in configuration.components} | {str(whose.id): whose.name}
        spoken = Words({one.code: one for one in configuration.components}, names, current())
        typer.echo("\n".join(checked_lines(table, whose, spoken, change=change)))
        return
    if watch is not None and not watch.is_dir():
        raise DispatchError(_("{folder} is no folder: make it first", folder=watch))
    endpoint, clock, in_drill = _where(configuration, whose, host, port, drill=drill)
    told = ToldFile(configuration.settings.data_dir / "published" / f"{whose.id}{'-drill' * in_drill}.json")
    asyncio.run(_publish(whose, endpoint, clock, told, table, change, watch, rules, in_drill))


def _bank(configuration: Configuration, wanted: str) -> Bank:
    found = next((bank for bank in configuration.banks if bank.id == wanted), None)
    if found is None:
        known = ", ".join(f"{bank.id} {bank.name.text(current())}" for bank in configuration.banks)
        raise DispatchError(
            _("--bank must name one of: {known}", known=known)
            if not wanted
            else _("no bank is called {name}; there are: {known}", name=safe_text(wanted, 40), known=known)
        )
    return found


def _where(
    configuration: Configuration, bank: Bank, host: str, port: int | None, *, drill: bool
) -> tuple[Endpoint, Clock, bool]:
    """The broker, its time, and whether it is a drill's."""
    running, clock = running_drill(configuration), running_drill_clock(configuration)
    if port is not None:
        return Endpoint(host, port), (clock if drill and clock is not None else SystemClock()), drill
    if bank.city in running and clock is not None:
        return running[bank.city], clock, True
    if bank.city in configuration.settings.links:
        return (
            configuration.settings.links[bank.city].endpoint(bank_node(bank.id), beside=True),
            SystemClock(),
            False,
        )
    names = {one.code: one.name.text(current()) for one in configuration.cities}
    raise DispatchError(
        _("no drill runs here and no broker is configured for {city}: name --port", city=names[bank.city])
    )


async def _publish(
    bank: Bank,
    endpoint: Endpoint,
    clock: Clock,
    told: ToldFile,
    table: StockTable | None,
    change: bool,
    watch: Path | None,
    rules: _Rules,
    drill: bool,
) -> None:
    async with opened(bank, endpoint, clock, told, drill=drill) as publisher:
        if table is not None:
            _tell(await _say(publisher, table, change=change))
        if watch is not None:
            _tell(_("watching {folder}: Ctrl+C ends", folder=watch))
            await watch_folder(watch, publisher, rules)


async def _say(publisher: BankPublisher, table: StockTable, *, change: bool) -> str:
    """Publish a table; the sentence that says what was."""
    if change:
        await publisher.change(table.lots, table.gone)
        return _(
            "{bank}: difference {sequence} published, {put} lots put and {gone} taken off",
            bank=publisher.bank.id,
            sequence=publisher.told.sequence,
            put=len(table.lots),
            gone=len(table.gone),
        )
    await publisher.count(table.lots)
    return _(
        "{bank}: whole count {sequence} published, {count} lots",
        bank=publisher.bank.id,
        sequence=publisher.told.sequence,
        count=len(table.lots),
    )


def _read(raw: bytes, rules: _Rules, *, change: bool, tell: Callable[[str], None]) -> StockTable:
    """Read a table and tell what is wrong with it; DispatchError when it may not be published."""
    table = read_stock(raw, rules.reading)
    for fault in table.faults[:FAULTS_SHOWN]:
        tell(_("line {line}: {why}", line=fault.line, why=fault.why))
    if len(table.faults) > FAULTS_SHOWN:
        tell(_("and {count} more rows", count=len(table.faults) - FAULTS_SHOWN))
    if table.ignored:
        tell(_("columns that are not read: {titles}", titles=", ".join(table.ignored)))
    if table.faults and not rules.skip_bad:
        raise BadTable(
            _("{count} rows cannot be read: nothing was published (--skip-bad publishes the others)",
              count=len(table.faults))
        )  # fmt: skip
    if not table.lots and not (change and table.gone) and not rules.allow_empty:
        raise BadTable(_("no lot is left to publish; if the bank is really empty, say --allow-empty"))
    return table


# --- the drop folder ------------------------------------------------------------------------------


async def watch_folder(folder: Path, publisher: BankPublisher, rules: _Rules) -> None:
    """Until cancelled: publish each .csv that has stopped growing and put it away, a report beside it."""
    sizes: dict[Path, tuple[int, float]] = {}
    while True:
        now = await asyncio.to_thread(_sizes, folder)
        for path, size in now.items():
            if sizes.get(path) == size and not await _take(folder, path, publisher, rules):
                break  # a later count that goes through first would be overwritten by this older one
        sizes = now
        await asyncio.sleep(LOOK_S)


def _sizes(folder: Path) -> dict[Path, tuple[int, float]]:
    """Size and time of every .csv; a file that goes meanwhile is left out."""
    found = {}
    for path in sorted(folder.glob("*.[cC][sS][vV]")):
        with contextlib.suppress(OSError):
            about = path.stat()
            found[path] = (about.st_size, about.st_mtime)
    return found


async def _take(folder: Path, path: Path, publisher: BankPublisher, rules: _Rules) -> bool:
    """A file that cannot be published is refused; False: it could not be sent and waits for the next look."""
    report: list[str] = []
    change = path.name.lower().endswith(DIFFERENCE)
    try:
        table = _read(text_of(path), rules, change=change, tell=report.append)
    except DispatchError as error:
        report.append(str(error))
        _put_away(folder, path, REFUSED, report)
        return True
    try:
        report.append(await _say(publisher, table, change=change))
    except LinkDown as error:
        _tell(_("{file} waits: {error}", file=path.name, error=cause(error)))
        return False
    except DispatchError as error:
        report.append(str(error))
        _put_away(folder, path, REFUSED, report)
        return True
    _put_away(folder, path, DONE, report)
    return True


def _put_away(folder: Path, path: Path, where: str, report: list[str]) -> None:
    """Into done/ or refused/ under a name that is still free, the report beside it."""
    home = folder / where
    home.mkdir(exist_ok=True)
    target, number = home / path.name, 1
    while target.exists():
        number += 1
        target = home / f"{path.stem}.{number}{path.suffix}"
    path.replace(target)
    target.with_name(f"{target.name}.txt").write_text("\n".join(report) + "\n", "utf-8")
    _tell(_(_SAID[where], file=safe_text(path.name, 80), what=report[-1]))


def _tell(text: str) -> None:
    typer.echo(text, err=True)
