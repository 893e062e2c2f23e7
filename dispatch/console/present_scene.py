"""What every cell is judged against: the time, the cities and how far each can be seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dispatch import language
from dispatch.console.present_cells import Cell
from dispatch.console.present_times import age_s, age_text, clock_text
from dispatch.console.symbols import symbols
from dispatch.console.theme import city_style
from dispatch.domain.blood import Bank, BankId
from dispatch.domain.geography import City, CityCode
from dispatch.domain.hospitals import Hospital, HospitalId
from dispatch.domain.model import Name
from dispatch.language import N_, _
from dispatch.picture.cities import CityView, Sight
from dispatch.picture.live import Picture
from dispatch.text import safe_text


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """Ages in seconds from which news is late, is stale, and is no longer used to rank."""

    warn_s: float
    stale_s: float
    drop_s: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of the picture. `limits` are those of unit positions; `now` is the console's time."""

    now: datetime
    cities: Mapping[CityCode, City]
    sight: Mapping[CityCode, CityView]
    limits: AgeLimits
    banks: Mapping[BankId, Bank] = field(default_factory=dict)
    spoken: Callable[[str], str] = safe_text
    """What a stored reason (a code, or free text) says in the language in use."""
    hospitals: Mapping[HospitalId, Hospital] = field(default_factory=dict)

    @classmethod
    def of(
        cls, picture: Picture, now: datetime, limits: AgeLimits, spoken: Callable[[str], str] = safe_text
    ) -> "Scene":
        return cls(now, picture.cities, picture.sight, limits, picture.banks, spoken, picture.hospitals)

    def seen(self, city: CityCode) -> bool:
        """True while the city's own news arrives."""
        view = self.sight.get(city)
        return view is not None and view.sight is Sight.LIVE


_SIGHT_SINCE = {
    Sight.LIVE: N_("live since {time}"),
    Sight.SILENT: N_("silent since {time}"),
    Sight.OFFLINE: N_("offline since {time}"),
    Sight.NEVER: N_("never heard"),
}
_SIGHT_WORDS = {
    Sight.LIVE: N_("live"),
    Sight.SILENT: N_("silent"),
    Sight.OFFLINE: N_("offline"),
    Sight.NEVER: N_("never heard"),
}


def name_text(name: Name) -> str:
    """A name in the language in use."""
    return safe_text(name.text(language.current()))


def city_name(city: CityCode, scene: Scene) -> str:
    """A city by name; one that is not configured by its code."""
    known = scene.cities.get(city)
    return name_text(known.name) if known else safe_text(city)


def city_cell(city: CityCode, scene: Scene) -> Cell:
    """The city in its hue; in grey and crossed out by a sign while it cannot be seen."""
    name = city_name(city, scene)
    if not scene.seen(city):
        return Cell(name, "offline", name)
    codes = list(scene.cities)
    return Cell(name, city_style(codes.index(city)) if city in codes else "normal", name)


def sight_word(sight: Sight) -> str:
    """ "实时", "静默", "离线", "从未收到"."""
    return _(_SIGHT_WORDS[sight])


def sight_sentence(view: CityView, now: datetime) -> str:
    """ "离线 自 02:13", "offline since 02:13"; a live city is only said to be live."""
    if view.sight is Sight.LIVE or view.since is None:
        return sight_word(view.sight)
    return _(_SIGHT_SINCE[view.sight], time=clock_text(view.since, now))


def sight_cell(view: CityView, scene: Scene) -> Cell:
    """How far a city can be seen, with its sign: for the status bar and the city list."""
    name = city_name(view.city, scene)
    signs = {
        Sight.LIVE: (symbols().good, "good"),
        Sight.SILENT: (symbols().warning, "warning"),
        Sight.OFFLINE: (symbols().offline, "abnormal"),
        Sight.NEVER: (symbols().offline, "offline"),
    }
    sign, style = signs[view.sight]
    return Cell(f"{sign} {name} {sight_sentence(view, scene.now)}", style)


def unseen_word(city: CityCode, scene: Scene) -> str | None:
    """Why the news of a city is not live ("离线"), None while it is."""
    view = scene.sight.get(city)
    if view is None:
        return sight_word(Sight.NEVER)
    return None if view.sight is Sight.LIVE else sight_word(view.sight)


def age_cell(moment: datetime | None, city: CityCode, scene: Scene, limits: AgeLimits | None = None) -> Cell:
    """The age of news of a city: grey when normal, signed and worded when late, stale or out of sight."""
    marks = symbols()
    if moment is None:
        return Cell(f"{marks.offline} {_('no news')}", "stale", float("inf"))
    age, text = age_s(moment, scene.now), age_text(moment, scene.now)
    # Sorting by the moment instead of the age keeps the order while time goes on.
    newest_first = -moment.timestamp()
    bounds = limits or scene.limits
    unseen = unseen_word(city, scene)
    if unseen is not None:
        return Cell(f"{marks.offline} {text} {unseen}", "offline", newest_first)
    if age >= bounds.stale_s:
        word = _("too old") if age >= bounds.drop_s else _("stale")
        return Cell(f"{marks.stale} {text} {word}", "stale", newest_first)
    if age >= bounds.warn_s:
        return Cell(f"{marks.warning} {text} {_('late')}", "abnormal", newest_first)
    return Cell(f"  {text}", "normal", newest_first)
