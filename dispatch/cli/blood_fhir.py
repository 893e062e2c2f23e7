"""`czt blood fhir`: stock and orders of a centre's database as FHIR R5 JSON."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dispatch.blood.fhir import Resource, dispense_bundle, inventory_report
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
    reports = [
        inventory_report(banks[one], shelf, components, SystemClock().now())
        for one, shelf in sorted(shelves.items())
        if one in banks and bank in (None, one)
    ]
    _print(reports)


@fhir.command("dispense", help=_("Orders, as BiologicallyDerivedProductDispense with their products."))
def dispense(
    file: CentreFile,
    order: Annotated[str | None, typer.Option("--order", help=_("only this order"))] = None,
    last: Annotated[int, typer.Option("--last", min=1, help=_("so many orders"))] = 20,
    config: ConfigDir = None,
) -> None:
    """Newest first; one Bundle for each order."""
    configuration = load(config)
    orders = read_blood_orders(file, 1_000_000 if order else last)
    if order is not None:
        orders = [one for one in orders if one.id == order]
        if not orders:
            raise UnknownName(_("order of blood"), order)
    _print([_bundle(one, configuration) for one in orders])


def _bundle(order: BloodOrder, configuration: Configuration) -> Resource:
    banks = {one.id: one for one in configuration.banks}
    if order.bank not in banks:
        raise DispatchError(_("{bank} is no bank of this configuration", bank=order.bank))
    names = {one.id: one.name.zh for one in configuration.hospitals}
    components = {one.code: one for one in configuration.components}
    return dispense_bundle(order, banks[order.bank], names.get(order.hospital, order.hospital), components)


def _print(resources: list[Resource]) -> None:
    """One by itself; several as a Bundle."""
    if len(resources) == 1:
        typer.echo(json.dumps(resources[0], ensure_ascii=False, indent=2))
        return
    entries = [{"resource": one} for one in resources]
    bundle: Resource = {"resourceType": "Bundle", "type": "collection"}
    if entries:
        bundle["entry"] = entries
    typer.echo(json.dumps(bundle, ensure_ascii=False, indent=2))
