"""province.toml: the cities of a province and the brokers they are seen through."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from dispatch.domain.geography import CityCode
from dispatch.feed.transport import Endpoint
from dispatch.language import _
from dispatch.province.rules import ProvinceRules
from dispatch.settings.files import TomlFile, config_file
from dispatch.settings.model import LinkEndpoint

FILE = "province.toml"


class _File(ProvinceRules):
    """All of province.toml."""

    links: dict[CityCode, LinkEndpoint] = Field(default={})


@dataclass(frozen=True, slots=True)
class Province:
    """The rules, and the way to each city that has one."""

    rules: ProvinceRules
    links: dict[CityCode, LinkEndpoint]

    def endpoints(self) -> dict[CityCode, Endpoint]:
        """With secrets read; DispatchError when one cannot be."""
        return {city: link.endpoint(self.rules.node) for city, link in self.links.items()}


def load_province(user_dir: Path | None = None) -> Province:
    """BadConfiguration with file and line: a city twice, or a link to none of them."""
    file = TomlFile(config_file(FILE, user_dir))
    content = file.read(_File)
    known: list[CityCode] = []
    for row, city in enumerate(content.city):
        if city.code in known:
            raise file.wrong(("city", row, "code"), _("{city}: this city stands here twice", city=city.code))
        known.append(city.code)
    for code in content.links:
        if code not in known:
            problem = _(
                "links.{city}: there is no such city; allowed: {allowed}", city=code, allowed=", ".join(known)
            )
            raise file.wrong(("links", code), problem)
    folder = file.path.resolve().parent
    rules = ProvinceRules.model_validate(content.model_dump(exclude={"links"}))
    return Province(rules, {city: link.below(folder) for city, link in content.links.items()})
