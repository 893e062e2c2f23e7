"""Who sits at the console, as it is said on a screen."""

from dispatch.console.ports import Desk
from dispatch.domain.operators import ROLE_NAMES
from dispatch.language import _, current
from dispatch.text import safe_text


def operator_text(desk: Desk, operator: str | None = None, limit: int = 16) -> str:
    """An operator by name in the language in use, else as he is called; by default the one who sits here."""
    wanted = desk.operator if operator is None else operator
    for known, name, _role in desk.operators():
        if known == wanted:
            return safe_text(name.text(current()), limit)
    return safe_text(wanted, limit)


def role_text(desk: Desk) -> str:
    """His role; whoever came in by break-glass is called that."""
    return _("break-glass") if desk.break_glass else _(ROLE_NAMES[desk.role])
