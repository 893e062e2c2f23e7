"""`czt blood label`: what stands on a label, and what a picture's stock says of it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.blood.labels import BadLabel, Structure, read_label
from dispatch.blood.unit_label import UnitLabel, check_one_bag, differences, holdings, put_together
from dispatch.cli.blood import app
from dispatch.cli.options import ConfigDir, text_of
from dispatch.clock import CHINA, SystemClock
from dispatch.decide.documents import read
from dispatch.decide.picture_document import PictureDocument
from dispatch.domain.errors import DispatchError
from dispatch.language import _, current
from dispatch.settings import Configuration, load
from dispatch.text import safe_text


@app.command("label", help=_("Read labels in ISBT 128 as a scanner types them; one bag, in any order."))
def label(
    text: Annotated[
        list[str], typer.Argument(help=_("scans, or a donation number with its check character; - is stdin"))
    ],
    picture: Annotated[
        Path | None, typer.Option("--picture", help=_("look the bag up in this picture (schema: picture)"))
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """Every scan that cannot be read is named; then nothing is looked up and the exit code is 2."""
    configuration = load(config)
    scans = text_of(Path("-")).decode("utf-8", "replace").splitlines() if text == ["-"] else text
    structures: list[Structure] = []
    wrong = []
    for scan in scans:
        try:
            structures += read_label(scan)
        except BadLabel as error:
            wrong.append(str(error))
    if wrong:
        raise DispatchError("\nczt: ".join(wrong))
    if not structures:
        raise DispatchError(_("nothing was scanned yet"))
    check_one_bag(structures)
    bag = put_together(structures, configuration.products)
    found = [] if picture is None else _looked_up(bag, picture, configuration)
    if as_json:
        typer.echo(
            json.dumps({**_as_json(bag, SystemClock().now()), "stock": found}, ensure_ascii=False, indent=2)
        )
        return
    typer.echo("\n".join(_lines(bag, configuration, SystemClock().now())))
    if picture is not None and bag.number is not None:
        typer.echo("\n".join(_stock_lines(found)))


def _as_json(bag: UnitLabel, now: datetime) -> dict[str, object]:
    number = bag.number
    return {
        "number": number.number if number else None,
        "flags": number.flags if number else None,
        "check": number.check if number else None,
        "checked": number.checked if number else None,
        "group": bag.group.value if bag.group else None,
        "product": bag.product,
        "component": bag.component,
        "expires_at": bag.expires_at.isoformat() if bag.expires_at else None,
        "expired": bag.expires_at <= now if bag.expires_at else None,
    }


def _lines(bag: UnitLabel, configuration: Configuration, now: datetime) -> list[str]:
    lines = []
    if bag.number is not None:
        checked = (
            _("checked") if bag.number.checked else _("not checked: compare {check}", check=bag.number.check)
        )
        lines.append(
            _("Donation number {number}, check character {check} ({checked})",
              number=bag.number.number, check=bag.number.check, checked=checked)
        )  # fmt: skip
    if bag.group is not None:
        lines.append(_("Blood group {group}", group=bag.group.value))
    if bag.product is not None:
        lines.append(
            _("Product code {code}: {meaning}", code=bag.product, meaning=_meaning(bag, configuration))
        )
    if bag.expires_at is not None:
        moment = f"{bag.expires_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
        past = bag.expires_at <= now
        lines.append(
            _("EXPIRED on {moment}", moment=moment) if past else _("Expires {moment}", moment=moment)
        )
    return lines


def _meaning(bag: UnitLabel, configuration: Configuration) -> str:
    known = {component.code: component.name.text(current()) for component in configuration.components}
    return known[bag.component] if bag.component else _("not in your products.toml")


def _looked_up(bag: UnitLabel, picture: Path, configuration: Configuration) -> list[dict[str, object]]:
    document = read("picture", PictureDocument, text_of(picture))
    stock = document.to_picture(configuration.components)
    return [
        {
            "bank": one.bank,
            "lot": one.lot.model_dump(mode="json"),
            "expired": one.lot.expires_at <= document.now,
            "differences": [
                {"what": each.what, "label": each.label, "stock": each.stock}
                for each in differences(bag, one.lot)
            ],
        }
        for one in holdings(stock, bag)
    ]


def _stock_lines(found: list[dict[str, object]]) -> list[str]:
    if not found:
        return [_("no bank of this picture holds it")]
    lines = []
    for one in found:
        lot = one["lot"] if isinstance(one["lot"], dict) else {}
        state = _("expired") if one["expired"] else lot.get("state", "")
        lines.append(f"{one['bank']}  {safe_text(lot.get('id', ''))}  {state}")
        for each in one["differences"] if isinstance(one["differences"], list) else []:
            lines += [_("DIFFERENT {what}: the label says {label}, the stock {stock}", **each)]
    return lines
