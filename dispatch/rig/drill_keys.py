"""Keys for a drill: made in its own folder, trusted by its own centres and by nobody else."""

from collections.abc import Iterable
from pathlib import Path

from dispatch.audit.keyring import load_private, make_keys, trust
from dispatch.domain.geography import CityCode
from dispatch.rig.centres import FOLDER

TRUSTED = "trusted_keys.toml"


def drill_keys(cities: Iterable[CityCode], folder: Path) -> dict[CityCode, tuple[str, ...]]:
    """The arguments that give each centre its keys. A folder that was used before keeps the keys it has.

    DispatchError when the folder cannot be written, or holds something else in their place.
    """
    home = folder / FOLDER
    files = {city: home / city / "drill.key" for city in cities}
    public = [
        key
        for city, file in files.items()
        for key in (load_private(file) if file.exists() else make_keys(city, file)).public
    ]
    trust(home / TRUSTED, public)
    return {city: ("--keys", str(file), "--trusted", str(home / TRUSTED)) for city, file in files.items()}
