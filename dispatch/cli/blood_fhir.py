"""`czt blood fhir`: stock and orders of a centre's database as FHIR R5 JSON."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dispatch.blood.fhir import Dispensed, Resource, collection, dispense_bundle, inventory_report, url_of
from dispatch.centre.blood_looking import read_blood_orders, read_shelves
from dispatch.cli.blood import app
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.domain.blood import BankId
from dispatch.domain.blood_orders import BloodOrder
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.language import _
from dispatch.settings import Configuration, load

fhir = typer.Typer(help=_("FHIR R5 JSON of stock and orders."), no_args_is_help=True, rich_markup_mode=None)
app.add_typer(fhir, name="fhir")

CentreFile = Annotated[Path, typer.Argument(help=_("a centre's database, a file such as centre.db"))]


@fhir.command("stock", help=_("The stock of each bank, as InventoryReport."))
def stock(
    file: CentreFile,
    bank: Annotated[str | None, typer.Option("--bank", help=_("only this bank"))] = None,
    config: ConfigDir = None,
) -> None:
    """As each bank said it last."""
    configuration = load(config)
    banks = {one.id: one for one in configuration.banks}
    shelves = read_shelves(file)
    if bank is not None and BankId(bank) not in shelves:
        raise UnknownName(_("blood bank"), bank)
    components = {one.code: one for one in configuration.components}
    now = SystemClock().now()
    reports = [
        (url_of("count", one, str(shelf.seq)), inventory_report(banks[one], shelf, components, now))
        for one, shelf in sorted(shelves.items())
        if one in banks and bank in (None, one)
    ]
    _print(reports[0][1] if len(reports) == 1 else collection(reports, now))


@fhir.command("dispense", help=_("Orders, as BiologicallyDerivedProductDispense with their products."))
def dispense(
    file: CentreFile,
    order: Annotated[str | None, typer.Option("--order", help=_("only this order"))] = None,
    last: Annotated[int, typer.Option("--last", min=1, help=_("so many orders"))] = 20,
    config: ConfigDir = None,
) -> None:
    """Newest first, all in one Bundle."""
    configuration = load(config)
    orders = read_blood_orders(file, 1_000_000 if order else last)
    if order is not None:
        orders = [one for one in orders if one.id == order]
        if not orders:
            raise UnknownName(_("order of blood"), order)
    dispensed = [_dispensed(one, configuration) for one in orders]
    components = {one.code: one for one in configuration.components}
    _print(dispense_bundle(dispensed, components, SystemClock().now()))


def _dispensed(order: BloodOrder, configuration: Configuration) -> Dispensed:
    banks = {one.id: one for one in configuration.banks}
    if order.bank not in banks:
        raise DispatchError(_("{bank} is no bank of this configuration", bank=order.bank))
    names = {str(one.id): one.name.zh for one in configuration.hospitals}
    names |= {str(one.id): one.name.zh for one in configuration.banks}
    return Dispensed(order, banks[order.bank], names.get(order.hospital, order.hospital))


def _print(resource: Resource) -> None:
    typer.echo(json.dumps(resource, ensure_ascii=False, indent=2))
