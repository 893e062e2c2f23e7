"""export.toml: what `czt export` takes out of a log."""

from pathlib import Path

from dispatch.settings.files import TomlFile, config_file
from dispatch.warehouse.rules import ExportRules


def load_export_rules(user_dir: Path | None = None) -> ExportRules:
    """The lists; BadConfiguration with file and line when they cannot be read."""
    return TomlFile(config_file("export.toml", user_dir)).read(ExportRules)
