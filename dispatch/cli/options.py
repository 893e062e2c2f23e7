"""What several commands share: the configuration folder, and brokers as the settings name them."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch.domain.errors import DispatchError
from dispatch.feed.transport import Endpoint, TlsFiles
from dispatch.language import _
from dispatch.settings import LinkEndpoint

ConfigDir = Annotated[
    Path | None, typer.Option("--config", help=_("folder whose files replace the shipped configuration"))
]


def endpoint_of(link: LinkEndpoint) -> Endpoint:
    """The settings' endpoint with its secret read and its certificates named."""
    password = None
    if link.password_file is not None:
        try:
            password = link.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            problem = _("cannot read {file}: {error}", file=link.password_file, error=error.strerror)
            raise DispatchError(problem) from error
    tls = TlsFiles(link.tls.ca_file, link.tls.cert_file, link.tls.key_file) if link.tls else None
    return Endpoint(link.host, link.port, link.username, password, tls)
