"""The agreed reasons for not taking rank 1, from config/override_reasons.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from dispatch.causes import cause
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.model import Name
from dispatch.language import _, current
from dispatch.wrong_values import wrong_value

_REASONS = TypeAdapter(dict[str, list[Name]])
KINDS = ("unit", "hospital", "blood")


@dataclass(frozen=True)
class OverrideReasons:
    """Reasons per kind of choice: "unit", "hospital", "blood"."""

    by_kind: Mapping[str, tuple[Name, ...]]

    def said(self, kind: str) -> tuple[str, ...]:
        """The reasons of a kind in the language in use."""
        return tuple(name.text(current()) for name in self.by_kind.get(kind, ()))


def load_override_reasons(path: Path) -> OverrideReasons:
    """Read the list; BadConfiguration names the file and what is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        tables.pop("edition", None)
        read = _REASONS.validate_python(tables)
    except tomllib.TOMLDecodeError as error:
        raise BadConfiguration(path.name, 1, cause(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadConfiguration(
            path.name,
            1,
            _("{key}: {problem}; each reason is {{zh, en}}", key=where, problem=wrong_value(first)),
        ) from None
    for kind in read.keys() - set(KINDS):
        raise BadConfiguration(
            path.name, 1, _("{name} is not one of {listed}", name=f"[{kind}]", listed=", ".join(KINDS))
        )
    return OverrideReasons({kind: tuple(names) for kind, names in read.items()})
