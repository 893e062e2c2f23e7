"""export.toml: what may leave a log without anybody asking for persons."""

from pydantic import Field

from dispatch.domain.model import Frozen


class ExportRules(Frozen):
    """Families of actions whose target is no person, and keys of `detail` that hold none."""

    edition: str = Field(min_length=1)
    source: str = Field(min_length=1)
    signed_by: tuple[str, ...] = ()
    targets: frozenset[str]
    detail: frozenset[str]
