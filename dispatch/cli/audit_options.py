"""What the commands about audit logs share."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.audit.keyring import load_trusted, parse_public
from dispatch.audit.notes import PublicKey
from dispatch.audit.said_times import CHINA_TIME
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.settings.audit import load_trust

LogFile = Annotated[Path, typer.Argument(help=_("the audit log, a file such as audit.db"))]
AsJson = Annotated[bool, typer.Option("--json", help=_("print JSON"))]
Trusted = Annotated[
    Path | None,
    typer.Option("--trusted", help=_("file of trusted keys; without it: trusted_keys.toml of the settings")),
]
Since = Annotated[datetime | None, typer.Option(help=_("from this time on (China time)"))]
Until = Annotated[datetime | None, typer.Option(help=_("before this time (China time)"))]
Key = Annotated[list[str] | None, typer.Option("--key", help=_("a public key to trust as well"))]


def in_china(moment: datetime | None) -> datetime | None:
    """A time as it was typed, with its zone."""
    return None if moment is None else moment.replace(tzinfo=CHINA_TIME)


def there(log: Path) -> Path:
    """The log, if it is there; DispatchError otherwise."""
    if not log.is_file():
        raise DispatchError(_("there is no audit log at {file}", file=log))
    return log


def trusted_keys(file: Path | None, keys: Sequence[str] | None, config: Path | None) -> tuple[PublicKey, ...]:
    """The keys to go by; DispatchError when there are none, or one of them is none."""
    listed = load_trust(config) if file is None else load_trusted(file)
    found = (*listed, *(parse_public(one) for one in keys or ()))
    if not found:
        raise DispatchError(_("no key is trusted here: take those of the cities in with czt keys trust"))
    return found
