"""`czt init`: a city's own folder, ready to be filled."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.language import _
from dispatch.settings import load
from dispatch.settings.readiness import unready
from dispatch.settings.site_folder import Site, write_site


def init(
    city: Annotated[str, typer.Argument(help=_("code of the city, such as changsha"))],
    out: Annotated[Path, typer.Option("--out", help=_("the folder to write; it must not be there yet"))],
    node: Annotated[
        str,
        typer.Option(
            "--node", help=_("name of this machine on the wire: console-1; a centre's server: centre")
        ),
    ] = "console-1",
    desk: Annotated[
        int, typer.Option("--desk", min=1, max=9, help=_("digit of this desk; one per desk of a city"))
    ] = 1,
    broker: Annotated[
        list[str] | None,
        typer.Option("--broker", metavar="CITY=HOST[:PORT]", help=_("the broker of a city; once for each")),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help=_("user name and password without TLS: on a closed network only"))
    ] = False,
    data: Annotated[
        Path | None, typer.Option("--data", help=_("folder of the records; without it: the account's own"))
    ] = None,
) -> None:
    """Nothing that is there is written over."""
    shipped = load(None)
    home = next((one for one in shipped.cities if one.code == city), None)
    known = [str(one.code) for one in shipped.cities]
    if home is None:
        raise DispatchError(
            _("no city is called {city}; there are: {known}", city=city, known=", ".join(known))
        )
    brokers = dict(_broker(said, known) for said in broker or ())
    site = Site(
        city=home,
        cities=shipped.cities,
        node=node,
        desk=desk,
        brokers=brokers,
        tls=not plain,
        data_dir=data.absolute() if data else None,
        program=Path(sys.argv[0]).absolute(),
    )
    names = write_site(site, out)
    typer.echo(_("written to {folder}:", folder=out))
    for name in names:
        typer.echo(f"    {name}")
    for sentence in unready(load(out).settings):
        typer.echo(_("not ready: {what}", what=sentence))
    typer.echo(_("what to do next stands in {file}", file=out / "README.md"))


def _broker(said: str, known: list[str]) -> tuple[CityCode, tuple[str, int | None]]:
    """changsha=mqtt.example.org:8883, or with an IPv6 address in brackets."""
    city, _equals, place = said.partition("=")
    host, _colon, port = place.rpartition(":") if place.rpartition(":")[2].isdigit() else (place, "", "")
    host = host.strip("[]")
    usable = host and not set(host) & set('"\\ \t\n') and (not port or 1 <= int(port) <= 65535)
    if city not in known or not usable:
        raise DispatchError(
            _("--broker {said} cannot be read: write CITY=HOST or CITY=HOST:PORT with one of {known}",
              said=said, known=", ".join(known))
        )  # fmt: skip
    return CityCode(city), (host, int(port) if port else None)
