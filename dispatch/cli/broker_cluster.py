"""`czt broker config CITY --kind nats-cluster`: one folder for each node of a city's NATS cluster."""

import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import typer

from dispatch.certificates import key_digest, write_private
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.feed import mosquitto, nats_cluster
from dispatch.feed.access import Program, admitted
from dispatch.feed.nats_cluster import Cluster, Pinned, Place
from dispatch.language import _
from dispatch.settings.brokers import Brokers

PASSWORD_FILE = "nodes.password"  # noqa: S105 - the name of a file
"""Kept beside the nodes' folders, so that a node that is written again is let in by the others."""
_NEEDED = (
    mosquitto.CA,
    *(f"{name}.{kind}" for name in (nats_cluster.SERVER, nats_cluster.CLUSTER) for kind in ("pem", "key")),
)


def write_cluster(
    brokers: Brokers, city: CityCode, out: Path, at: PurePosixPath | None, pki: Path | None, *, drill: bool
) -> None:
    """`out`/node-1, node-2 ...; `at`: where such a folder will lie on its node's machine."""
    broker = brokers.cities[city]
    if not broker.nodes:
        raise DispatchError(
            _(
                "brokers.toml names no nodes of {city}: add three [[cities.{city}.nodes]] with their hosts",
                city=city,
            )
        )
    programs = (*brokers.programs, *(brokers.simulators() if drill else ()))
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        pinned = Pinned() if pki is None else _pinned(pki, programs, city)
        cluster = Cluster(city, broker.nodes, brokers.limits, _secret(out / PASSWORD_FILE), pinned)
        for number in range(1, len(broker.nodes) + 1):
            folder = out / f"node-{number}"
            place = Place(city, number, at or PurePosixPath(folder.resolve().as_posix()), broker.listen)
            _write_node(cluster, place, programs, folder, pki)
    except OSError as error:
        problem = _("cannot write {file}: {error}", file=error.filename or out, error=error.strerror or error)
        raise DispatchError(problem) from error
    _say(cluster, out, programs, certificates=pki is not None)


def _write_node(
    cluster: Cluster, place: Place, programs: Iterable[Program], folder: Path, pki: Path | None
) -> None:
    for part in ("", mosquitto.CERTIFICATES, "data"):
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    text = nats_cluster.config_text(cluster, place, programs)
    write_private(folder / nats_cluster.CONFIG, text.encode())
    if pki is not None:
        copy_certificates(pki, cluster.city, _NEEDED, folder / mosquitto.CERTIFICATES)


def _say(cluster: Cluster, out: Path, programs: Iterable[Program], *, certificates: bool) -> None:
    typer.echo(
        _(
            "{folder}/node-1 to node-{nodes}: {count} programs may connect; no bridges to other cities",
            folder=out,
            nodes=len(cluster.nodes),
            count=len(admitted(programs, cluster.city)),
        )
    )
    first, *others = cluster.nodes
    typer.echo(_("in settings.toml of each program, below [links.{city}]:", city=cluster.city))
    listed = ", ".join(f'"{one.host}:{one.port}"' for one in others)
    typer.echo(
        f'    host = "{first.host}"\n    port = {first.port}\n    others = [{listed}]\n    subscribe_qos = 0'
    )
    if not certificates:
        typer.echo(
            _(
                "put into {folder} before the start: {files}",
                folder=f"node-…/{mosquitto.CERTIFICATES}",
                files=", ".join(_NEEDED),
            )
        )
        typer.echo(_("without --pki no certificate is pinned: one that was stolen stays good until it ends"))


def _secret(file: Path) -> str:
    if not file.is_file():
        write_private(file, secrets.token_urlsafe(24).encode())
    return file.read_text("utf-8").strip()


def _pinned(pki: Path, programs: Iterable[Program], city: CityCode) -> Pinned:
    """The certificates of this folder and no others: NATS knows no list of revoked ones."""
    files = [pki / one.folder / f"{one.name}.pem" for one, _may in admitted(programs, city)]
    try:
        clients = sorted({key_digest(one) for one in files if one.is_file()})
        return Pinned(tuple(clients), (key_digest(pki / city / f"{nats_cluster.CLUSTER}.pem"),))
    except FileNotFoundError as error:
        raise _missing(Path(error.filename), pki) from None
    except ValueError as error:
        raise DispatchError(
            _("the certificates in {folder} cannot be read: {error}", folder=pki, error=error)
        ) from error


def copy_certificates(pki: Path, city: str, needed: Iterable[str], to: Path) -> None:
    """What a broker reads from its folder of certificates, out of that of `czt keys pki`."""
    for name in needed:
        found = pki / name if name in (mosquitto.CA, mosquitto.REVOKED) else pki / city / name
        if not found.is_file():
            raise _missing(found, pki)
        if found.suffix == ".key":
            write_private(to / name, found.read_bytes())
        else:
            shutil.copyfile(found, to / name)


def _missing(file: Path, pki: Path) -> DispatchError:
    return DispatchError(
        _("there is no {file}: make it with czt keys pki --out {folder}", file=file, folder=pki)
    )
