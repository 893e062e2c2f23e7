"""What `czt blood publish --check` says of a table in which nothing is wrong: what it was read as."""

from collections.abc import Iterable

from dispatch.blood.stock_csv import StockTable
from dispatch.blood.words import Words
from dispatch.cli.times import local_time
from dispatch.clock import epoch_ms
from dispatch.domain.blood import Bank, ComponentCode, Lot, LotState
from dispatch.language import N_


def checked_lines(table: StockTable, bank: Bank, words: Words, *, change: bool) -> list[str]:
    """Of each component lots, amount and first expiry; then what publishing would do."""
    lots = table.lots
    lines = [words.say(N_("read as {encoding}: {count} lots"), encoding=table.encoding, count=len(lots))]
    lines += [
        _line(component, [lot for lot in lots if lot.component == component], words)
        for component in dict.fromkeys(lot.component for lot in lots)
    ]
    place = words.name(bank.id)
    facts = {"bank": place, "put": len(lots), "gone": len(table.gone), "skipped": len(table.faults)}
    if change:
        said = N_("it would be published as a difference of {bank}: {put} lots put and {gone} taken off")
    else:
        said = N_("it would be published as the whole count of {bank}: {put} lots, all others are gone")
    lines.append(words.say(said, **facts))
    if table.faults:
        lines.append(words.say(N_("{skipped} rows would be left out"), **facts))
    lines.append(words.say(N_("only checked: nothing was published, and no broker was asked")))
    return lines


def _line(component: ComponentCode, lots: list[Lot], words: Words) -> str:
    facts = {
        "component": words.name(component),
        "amount": _amount(lots),
        "unit": words.unit(component),
        "lots": len(lots),
        "time": local_time(min(epoch_ms(lot.expires_at) for lot in lots)),
    }
    said = words.say(N_("  {component}: {amount} {unit} in {lots} lots, the first expires {time}"), **facts)
    kept = [lot for lot in lots if lot.state is not LotState.AVAILABLE]
    if kept:
        said += words.say(
            N_("; {amount} {unit} of it not available"), amount=_amount(kept), unit=facts["unit"]
        )
    return said


def _amount(lots: Iterable[Lot]) -> int:
    return sum(lot.quantity for lot in lots)
