"""web.toml: the door of the consoles in browsers."""

import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from dispatch.domain.model import Frozen
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file

Digit = Annotated[int, Field(ge=1, le=9)]


class WebRules(Frozen):
    """Where the door listens, who may be at work there, and for how long. Paths are absolute once loaded."""

    edition: str
    host: str = "127.0.0.1"
    port: int = Field(default=8023, ge=0, le=65535, description="0: any that is free")
    public_address: str = Field(default="", description="https://name[:port] of a reverse proxy; empty: none")
    cert_file: Path | None = None
    key_file: Path | None = None
    desks: tuple[Digit, ...] = Field(min_length=1, max_length=9)
    idle_min: float = Field(default=15, gt=0, le=720)
    longest_h: float = Field(default=12, gt=0, le=24)

    @property
    def tls(self) -> bool:
        """Whether the door itself speaks TLS."""
        return self.cert_file is not None

    @property
    def loopback(self) -> bool:
        """Whether nothing outside of this machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def load_web(user_dir: Path | None = None) -> WebRules:
    """Read web.toml; BadConfiguration: file and line of what is wrong."""
    file = TomlFile(config_file("web.toml", user_dir))
    rules = file.read(WebRules)
    if len(set(rules.desks)) != len(rules.desks):
        raise file.wrong(("desks",), _("desks: each digit once"))
    if (rules.cert_file is None) != (rules.key_file is None):
        raise file.wrong(
            ("cert_file" if rules.cert_file else "key_file",), _("cert_file and key_file: both or neither")
        )
    if not rules.loopback and not rules.tls:
        raise file.wrong(("host",), _("host: outside of this machine only with cert_file and key_file"))
    if rules.public_address and not _is_address(rules.public_address):
        problem = _("public_address: https://name, or https://name:port, and nothing behind it")
        raise file.wrong(("public_address",), problem)
    folder = file.path.resolve().parent
    below = {
        name: folder / path.expanduser()
        for name in ("cert_file", "key_file")
        if (path := getattr(rules, name))
    }
    return rules.model_copy(update=below)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        valid_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    bare = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme == "https" and bool(parts.hostname) and bare and valid_port
