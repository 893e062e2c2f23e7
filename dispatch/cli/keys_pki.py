"""`czt keys pki`: a certificate authority for drills and trials, with a certificate for each program."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from dispatch.certificates import CA, CA_KEY, REVOKED, Authority
from dispatch.cli.options import ConfigDir
from dispatch.clock import SystemClock
from dispatch.domain.errors import DispatchError, UnknownName
from dispatch.domain.geography import CityCode
from dispatch.feed.access import Program, ProgramRole
from dispatch.feed.mosquitto import BROKER
from dispatch.feed.nats_cluster import CLUSTER
from dispatch.language import _
from dispatch.settings import load
from dispatch.settings.brokers import Brokers, CityBroker, load_brokers
from dispatch.text import safe_text


def pki(
    out: Annotated[Path, typer.Option("--out", help=_("folder of the authority; made where it is missing"))],
    city: Annotated[
        list[str] | None, typer.Option("--city", help=_("only this city; may be given several times"))
    ] = None,
    drill: Annotated[
        bool, typer.Option("--drill", help=_("also for the simulators that play whole cities"))
    ] = False,
    days: Annotated[
        int, typer.Option("--days", min=1, max=825, help=_("so long the certificates are valid"))
    ] = 90,
    also: Annotated[
        list[str] | None,
        typer.Option("--also", help=_("another name or address of the brokers, such as 127.0.0.1")),
    ] = None,
    revoke: Annotated[
        list[str] | None,
        typer.Option("--revoke", help=_("a program whose certificate counts no more, as changsha-console-1")),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    config: ConfigDir = None,
) -> None:
    """Certificates that are there and good for half their time yet stay; those of new programs are added."""
    configuration = load(config)
    brokers = load_brokers(configuration, config)
    wanted = _cities(brokers, city)
    authority = Authority.opened(out, SystemClock(), valid_days=days)
    programs = [
        one
        for one in (*brokers.programs, *(brokers.simulators() if drill else ()))
        if one.city in wanted or (not city and one.city not in brokers.cities)
    ]
    gone = _revoke(authority, programs, revoke or [])
    made = [one.user for one in programs if authority.issue(out / one.folder, one.name, one.user)]
    own = 0
    for one in wanted:
        hosts = list(dict.fromkeys([*brokers.cities[one].hosts, *(also or [])]))
        for name in _of_the_broker(brokers.cities[one]):
            broker = Program(one, ProgramRole.BRIDGE, name)
            own += 1
            if authority.issue(out / one, name, broker.user, hosts, peer=name == CLUSTER):
                made.append(broker.user)
    if as_json:
        said = {"folder": str(out), "made": made, "programs": len(programs), "revoked": gone}
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    for name in gone:
        typer.echo(_("{name}: revoked; give the brokers the new {file}", name=name, file=REVOKED))
    typer.echo(
        _(
            "{made} certificates made, {kept} kept: {folder}/<city>/<program>.pem and .key; {ca} is for all",
            made=len(made),
            kept=len(programs) + own - len(made),
            folder=out,
            ca=CA,
        )
    )
    typer.echo(
        _(
            "{file} signs certificates: keep it apart, and use none of this in real operation",
            file=out / CA_KEY,
        ),
        err=True,
    )


def _of_the_broker(broker: CityBroker) -> tuple[str, ...]:
    """Certificates that a broker itself needs: one towards its clients, one among the nodes of a cluster."""
    return (BROKER, CLUSTER) if broker.nodes else (BROKER,)


def _cities(brokers: Brokers, named: Sequence[str] | None) -> list[CityCode]:
    for one in named or []:
        if one not in brokers.cities:
            raise UnknownName("city", safe_text(one, 40))
    return [one for one in brokers.cities if not named or one in named]


def _revoke(authority: Authority, programs: Sequence[Program], users: Iterable[str]) -> list[str]:
    files = {one.user: authority.folder / one.folder / f"{one.name}.pem" for one in programs}
    gone = []
    for user in users:
        file = files.get(user)
        if file is None or not file.is_file():
            raise DispatchError(_("there is no certificate of {name}", name=safe_text(user, 80)))
        authority.revoke(file)
        gone.append(user)
    return gone
