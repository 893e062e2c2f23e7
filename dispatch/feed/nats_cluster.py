"""The configuration of a city's NATS cluster as its MQTT broker, as text: one file for each of its nodes.

Written for nats-server 2.10 and later. Sessions, retained messages and QoS 1 on their way live in JetStream
streams that every node has a copy of: with three nodes one may be lost. Every client proves who it is by a
certificate; the common name finds the user, whose permissions are the access list. What NATS does otherwise
than mosquitto stands in docs/brokers.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pydantic import Field

from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.feed.access import Access, Program, admitted
from dispatch.feed.broker import UNACKNOWLEDGED
from dispatch.feed.mosquitto import CA, CERTIFICATES, BrokerLimits

CONFIG = "nats-server.conf"
SERVER, CLUSTER = "broker", "cluster"
"""Certificates of a node: towards its clients, and among the nodes (both a server's and a client's)."""
SMALLEST = 3
"""Nodes: two of three are a majority, two of two are not."""
_DELIVERED = "$MQTT.sub.>"
"""Where a node hands QoS 1 to its own client. No client can subscribe to it by name."""


class ClusterNode(Frozen):
    """One node of a city's cluster: where clients reach it, and where the other nodes do."""

    host: str = Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+$")
    port: int = Field(default=8883, ge=1, le=65535)
    cluster_port: int = Field(default=6222, ge=1, le=65535, description="for the other nodes of its cluster")
    local_port: int = Field(
        default=4222, ge=1, le=65535, description="of NATS' own protocol, on loopback; nobody may come in"
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where one node works. `folder`: where its files lie on its machine, as an absolute path."""

    city: CityCode
    number: int
    folder: PurePosixPath
    listen: str

    @property
    def name(self) -> str:
        return f"{self.city}-{self.number}"

    def certificate(self, name: str) -> PurePosixPath:
        return self.folder / CERTIFICATES / name


@dataclass(frozen=True, slots=True)
class Pinned:
    """SHA-256 of the public keys (DER, hexadecimal) that are let in; empty: all that the authority signed."""

    clients: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the nodes of a city have in common. `secret`: what one node tells another to be let in."""

    city: CityCode
    nodes: tuple[ClusterNode, ...]
    limits: BrokerLimits
    secret: str = field(repr=False)
    pinned: Pinned = Pinned()


def config_text(cluster: Cluster, place: Place, programs: Iterable[Program]) -> str:
    """nats-server.conf of one node as a whole."""
    own = cluster.nodes[place.number - 1]
    parts = [
        _head(place),
        _server(cluster, place, own),
        _routes(cluster, place, own),
        _mqtt(cluster, place, own),
        _users(programs, cluster.city),
    ]
    return "\n".join(parts)


def _head(place: Place) -> str:
    return (
        f"# nats-server, node {place.number} of the cluster of {place.city}, written by\n"
        f"# `czt broker config {place.city} --kind nats-cluster`. Change brokers.toml, write all nodes\n"
        "# again and restart them one after the other: SIGHUP does not read the MQTT part anew.\n"
        "# This file holds the nodes' password.\n"
    )


def _server(cluster: Cluster, place: Place, own: ClusterNode) -> str:
    limits = cluster.limits
    return (
        f'server_name: "{place.name}"\n'
        f'listen: "127.0.0.1:{own.local_port}"\n'
        f"max_payload: {limits.message_bytes}\n"
        "# what may wait for one client that reads slowly; beyond it the client is disconnected\n"
        f"max_pending: {limits.queued_bytes}\n"
        'ping_interval: "5s"\n'
        "ping_max: 2\n"
        f'jetstream {{ store_dir: "{place.folder / "data"}", sync_interval: "{limits.save_every_s}s" }}\n'
    )


def _routes(cluster: Cluster, place: Place, own: ClusterNode) -> str:
    others = [one for number, one in enumerate(cluster.nodes, 1) if number != place.number]
    routes = "".join(
        f'    "nats://{CLUSTER}:{cluster.secret}@{_address(one.host, one.cluster_port)}"\n' for one in others
    )
    return (
        "cluster {\n"
        f'  name: "{cluster.city}"\n'
        f'  listen: "{_address(place.listen, own.cluster_port)}"\n'
        f'  authorization {{ user: "{CLUSTER}", password: "{cluster.secret}", timeout: 5 }}\n'
        f"  routes: [\n{routes}  ]\n"
        f"{_tls(place, CLUSTER, 'verify: true', cluster.pinned.nodes)}"
        "}\n"
    )


def _mqtt(cluster: Cluster, place: Place, own: ClusterNode) -> str:
    return (
        "mqtt {\n"
        f'  listen: "{_address(place.listen, own.port)}"\n'
        "  # for programs that subscribe with QoS 1: a session may have 65,535 over all its filters\n"
        f"  max_ack_pending: {UNACKNOWLEDGED}\n"
        '  ack_wait: "30s"\n'
        f"  stream_replicas: {len(cluster.nodes)}\n"
        f"{_tls(place, SERVER, 'verify_and_map: true', cluster.pinned.clients)}"
        "}\n"
    )


def _tls(place: Place, name: str, verify: str, pinned: Sequence[str]) -> str:
    pins = f"    pinned_certs: [{', '.join(f'{one!r}' for one in pinned)}]\n" if pinned else ""
    return (
        "  tls {\n"
        f'    ca_file: "{place.certificate(CA)}"\n'
        f'    cert_file: "{place.certificate(f"{name}.pem")}"\n'
        f'    key_file: "{place.certificate(f"{name}.key")}"\n'
        f"    {verify}\n"
        "    timeout: 5\n"
        f"{pins}"
        "  }\n"
    )


def _users(programs: Iterable[Program], city: CityCode) -> str:
    blocks = "".join(_user(program, may) for program, may in admitted(programs, city))
    return f"authorization {{\n  users: [\n{blocks}  ]\n}}\n"


def _user(program: Program, may: Access) -> str:
    """The subject of a certificate is the user's name; whoever is not listed is refused at the door."""
    write = [one for topic in may.write for one in subjects(topic)]
    read = [one for topic in may.read for one in subjects(topic)]
    return (
        f'    {{ user: "CN={program.user}", allowed_connection_types: ["MQTT"], permissions: {{\n'
        f"      publish: {_allowed(write)}\n"
        f"      subscribe: {_allowed([*read, _DELIVERED] if read else [])} }} }}\n"
    )


def _allowed(given: Sequence[str]) -> str:
    """An empty list would mean everything."""
    if not given:
        return '{ deny: [">"] }'
    listed = ", ".join(f'"{one}"' for one in given)
    return f"{{ allow: [{listed}] }}"


def subjects(topic: str) -> tuple[str, ...]:
    """An MQTT topic or filter as NATS names it: `/` is `.`, `+` is `*`, `#` is the level itself and `>`."""
    levels = ["*" if level == "+" else level.replace(".", "//") for level in topic.split("/")]
    if levels[-1] != "#":
        return (".".join(levels),)
    return (".".join(levels[:-1]), ".".join([*levels[:-1], ">"]))


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
