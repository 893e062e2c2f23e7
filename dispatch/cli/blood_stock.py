"""`czt blood stock|cover|expiring|trend`: the shared stock of a picture, as text or JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from dispatch.blood.book import CoverBook
from dispatch.blood.cover import Cover, is_available, lead_of
from dispatch.blood.rules import Phase
from dispatch.blood.table import CoverRow
from dispatch.blood.trend import Trend, trend_of
from dispatch.cli.blood import app
from dispatch.cli.options import ConfigDir, text_of
from dispatch.clock import CHINA
from dispatch.decide.documents import read
from dispatch.decide.picture_document import PictureDocument
from dispatch.domain.blood import Bank, BankId, BloodGroup, Component, ComponentCode, Lot
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Name
from dispatch.language import N_, _, current
from dispatch.picture.live import Picture
from dispatch.settings import Configuration, load
from dispatch.text import cell_width, safe_text

PictureFile = Annotated[
    Path, typer.Option("--picture", help=_("the picture as JSON (schema: picture); - reads standard input"))
]
AsJson = Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))]
CityOption = Annotated[str, typer.Option("--city", help=_("only this city, e.g. changsha"))]
BankOption = Annotated[str, typer.Option("--bank", help=_("only this bank, e.g. CS-B-CENTRE"))]
ComponentOption = Annotated[str, typer.Option("--component", help=_("only this component, e.g. red_cells"))]
GroupOption = Annotated[str, typer.Option("--group", help=_("only this group, e.g. O-"))]

PHASES = {
    Phase.GREEN: N_("green"),
    Phase.PRE_AMBER: N_("pre-amber"),
    Phase.AMBER: N_("amber"),
    Phase.RED: N_("red"),
}
SOURCES = {
    "bank": N_("issue as the bank tells it"),
    "configured": N_("issue as configured"),
    "unknown": N_("issue unknown"),
}


class _Shown:
    """A picture with what was asked of it; DispatchError for a name that is not in it."""

    def __init__(
        self, picture: Path, config: Path | None, city: str = "", bank: str = "", component: str = "",
        group: str = "",
    ) -> None:  # fmt: skip
        self.configuration: Configuration = load(config)
        document = read("picture", PictureDocument, text_of(picture))
        self.now = document.now
        self.picture: Picture = document.to_picture(self.configuration.components)
        self.city = _one_of(_("city"), city, self.picture.cities)
        self.bank = _one_of(_("bank"), bank, self.picture.banks)
        self.component = _one_of(_("component"), component, self.picture.components)
        self.group = _one_of(_("blood group"), group, [each.value for each in BloodGroup])

    def banks(self) -> Iterable[Bank]:
        """The banks that were asked for."""
        for bank in self.picture.banks.values():
            if self.city in ("", bank.city) and self.bank in ("", bank.id):
                yield bank

    def components(self) -> Iterable[Component]:
        """The components that were asked for."""
        return (one for code, one in self.picture.components.items() if self.component in ("", code))

    def wants(self, lot: Lot) -> bool:
        """Whether a lot is of what was asked for."""
        return self.component in ("", lot.component) and self.group in ("", lot.group.value)


def _one_of(what: str, wanted: str, known: Iterable[str]) -> str:
    if wanted and wanted not in known:
        allowed = ", ".join(map(str, known))
        raise DispatchError(
            _(
                "no {what} is called {name}; there are: {known}",
                what=what,
                name=safe_text(wanted, 40),
                known=allowed,
            )
        )
    return wanted


@app.command(
    "stock", help=_("What every bank holds, by component, group and state, with the age of its count.")
)
def stock(
    picture: PictureFile,
    city: CityOption = "",
    bank: BankOption = "",
    component: ComponentOption = "",
    group: GroupOption = "",
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """A bank that never counted is said to be so: absent is not empty."""
    shown = _Shown(picture, config, city, bank, component, group)
    table = CoverBook(shown.configuration.cover_rules, shown.configuration.blood_rules).look(
        shown.picture, shown.now
    )
    found = [_bank_stock(shown, one, table.rows.get(one.id)) for one in shown.banks()]
    if as_json:
        _print({"as_of": shown.now.isoformat(), "banks": found})
        return
    for said in found:
        typer.echo("\n".join(_stock_lines(shown, said)))


def _bank_stock(shown: _Shown, bank: Bank, row: CoverRow | None) -> dict[str, object]:
    held = shown.picture.stock.banks.get(bank.id)
    said: dict[str, object] = {"bank": bank.id, "city": bank.city, "reported": held is not None}
    if held is None or row is None:
        return said
    cells: dict[tuple[str, str], dict[str, int]] = {}
    leads = {c.code: lead_of(c, shown.configuration.cover_rules) for c in shown.picture.components.values()}
    for lot in held.lots.values():
        if not shown.wants(lot) or lot.component not in leads:
            continue
        states = cells.setdefault((lot.component, lot.group.value), {})
        name = _state(lot, shown.now, leads[lot.component])
        states[name] = states.get(name, 0) + lot.quantity
    lines = [{"component": code, "group": group, **cells[code, group]} for code, group in sorted(cells)]
    return {
        **said,
        "counted_at": held.counted_at.isoformat(),
        "age_s": round((shown.now - held.counted_at).total_seconds()),
        "complete": held.complete,
        "live": row.live,
        "lines": lines,
    }


def _state(lot: Lot, now: datetime, lead: timedelta) -> str:
    """`expired`, also where it could not be used in time any more; else the state of the lot."""
    if lot.expires_at <= now + lead:
        return "expired"
    return "available" if is_available(lot, now, lead) else lot.state.value


STATES = {
    "available": N_("available"),
    "reserved": N_("reserved"),
    "quarantined": N_("quarantined"),
    "recalled": N_("recalled"),
    "issued": N_("issued"),
    "expired": N_("expired"),
}


def _stock_lines(shown: _Shown, said: dict[str, object]) -> list[str]:
    bank = shown.picture.banks[BankId(str(said["bank"]))]
    name = _name(bank.name)
    if not said["reported"]:
        return [f"{name}  {_('never counted')}"]
    minutes = int(str(said["age_s"])) // 60
    live = "" if said["live"] else f"  {_('NOT LIVE: old, incomplete or out of sight')}"
    lines = [f"{name}  {_('counted {minutes} min ago', minutes=minutes)}{live}"]
    for line in said["lines"] if isinstance(said["lines"], list) else []:
        component = shown.picture.components[ComponentCode(str(line["component"]))]
        parts = [f"{_(word)} {line[state]}" for state, word in STATES.items() if state in line]
        unit = component.unit.text(current())
        lines.append(f"  {_fit(_name(component.name), 24)} {line['group']:<4} {_(', ').join(parts)} ({unit})")
    return lines


@app.command(
    "cover", help=_("How many days the stock lasts, by city or bank, with phases and predicted outdates.")
)
def cover(
    picture: PictureFile,
    city: CityOption = "",
    bank: BankOption = "",
    component: ComponentOption = "",
    group: GroupOption = "",
    by_bank: Annotated[bool, typer.Option("--banks", help=_("every bank by itself, too"))] = False,
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """A count where the issue is unknown or too seldom for days."""
    shown = _Shown(picture, config, city, bank, component, group)
    rules = shown.configuration.cover_rules
    table = CoverBook(rules, shown.configuration.blood_rules).look(shown.picture, shown.now)
    rows = [row for row in table.rows.values() if _wanted(shown, row, banks=by_bank or bool(bank))]
    groups = [BloodGroup(group)] if group else [*BloodGroup, None]
    if as_json:
        said = [_row_json(shown, row, groups) for row in rows]
        _print({"as_of": shown.now.isoformat(), "edition": table.edition, "rows": said})
        return
    unsigned = "" if rules.signed_by else f"  {_('signed by nobody')}"
    typer.echo(_("Rules of cover {edition}", edition=rules.edition) + unsigned)
    for row in rows:
        typer.echo("\n".join(_cover_lines(shown, row, groups)))


def _wanted(shown: _Shown, row: CoverRow, *, banks: bool) -> bool:
    if row.bank is not None:
        return banks and shown.bank in ("", row.bank) and shown.city in ("", row.city)
    return not shown.bank and shown.city in ("", row.city)


def _row_json(shown: _Shown, row: CoverRow, groups: Sequence[BloodGroup | None]) -> dict[str, object]:
    cells = [
        {
            "component": one.code,
            "group": group.value if group else None,
            "phase": row.cells[one.code, group].phase,
            "twin": row.cells[one.code, group].twin,
            **asdict(row.cells[one.code, group].cover),
        }
        for one in shown.components()
        for group in groups
    ]
    about = {
        name: getattr(row, name) for name in ("key", "kind", "city", "bank", "live", "reported", "banks")
    }
    return {**about, "counted_at": row.counted_at, "cells": cells}


def _cover_lines(shown: _Shown, row: CoverRow, groups: Sequence[BloodGroup | None]) -> list[str]:
    named = shown.picture.banks[row.bank].name if row.bank else shown.picture.cities[row.city].name
    if row.counted_at is None:
        return [f"{_name(named)}  {_('never counted')}"]
    age = int((shown.now - row.counted_at).total_seconds()) // 60
    heads = [_name(named), _("counted {minutes} min ago", minutes=age)]
    if row.kind == "city":
        heads.append(_("{reported} of {banks} banks", reported=row.reported, banks=row.banks))
    if not row.live:
        heads.append(_("NOT LIVE: old, incomplete or out of sight"))
    lines = ["  ".join(heads)]
    for one in shown.components():
        for group in groups:
            cell = row.cells[one.code, group]
            if cell.twin and len(groups) > 1:
                continue
            if not cell.cover.available and cell.cover.mean_daily in (None, 0):
                continue
            phase = _(PHASES[cell.phase]) if cell.phase else ""
            named_group = group.value if group else _("sum")
            said = cover_text(cell.cover, one.unit.text(current()))
            lines.append(f"  {_fit(_name(one.name), 24)} {_fit(named_group, 5)} {_fit(phase, 10)} {said}")
    return lines


def cover_text(cover: Cover, unit: str) -> str:
    """One cover as a line: the count, days where known, the first day unmet, outdates, the source."""
    parts = [f"{cover.available} {unit}"]
    if cover.days is not None:
        parts.append(
            _("{days} days at {mean} a day", days=f"{cover.days:.1f}", mean=f"{cover.mean_daily:.1f}")
        )
    if cover.unmet_on is not None:
        parts.append(_("first unmet {day}", day=cover.unmet_on.isoformat()))
    if cover.few:
        parts.append(_("{issues} issues in the window: no days", issues=cover.issues or 0))
    outdated = sum(one.quantity for one in cover.outdates)
    if outdated >= 0.5:
        first = cover.outdates[0].day.isoformat()
        parts.append(
            _("{amount} would expire unused, the first on {day}", amount=f"{outdated:.0f}", day=first)
        )
    parts.append(_(SOURCES[cover.source]))
    if cover.partial:
        parts.append(_("without banks whose issue is unknown"))
    return _(", ").join(parts)


@app.command("expiring", help=_("Lots that expire soon, the first to expire first."))
def expiring(
    picture: PictureFile,
    within_h: Annotated[float, typer.Option("--within", min=0.1, max=8760, help=_("hours from now"))] = 72,
    city: CityOption = "",
    bank: BankOption = "",
    component: ComponentOption = "",
    group: GroupOption = "",
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """Whatever their state; what is past is listed too, so that somebody takes it off the shelf."""
    shown = _Shown(picture, config, city, bank, component, group)
    until = shown.now + timedelta(hours=within_h)
    found = [
        (bank.id, lot)
        for bank in shown.banks()
        if (held := shown.picture.stock.banks.get(bank.id)) is not None
        for lot in held.lots.values()
        if shown.wants(lot) and lot.quantity and lot.expires_at <= until
    ]
    found.sort(key=lambda one: (one[1].expires_at, one[0], one[1].id))
    if as_json:
        lots = [{"bank": bank_id, **lot.model_dump(mode="json")} for bank_id, lot in found]
        _print({"as_of": shown.now.isoformat(), "until": until.isoformat(), "lots": lots})
        return
    if not found:
        typer.echo(_("nothing expires within {hours} h", hours=f"{within_h:g}"))
    for bank_id, lot in found:
        typer.echo(_lot_line(shown, bank_id, lot))


def _lot_line(shown: _Shown, bank: BankId, lot: Lot) -> str:
    known = shown.picture.components.get(lot.component)
    unit = known.unit.text(current()) if known else ""
    name = _name(known.name) if known else safe_text(lot.component)
    moment = lot.expires_at.astimezone(CHINA)
    state = _("expired") if lot.expires_at <= shown.now else _(STATES[lot.state.value])
    where = _fit(_name(shown.picture.banks[bank].name), 24)
    amount = f"{lot.group:<4} {lot.quantity} {unit}"
    return f"{moment:%Y-%m-%d %H:%M}  {where} {_fit(name, 24)} {amount}  {state}  {safe_text(lot.id)}"


@app.command("trend", help=_("What a bank or city held and issued on the last days; unknown days stay open."))
def trend(
    picture: PictureFile,
    component: Annotated[str, typer.Option("--component", help=_("the component, e.g. red_cells"))],
    city: CityOption = "",
    bank: BankOption = "",
    group: GroupOption = "",
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """Without a group all groups together; without a city or bank all of them."""
    shown = _Shown(picture, config, city, bank, component, group)
    found = trend_of(
        shown.picture,
        CityCode(shown.city) if shown.city else None,
        BankId(shown.bank) if shown.bank else None,
        ComponentCode(component),
        BloodGroup(group) if group else None,
        shown.now,
        shown.configuration.cover_rules.window_days,
    )
    if as_json:
        _print({"as_of": shown.now.isoformat(), **asdict(found)})
        return
    typer.echo("\n".join(_trend_lines(found)))


def _trend_lines(found: Trend) -> list[str]:
    most = max((value for value in found.on_hand if value is not None), default=0)
    lines = [_("{banks} of {of} banks tell their days", banks=found.banks, of=found.of)]
    for day, held, issued in zip(found.days, found.on_hand, found.issued, strict=True):
        bar = "" if not held else "#" * max(1, round(held / most * 40))
        left, gone = ("-" if value is None else str(value) for value in (held, issued))
        lines.append(f"{day}  {_('held')} {left:>6}  {_('issued')} {gone:>6}  {bar}".rstrip())
    return lines


def _name(name: Name) -> str:
    return safe_text(name.text(current()), 40)


def _fit(text: str, width: int) -> str:
    return text + " " * max(0, width - cell_width(text))


def _print(content: object) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))
