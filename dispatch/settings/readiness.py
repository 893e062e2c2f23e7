"""What is still missing before a checked configuration can go to work: brokers' names, keys."""

import stat
from collections.abc import Iterable
from pathlib import Path

from dispatch.language import _
from dispatch.settings.model import LinkEndpoint, Settings

PLACEHOLDER_END = ".example"
"""Reserved by RFC 2606: no host ends so."""


def unready(settings: Settings) -> list[str]:
    """A sentence for each thing that is missing; empty when the links can be used, or none is configured."""
    found = []
    for city, link in settings.links.items():
        if link.host.endswith(PLACEHOLDER_END):
            host = link.host
            found.append(_("links.{city}: {host} is a placeholder: name its broker", city=city, host=host))
    for path, private in _secrets(settings.links.values(), settings.node):
        if not path.is_file():
            found.append(_("{file} is not there yet", file=path))
        elif private and stat.S_IMODE(path.stat().st_mode) & 0o077:
            found.append(_("{file} can be read by others: chmod 600 {file}", file=path))
    return found


def _secrets(links: Iterable[LinkEndpoint], node: str) -> list[tuple[Path, bool]]:
    """(file, whether only its owner may read it), each once, as the program `node` uses them."""
    named: dict[Path, bool] = {}
    for link in links:
        if link.password_file is not None:
            named[link.password_file] = True
        if link.tls is not None:
            files = link.tls.of(node)
            named[files.ca] = False
            if files.cert is not None:
                named[files.cert] = False
            if files.key is not None:
                named[files.key] = True
    return list(named.items())
