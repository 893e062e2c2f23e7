"""By which names the door may be called: pages of other places can make a browser call it by another."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from dispatch.settings.web import WebRules

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Origins, scheme and all, as browsers write them; the first is the one to tell people."""

    origins: tuple[str, ...]

    @classmethod
    def of(cls, rules: WebRules, port: int) -> "Addresses":
        """`port`: on which the door listens at last."""
        if rules.public_address:
            return cls((_spelt(rules.public_address),))
        scheme = "https" if rules.tls else "http"
        host = f"[{rules.host}]" if ":" in rules.host else rules.host
        names: tuple[str, ...] = LOOPBACK if rules.loopback else (host,)
        if rules.host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            names = (host, *(name for name in names if name != host))
        return cls(tuple(_spelt(f"{scheme}://{name}:{port}") for name in names))

    @property
    def told(self) -> str:
        """The address to tell people."""
        return self.origins[0]

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS, so that cookies go nowhere else."""
        return self.told.startswith("https:")

    def knows_host(self, host: str) -> bool:
        """Whether a Host header names this door."""
        return any(_spelt(f"{origin.partition('://')[0]}://{host}") == origin for origin in self.origins)

    def knows_origin(self, origin: str) -> bool:
        """Whether a page of this door made the call. Nothing, and "null", are no origin of ours."""
        return bool(origin) and _spelt(origin) in self.origins

    def socket_of(self, host: str) -> str:
        """The address of the socket for a page that was called by `host`, which is known."""
        return f"{'wss' if self.secure else 'ws'}://{host}/ws"


def _spelt(address: str) -> str:
    """One spelling: small letters, no port that goes without saying; empty for what is no address."""
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    told = "" if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{port}"
    return f"{parts.scheme}://{host}{told}"
