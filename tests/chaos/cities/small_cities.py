"""The shipped configuration with twenty units in each city, and loans that run out within a short run."""

import json
import re
import shutil
from pathlib import Path

from dispatch.settings import Configuration

CITIES = ("changsha", "xiangtan", "zhuzhou")
UNITS = 20
ROOT = Path(__file__).parents[3]
_UNITS = re.compile(r"^units = \{(?P<kinds>.*)\}$")
_LENDING = {"answer_s": 25, "unused_s": 20, "warn_s": 8, "alarm_s": 15}


def make_configuration(folder: Path, units: int = UNITS) -> Path:
    """A configuration folder with so many units a city; what is not written here is as shipped."""
    (folder / "cities").mkdir(parents=True)
    for city in CITIES:
        shipped = ROOT / "config" / "cities" / f"{city}.toml"
        (folder / "cities" / shipped.name).write_text(_smaller(shipped.read_text("utf-8"), units), "utf-8")
    lending = (ROOT / "config" / "lending.toml").read_text("utf-8")
    for name, value in _LENDING.items():
        lending, found = re.subn(rf"(?m)^{name} = \d+", f"{name} = {value}", lending)
        if not found:
            raise ValueError(f"lending.toml has no {name}")
    (folder / "lending.toml").write_text(lending, "utf-8")
    shutil.copy(ROOT / "config" / "settings.toml", folder)
    return folder


def _smaller(text: str, units: int) -> str:
    """The stations of a city, in the order of the file, until there are enough units."""
    left, lines = units, []
    for line in text.splitlines():
        found = _UNITS.match(line)
        if found is None:
            lines.append(line)
            continue
        kinds: dict[str, int] = {}
        for pair in found["kinds"].split(","):
            kind, count = pair.split("=")
            kinds[kind.strip()] = min(int(count), left)
            left -= kinds[kind.strip()]
        told = ", ".join(f"{kind} = {count}" for kind, count in kinds.items() if count)
        if told:
            lines.append(f"units = {{ {told} }}")
    return "\n".join(lines) + "\n"


def write_ground(configuration: Configuration, file: Path) -> dict[str, list[str]]:
    """Where every unit stands and the hospitals of its city; returns the units of each city."""
    places = {site.id: site.position for site in configuration.sites}
    ground: dict[str, dict[str, dict[str, list[float]] | list[str]]] = {}
    for city in CITIES:
        at = {one.id: places[one.station] for one in configuration.units if one.city == city and one.station}
        hospitals: list[str] = [one.id for one in configuration.hospitals if one.city == city]
        ground[city] = {
            "units": {unit: [where.lat, where.lon] for unit, where in at.items()},
            "hospitals": hospitals,
        }
    file.write_text(json.dumps(ground), "utf-8")
    return {city: list(ground[city]["units"]) for city in CITIES}
