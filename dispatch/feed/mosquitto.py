"""The configuration of a city's mosquitto in real operation, as text: TLS, access list, limits, bridges.

Written for mosquitto 2.0. Every client proves who it is by a certificate, whose common name is its user
name; the access list names what that user may do, and whoever it does not name may do nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pydantic import Field

from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen
from dispatch.feed import topics as contract
from dispatch.feed.access import BRIDGED, NODES_BRANCH, Access, Program, admitted, bridged

CONFIG, ACCESS_LIST = "mosquitto.conf", "access.acl"
CERTIFICATES = "certs"
CA, REVOKED = "ca.pem", "revoked.pem"
BROKER, BRIDGE = "broker", "bridge"
"""Programs whose certificate and key the broker itself needs."""


class BrokerLimits(Frozen):
    """Sizes of a broker."""

    message_bytes: int = Field(ge=65_536, le=268_435_455)
    queued_messages: int = Field(ge=1_000, le=10_000_000)
    queued_bytes: int = Field(ge=1_048_576)
    inflight_messages: int = Field(ge=20, le=65_535)
    client_kept_h: int = Field(ge=1, le=8_760)
    save_every_s: int = Field(ge=1, le=3_600)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another city's broker, to which this one forwards its own city's branch; all nodes of a cluster."""

    city: CityCode
    addresses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a broker works. `folder`: where these files lie on its machine, as an absolute path."""

    city: CityCode
    folder: PurePosixPath
    listen: str
    port: int
    user: str = ""
    """The account it runs under; empty: mosquitto's own choice."""

    def certificate(self, name: str) -> PurePosixPath:
        return self.folder / CERTIFICATES / name


def config_text(place: Place, limits: BrokerLimits, neighbours: Sequence[Neighbour]) -> str:
    """mosquitto.conf as a whole."""
    parts = [_head(place), _listener(place), _sizes(limits), _storage(place, limits), _journal()]
    parts += [_bridge(place, neighbour) for neighbour in neighbours]
    return "\n".join(parts)


def _head(place: Place) -> str:
    account = f"user {place.user}\n" if place.user else ""
    return (
        f"# mosquitto 2.0 for {place.city}, written by `czt broker config {place.city}`. Change\n"
        f"# brokers.toml and write it again; after a change of {ACCESS_LIST} or {REVOKED} send SIGHUP.\n"
        f"{account}"
        "per_listener_settings false\n"
        "allow_anonymous false\n"
        f"acl_file {place.folder / ACCESS_LIST}\n"
    )


def _listener(place: Place) -> str:
    return (
        f"listener {place.port} {place.listen}\n"
        "# TLS 1.2 and 1.3; older versions are refused by mosquitto 2.0 with this line\n"
        "tls_version tlsv1.2\n"
        f"cafile {place.certificate(CA)}\n"
        f"certfile {place.certificate(f'{BROKER}.pem')}\n"
        f"keyfile {place.certificate(f'{BROKER}.key')}\n"
        f"crlfile {place.certificate(REVOKED)}\n"
        "require_certificate true\n"
        "use_identity_as_username true\n"
        "# nobody can throw out another program by connecting under its client id\n"
        "use_username_as_clientid true\n"
    )


def _sizes(limits: BrokerLimits) -> str:
    return (
        "set_tcp_nodelay true\n"
        f"max_packet_size {limits.message_bytes}\n"
        f"max_queued_messages {limits.queued_messages}\n"
        f"max_queued_bytes {limits.queued_bytes}\n"
        f"max_inflight_messages {limits.inflight_messages}\n"
        "queue_qos0_messages false\n"
        f"persistent_client_expiration {limits.client_kept_h}h\n"
    )


def _storage(place: Place, limits: BrokerLimits) -> str:
    return (
        "persistence true\n"
        f"persistence_location {place.folder / 'data'}/\n"
        f"autosave_interval {limits.save_every_s}\n"
    )


def _journal() -> str:
    """Who came and went, what was denied; never what was said."""
    return (
        "log_dest stderr\n"
        "log_type error\nlog_type warning\nlog_type notice\nlog_type information\n"
        "log_timestamp true\n"
        "log_timestamp_format %Y-%m-%dT%H:%M:%S\n"
        "connection_messages true\n"
    )


def _bridge(place: Place, to: Neighbour) -> str:
    """One way, outbound: what comes from another city is never forwarded again."""
    shown = [(f"[{host}]" if ":" in host else host, port) for host, port in to.addresses]
    addresses = " ".join(f"{host}:{port}" for host, port in shown)
    topics = "".join(f"topic {one} out 1\n" for one in bridged(place.city, to.city))
    own = f"{contract.ROOT}/{place.city}/"
    # what programs say of themselves lies apart there: some of them are connected there too
    topics += f"topic {NODES_BRANCH}/# out 1 {own} {own}{BRIDGED}/\n"
    return (
        f"connection {place.city}-to-{to.city}\n"
        f"address {addresses}\n"
        f"{topics}"
        f"local_username {place.city}-{BRIDGE}\n"
        f"local_clientid {place.city}-to-{to.city}-local\n"
        f"remote_clientid {place.city}-{BRIDGE}\n"
        f"bridge_cafile {place.certificate(CA)}\n"
        f"bridge_certfile {place.certificate(f'{BRIDGE}.pem')}\n"
        f"bridge_keyfile {place.certificate(f'{BRIDGE}.key')}\n"
        "bridge_tls_version tlsv1.2\n"
        "bridge_insecure false\n"
        "try_private true\n"
        "notifications false\n"
        "cleansession false\n"
        "start_type automatic\n"
        "restart_timeout 1 30\n"
        "keepalive_interval 10\n"
    )


def access_list(programs: Iterable[Program], broker: CityCode) -> str:
    """access.acl as a whole: one block for each program; whoever has none may do nothing."""
    blocks = [
        f"# Who may do what at the broker of {broker}, written by `czt broker config {broker}`.\n"
        "# Whoever is not named here may connect with a valid certificate, and neither read nor write.\n"
    ]
    blocks += [_block(program, may) for program, may in admitted(programs, broker)]
    return "\n".join(blocks)


def _block(program: Program, may: Access) -> str:
    lines = [f"# {program.role.value}", f"user {program.user}"]
    both = [one for one in may.read if one in may.write]
    lines += [f"topic readwrite {one}" for one in both]
    lines += [f"topic read {one}" for one in may.read if one not in both]
    lines += [f"topic write {one}" for one in may.write if one not in both]
    return "\n".join(lines) + "\n"
