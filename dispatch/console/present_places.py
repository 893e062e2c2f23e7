"""Places of incidents in the language in use: a configured one by its name, free text as it was written."""

from collections.abc import Iterable

from dispatch.domain.model import Name
from dispatch.language import current
from dispatch.picture.live import Picture
from dispatch.text import safe_text

_LENGTH = 500
_known: dict[str, Name] = {}


def know_places(picture: Picture) -> None:
    """What is configured in this picture is from now on said in the language of the desk."""
    _known.clear()
    _known.update(_apart(_configured(picture)))


def place_said(place: str, limit: int = _LENGTH) -> str:
    """A place as it is said here, safe to show; a desk of another language may have written its name."""
    name = _known.get(place.strip())
    return safe_text(name.text(current()) if name else place, limit)


def _configured(picture: Picture) -> Iterable[Name]:
    yield from (site.name for site in picture.sites.values())
    yield from (hospital.name for hospital in picture.hospitals.values())
    yield from (bank.name for bank in picture.banks.values())


def _apart(names: Iterable[Name]) -> dict[str, Name]:
    """Each spelling with what it names; one that two things share in one language only is left as it is."""
    found: dict[str, Name] = {}
    shared = set()
    for name in names:
        for spelling in {name.zh, name.en}:
            if found.setdefault(spelling, name) != name:
                shared.add(spelling)
    return {spelling: name for spelling, name in found.items() if spelling not in shared}
