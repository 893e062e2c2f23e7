"""Where better driving times come from: the [travel] table of settings.toml, and the rules for them."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from dispatch.decide.corrections import CorrectionRules
from dispatch.decide.roads.rules import RoadRules
from dispatch.domain.model import Frozen
from dispatch.language import _
from dispatch.settings.files import TomlFile, config_file


class TableSettings(Frozen):
    """A routing server that is asked for driving times."""

    engine: Literal["osrm", "valhalla"]
    url: str = Field(description="for example http://127.0.0.1:5000")
    timeout_s: float = Field(default=2.0, gt=0, le=60)
    most_places: int = Field(default=100, ge=2, le=10_000, description="in one question; servers refuse more")

    @field_validator("url")
    @classmethod
    def _of_a_web_server(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(_("must look like http://127.0.0.1:5000"))
        return url


class TravelSettings(Frozen):
    """Where driving times come from; without it all are estimates. Paths start at the settings file."""

    roads: Path | None = Field(default=None, description="a road graph made by czt roads import")
    table: TableSettings | None = Field(default=None, description="a routing server; asked first")
    corrections: Path | None = Field(default=None, description="a file made by czt travel learn")

    def below(self, folder: Path) -> "TravelSettings":
        """The same with absolute paths."""
        paths = {"roads": self.roads, "corrections": self.corrections}
        absolute = {key: path and folder / path.expanduser() for key, path in paths.items()}
        return self.model_copy(update=absolute)


def load_road_rules(user_dir: Path | None = None) -> RoadRules:
    """rules/roads.toml; BadConfiguration when it is wrong."""
    return TomlFile(config_file("rules/roads.toml", user_dir)).read(RoadRules)


def load_correction_rules(user_dir: Path | None = None) -> CorrectionRules:
    """rules/corrections.toml; BadConfiguration when it is wrong."""
    return TomlFile(config_file("rules/corrections.toml", user_dir)).read(CorrectionRules)
