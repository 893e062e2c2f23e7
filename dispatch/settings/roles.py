"""roles.toml: which role may do what."""

from datetime import date
from pathlib import Path

from pydantic import Field

from dispatch.domain.model import Frozen
from dispatch.domain.operators import Right, Rights, Role
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file

NEEDED = (Right.INCIDENT, Right.ORDER, Right.ALARM)
"""What a dispatcher can never be without: break-glass, which must not block a dispatch, stands on it."""


class RolesTable(Frozen):
    """Every role of a dispatch centre once, so that none is forgotten."""

    dispatcher: frozenset[Right]
    supervisor: frozenset[Right]
    blood_staff: frozenset[Right]
    drill_leader: frozenset[Right]
    observer: frozenset[Right]
    claims_staff: frozenset[Right] = frozenset()
    """May be left out: a site that handles no claims has none."""


class RolesFile(Frozen):
    """roles.toml."""

    edition: str = Field(min_length=1)
    source: str = Field(min_length=1)
    effective_from: date
    sign_off: tuple[str, ...] = Field(min_length=1)
    signed_by: tuple[str, ...] = ()
    drill_only: frozenset[Role] = frozenset()
    roles: RolesTable


def load_rights(user_dir: Path | None = None) -> Rights:
    """The table of rights; BadConfiguration with file and line, also when a dispatcher could do nothing."""
    file = TomlFile(config_file("roles.toml", user_dir))
    content = file.read(RolesFile)
    lacking = [right.value for right in NEEDED if right not in content.roles.dispatcher]
    if lacking:
        problem = _("a dispatcher cannot be without: {rights}", rights=", ".join(lacking))
        raise file.wrong(("roles", "dispatcher"), problem)
    if Role.DISPATCHER in content.drill_only:
        raise file.wrong(("drill_only",), _("a dispatcher works in real operation too: take the role out"))
    said = content.model_dump(exclude={"roles"})
    return Rights(**said, roles={role: getattr(content.roles, role.value) for role in Role})
