"""tracks.toml: how closely a centre keeps where its vehicles drove, and for how long."""

from pathlib import Path

from dispatch.settings.files import TomlFile, config_file
from dispatch.tracks.rules import TrackRules


def load_track_rules(user_dir: Path | None = None) -> TrackRules:
    """The rules; BadConfiguration with file and line when they cannot be read."""
    return TomlFile(config_file("tracks.toml", user_dir)).read(TrackRules)
