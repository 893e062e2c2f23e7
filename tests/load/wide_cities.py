"""The shipped configuration with as many units and banks in each city as asked, to be put under load."""

import re
import shutil
from pathlib import Path

from dispatch.settings import load

ROOT = Path(__file__).parents[2]
CITIES = ("changsha", "xiangtan", "zhuzhou")
_UNITS = re.compile(r"(?m)^units = \{(?P<kinds>.*)\}$")
_BANK = re.compile(r"(?m)^\[\[bank\]\]$")
_CLOSED = re.compile(r"(?m)^closed_kept_s = \d+")


def make_configuration(
    folder: Path, *, units: int, banks: int, home: str = "changsha", closed_kept_s: int = 3600
) -> Path:
    """A configuration folder; every file that is not written here is the shipped one.

    `units` and `banks` are of each city. The units beyond the shipped ones stand at its stations in turn,
    the banks around its centre. ValueError where the shipped city has more than asked.
    """
    (folder / "cities").mkdir(parents=True)
    centres = {city.code: city.centre for city in load().cities}
    for city in CITIES:
        text = (ROOT / "config" / "cities" / f"{city}.toml").read_text("utf-8")
        at = centres[next(code for code in centres if code == city)]
        text = _more_banks(_more_units(text, units), banks, (at.lat, at.lon))
        (folder / "cities" / f"{city}.toml").write_text(text, "utf-8")
    settings = (ROOT / "config" / "settings.toml").read_text("utf-8")
    settings, found = _CLOSED.subn(f"closed_kept_s = {closed_kept_s}", settings)
    settings, home_found = re.subn(r'(?m)^home_city = "\w+"', f'home_city = "{home}"', settings)
    if not (found and home_found):
        raise ValueError("settings.toml has no closed_kept_s or no home_city")
    (folder / "settings.toml").write_text(settings, "utf-8")
    shutil.copy(ROOT / "config" / "brokers.toml", folder)
    return folder


def _more_units(text: str, wanted: int) -> str:
    """Basic units added at each station in turn, until there are so many."""
    stations = list(_UNITS.finditer(text))
    here = [_kinds(one["kinds"]) for one in stations]
    missing = wanted - sum(sum(kinds.values()) for kinds in here)
    if missing < 0 or not stations:
        raise ValueError(f"the shipped city has {wanted - missing} units, more than {wanted}")
    each, over = divmod(missing, len(stations))
    pieces, end = [], 0
    for place, (found, kinds) in enumerate(zip(stations, here, strict=True)):
        kinds["basic"] = kinds.get("basic", 0) + each + (place < over)
        told = ", ".join(f"{kind} = {count}" for kind, count in kinds.items() if count)
        pieces += [text[end : found.start()], f"units = {{ {told} }}"]
        end = found.end()
    return "".join([*pieces, text[end:]])


def _kinds(said: str) -> dict[str, int]:
    pairs = (pair.split("=") for pair in said.split(","))
    return {kind.strip(): int(count) for kind, count in pairs}


def _more_banks(text: str, wanted: int, centre: tuple[float, float]) -> str:
    """Banks added in a grid around the centre of the city, until there are so many."""
    found = re.search(r'(?m)^prefix = "(\w+)"', text)
    here = len(_BANK.findall(text))
    if found is None or here > wanted:
        raise ValueError(f"the shipped city has {here} banks, more than {wanted}")
    added = []
    for number in range(here + 1, wanted + 1):
        lat, lon = centre[0] + (number % 5 - 2) * 0.02, centre[1] + (number // 5 - 2) * 0.02
        added.append(
            f'\n[[bank]]\nid = "{found[1]}-B-L{number:03d}"\n'
            f'name = {{ zh = "血库{number:03d}", en = "Bank {number:03d}" }}\n'
            f"position = [{lat:.5f}, {lon:.5f}]\n"
        )
    return text + "".join(added)
