"""printing.toml: how documents come onto paper here."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from dispatch.domain.model import Frozen
from dispatch.settings.files import TomlFile, config_file


class PrintingRules(Frozen):
    """`command` empty: there is no printer."""

    edition: str
    command: tuple[str, ...] = Field(default=(), max_length=20)
    format: Literal["text", "html"] = "text"
    timeout_s: float = Field(default=20, gt=0, le=300)


def load_printing(user_dir: Path | None = None) -> PrintingRules:
    """Read printing.toml; BadConfiguration: file and line of what is wrong."""
    return TomlFile(config_file("printing.toml", user_dir)).read(PrintingRules)
