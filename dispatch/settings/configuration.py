"""Everything that config/ says, in one checked value."""

from dataclasses import replace
from pathlib import Path

from dispatch.audit.notes import PublicKey
from dispatch.audit.rules import AuditRules
from dispatch.blood.expected_issue import ExpectedIssue
from dispatch.blood.joined_models import JoinedRules
from dispatch.blood.move_rules import MoveRules
from dispatch.blood.rules import CoverRules
from dispatch.centre.rules import CentreRules
from dispatch.decide.corrections import CorrectionRules
from dispatch.decide.roads.rules import RoadRules
from dispatch.decide.rules import BloodRules, DispatchRules
from dispatch.domain.blood import Bank, Component, ComponentCode
from dispatch.domain.geography import Bridge, City, CityCode, Position, Site
from dispatch.domain.hospitals import Hospital
from dispatch.domain.model import Frozen
from dispatch.domain.operators import Rights
from dispatch.domain.units import Unit
from dispatch.feed.limits import IntakeLimits
from dispatch.feed.trackers import TrackerMap
from dispatch.language import _
from dispatch.picture.live import Picture
from dispatch.settings.audit import load_audit_rules, load_trust
from dispatch.settings.blood_moves import load_expected_issue, load_joined_rules, load_move_rules
from dispatch.settings.cards import Cards, load_cards
from dispatch.settings.centre_rules import load_centre_rules
from dispatch.settings.cities import DistrictPeople, read_city, read_sites
from dispatch.settings.complaints import shown
from dispatch.settings.cover import load_cover, load_products
from dispatch.settings.files import TomlFile, config_file, config_files, refuse_strangers
from dispatch.settings.incident_words import IncidentWords, load_incident_words
from dispatch.settings.map import MapData, load_map
from dispatch.settings.model import Settings
from dispatch.settings.places import Ids
from dispatch.settings.printing import PrintingRules, load_printing
from dispatch.settings.roles import load_rights
from dispatch.settings.rules import load_rules
from dispatch.settings.trackers import load_trackers
from dispatch.settings.tracks import load_track_rules
from dispatch.settings.travel import load_correction_rules, load_road_rules
from dispatch.settings.web import WebRules, load_web
from dispatch.tracks.rules import TrackRules


class Configuration(Frozen):
    """All of config/. `sites` are stations, landmarks and junctions; `ground` is the map."""

    settings: Settings
    cities: tuple[City, ...]
    districts: tuple[DistrictPeople, ...]
    sites: tuple[Site, ...]
    hospitals: tuple[Hospital, ...]
    banks: tuple[Bank, ...]
    bridges: tuple[Bridge, ...]
    units: tuple[Unit, ...]
    components: tuple[Component, ...]
    dispatch_rules: DispatchRules
    blood_rules: BloodRules
    cover_rules: CoverRules
    products: dict[str, ComponentCode]
    """Product code of a label -> component, from the user's own products.toml."""
    owntracks: TrackerMap
    ground: MapData
    rights: Rights
    centre_rules: CentreRules
    incident_words: IncidentWords
    road_rules: RoadRules
    correction_rules: CorrectionRules
    move_rules: MoveRules
    joined_rules: JoinedRules
    expected_issue: ExpectedIssue
    audit_rules: AuditRules
    trusted_keys: tuple[PublicKey, ...]
    track_rules: TrackRules
    web: WebRules
    printing: PrintingRules
    cards: Cards = Cards()

    @property
    def limits(self) -> IntakeLimits:
        """How much the intake believes, from settings.toml."""
        return self.settings.limits

    def trackers(self, *, drill: bool) -> TrackerMap:
        """The map of devices; in a drill a recording may move any unit."""
        return replace(self.owntracks, replay=self.owntracks.replay or drill)

    def new_picture(self) -> Picture:
        """A picture with every standing fact and no news yet."""
        return Picture(
            cities=self.cities,
            hospitals=self.hospitals,
            banks=self.banks,
            components=self.components,
            sites=self.sites,
            bridges=self.bridges,
            units=self.units,
        )

    def city_of(self, position: Position) -> CityCode | None:
        """The city whose district a point lies in; None outside the three cities."""
        return self.ground.city_of(position)


def load(user_dir: Path | None = None) -> Configuration:
    """Read and check everything; raises BadConfiguration(file, line, message) at the first fault."""
    refuse_strangers(user_dir)
    ground = load_map(user_dir)
    settings = load_settings(user_dir)
    ids = Ids()
    facts = [read_city(path, ground, settings.vehicles, ids) for path in config_files("cities", user_dir)]
    cities = tuple(fact.city for fact in facts)
    landmarks = [
        site for path in config_files("sites", user_dir) for site in read_sites(path, cities, ground, ids)
    ]
    banks = tuple(bank for fact in facts for bank in fact.banks)
    units = tuple(unit for fact in facts for unit in fact.units)
    hospitals = tuple(hospital for fact in facts for hospital in fact.hospitals)
    dispatch_rules, blood_rules = load_rules(banks, ground, user_dir)
    rights = load_rights(user_dir)
    return Configuration(
        settings=settings,
        cities=cities,
        districts=tuple(district for fact in facts for district in fact.districts),
        sites=(*(station for fact in facts for station in fact.stations), *landmarks),
        hospitals=hospitals,
        banks=banks,
        bridges=tuple(bridge for fact in facts for bridge in fact.bridges),
        units=units,
        components=blood_rules.components.components,
        dispatch_rules=dispatch_rules,
        blood_rules=blood_rules,
        cover_rules=load_cover(blood_rules.components.components, user_dir),
        products=load_products(blood_rules.components.components, user_dir),
        owntracks=load_trackers(units, user_dir),
        ground=ground,
        rights=rights,
        centre_rules=load_centre_rules(
            cities,
            hospitals,
            rights,
            dispatch_rules.units.lending_reserve,
            user_dir,
            banks=banks,
            components=blood_rules.components.components,
        ),
        incident_words=load_incident_words(user_dir),
        road_rules=load_road_rules(user_dir),
        correction_rules=load_correction_rules(user_dir),
        move_rules=load_move_rules(blood_rules.components.components, user_dir),
        joined_rules=load_joined_rules(blood_rules.components.components, user_dir),
        expected_issue=load_expected_issue(blood_rules.components.components, user_dir),
        audit_rules=load_audit_rules(user_dir),
        trusted_keys=load_trust(user_dir),
        track_rules=load_track_rules(user_dir),
        web=load_web(user_dir),
        cards=load_cards(user_dir),
        printing=load_printing(user_dir),
    )


def load_settings(user_dir: Path | None = None) -> Settings:
    """settings.toml alone, with absolute paths; its cities are those that have a file in cities/."""
    file = TomlFile(config_file("settings.toml", user_dir))
    settings = file.read(Settings)
    known = [path.stem for path in config_files("cities", user_dir)]
    allowed = ", ".join(known)
    if settings.home_city not in known:
        problem = _(
            "{key}: is {value}; allowed: {expected}",
            key="home_city",
            value=shown(settings.home_city),
            expected=allowed,
        )
        raise file.wrong(("home_city",), problem)
    for city in settings.links:
        if city not in known:
            problem = _("links.{city}: there is no such city; allowed: {allowed}", city=city, allowed=allowed)
            raise file.wrong(("links", city), problem)
    missing = [city for city in known if settings.reached(CityCode(city)) and city not in settings.links]
    if settings.broker == "configured" and missing:
        problem = _('broker: "configured" needs a [links.…] table for: {missing}', missing=", ".join(missing))
        raise file.wrong(("broker",), problem)
    return settings.below(file.path.resolve().parent)
