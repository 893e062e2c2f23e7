"""Why an option stands where it stands: a code, its facts, and one sentence in either language.

Facts are typed by their name: `*_s` seconds (said as a duration), `*_min` minutes, `since` and
`*_at` ISO times (said as hh:mm in China, `expires_at` with its day), `needs` capability codes
joined by commas, `state` a UnitState name, `city`, `lender`, `station`, `hospital`, `bank`,
`component`, `bridge` ids, `text` the code of an agreed reason or free text, and `attributes` codes
joined by commas, all of which `names` resolves; anything else is said as it is.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone

from dispatch.decide.words import CAPABILITY_WORDS, STATE_WORDS
from dispatch.domain.model import Frozen, Name
from dispatch.language import N_, say
from dispatch.picture.live import Picture
from dispatch.text import safe_text

Fact = str | int | float
CHINA = timezone(timedelta(hours=8))
"""China has one time zone and no summer time."""


class Reason(Frozen):
    """One reason: a code of REASONS with the facts its sentence names."""

    code: str
    facts: dict[str, Fact] = {}


REASONS: dict[str, str] = {
    # why a unit is left out
    "city_offline": N_("{city} offline since {since}"),
    "city_silent": N_("{city} silent since {since}"),
    "city_never": N_("nothing heard from {city} yet"),
    "state_unknown": N_("state never reported"),
    "busy": N_("busy: {state}"),
    "busy_incident": N_("busy: {state}, {incident}"),
    "paused": N_("paused: {text}"),
    "out_of_service": N_("out of service: {text}"),
    "already_assigned": N_("already assigned to this incident"),
    "promised": N_("already named for {incident}"),
    "no_position": N_("no position yet"),
    "stale": N_("stale {age_s}"),
    "position_ahead": N_("position dated {ahead_s} ahead of the clock: not fresh"),
    "lacks": N_("lacks {needs}"),
    "over_cap": N_("ETA {eta_min} min is over the lending cap of {cap_min} min"),
    "reserve": N_("{lender} would keep {free} free of {fleet} units, its reserve is {reserve}"),
    "no_gain": N_("{later_min} min later than own unit {unit}"),
    "gain": N_("gains {gain_min} min over own unit {unit}, lending needs {needed_min} min"),
    # why a unit is ranked as it is
    "fastest": N_("least ETA"),
    "level": N_("as soon as the fastest"),
    "slower": N_("{later_min} min later than the fastest"),
    "keeps_cover": N_("at most {slack_min} min later than the fastest and leaves more cover"),
    "lent": N_("lent by {lender}: {gain_min} min sooner than own unit {unit}"),
    "lent_few_own": N_("lent by {lender}: {wanted} units wanted, {own} own can be sent"),
    "lent_no_own": N_("lent by {lender}: no own unit can be sent"),
    "position_ageing": N_("position {age_s} old"),
    "position_old": N_("position {age_s} old: late end of the ETA widened"),
    "bridge_closed": N_("{bridge} is closed: no way counts that leads over it"),
    "via_bridge": N_("across the river by {bridge}"),
    "sooner_less_cover": N_("{sooner_min} min sooner but would leave less cover"),
    "nearer_but_later": N_("nearer in a straight line but {later_min} min later"),
    # how driving minutes were got
    "off_road": N_("no road of the graph is near it: straight-line estimate"),
    "learned_longer": N_("driving {percent} % longer by what {trips} past trips took"),
    "learned_shorter": N_("driving {percent} % shorter by what {trips} past trips took"),
    "roads_coming": N_("road times are being worked out: straight-line estimates until then"),
    "place_off_road": N_("no road of the graph is near the place: straight-line estimates"),
    "table_coming": N_("the routing server is being asked: other estimates until it answers"),
    "table_failed": N_("the routing server gives no times ({error}): other estimates"),
    # advice on a whole ranking
    "far_outside": N_("{distance_km} km from {city}, the nearest city: check the place"),
    "units_advised": N_("{patients} patients: {units} units advised"),
    "mass_casualty": N_("{patients} patients: think of the mass-casualty plan"),
    "no_own_unit": N_("no unit of {city} can be sent: ask the neighbours"),
    "no_unit": N_("no unit can be sent: arrange by telephone"),
    "city_offline_left_out": N_("{city} offline since {since}: {count} of its units left out"),
    "city_silent_left_out": N_("{city} silent since {since}: {count} of its units left out"),
    "city_never_left_out": N_("nothing heard from {city} yet: {count} of its units left out"),
    # hospitals
    "no_emergency": N_("no general emergency department"),
    "least_drive": N_("least driving time"),
    "later_drive": N_("{later_min} min further than the nearest suitable one"),
    "better_reception": N_(
        "at most {slack_min} min further and received better: open, own city, shorter queue"
    ),
    "waiting": N_("ambulances waiting: {waiting}"),
    "other_city": N_("in {city}, another city"),
    "diverting": N_("diverting, said at {said_at}"),
    "status_never": N_("open or not is unknown: it never reported"),
    "status_old": N_("open or not is unknown: last word {age_s} old"),
    "status_city_offline": N_("open or not is unknown: {city} offline since {since}"),
    "status_city_silent": N_("open or not is unknown: {city} silent since {since}"),
    "no_hospital": N_("no hospital suits: call the duty physician"),
    # blood banks
    "bank_never": N_("never reported its stock"),
    "count_incomplete": N_("count incomplete: a change was missed"),
    "count_old": N_("count {age_s} old"),
    "none_held": N_("holds no {component}"),
    "no_match": N_("holds {quantity} of {component}, none of a suitable group"),
    "firewall": N_("{quantity} RhD-negative kept for RhD-negative patients"),
    "not_free": N_("{quantity} reserved, quarantined or recalled"),
    "expiring": N_("{quantity} expire before they could be used"),
    "special": N_("{quantity} are not {attributes}"),
    "antigen": N_("{quantity} are not typed as negative for {antigens}"),
    "no_round": N_("no scheduled round goes there"),
    "floor": N_("holds {held} of {group}, must keep {floor}"),
    "whole": N_("all {quantity} from one bank"),
    "partial": N_("only {quantity} of {wanted}"),
    "own_group": N_("same group"),
    "substitute": N_("{quantity} of compatible group {group}"),
    "beyond_table": N_(
        "{quantity} of {group}: RhD-positive for an RhD-negative patient, a physician decides"
    ),
    "unknown_group": N_("group unknown: {group} by the rule set"),
    "word_needed": N_("{quantity} of {group} would need a physician's word"),
    "word_given": N_("{quantity} of {group} on the word of {person}"),
    "in_time": N_("in time even on a slow day"),
    "tight": N_("in time on most days, late by {late_s} on a slow one"),
    "late": N_("late by {late_s}"),
    "first_expiring": N_("first expires {expires_at}"),
    "lends": N_("{lender} keeps {left} of {group}, floor {floor}"),
    "no_bank": N_("no bank can deliver: call the blood centre on duty"),
    "ladder": N_("split over {banks} banks"),
    "short": N_("{missing} still missing"),
    # plans over several banks
    "units_late": N_("{quantity} come late on a slow day"),
    "units_substitute": N_("{quantity} of other groups than the first choice"),
    "spared_late": N_("not needed: arrives later than what is planned"),
    "spared_tier": N_("not needed: only less close groups"),
    "spared_harm": N_("not needed: it would come nearer to its floor"),
    "spared_fresh": N_("not needed: its units expire later, first {expires_at}"),
    "spared": N_("not needed: no better, and one more bank"),
    "trade_sooner": N_("all there {by_min} min sooner"),
    "trade_later": N_("all there {by_min} min later"),
    "trade_more_in_time": N_("{quantity} more in time"),
    "trade_fewer_in_time": N_("{quantity} fewer in time"),
    "trade_less_missing": N_("{quantity} fewer missing"),
    "trade_more_missing": N_("{quantity} more missing"),
    "trade_closer": N_("{quantity} more of the closest group"),
    "trade_farther": N_("{quantity} more of less close groups"),
    "trade_gentler": N_("{quantity} fewer from near a bank's floor"),
    "trade_harder": N_("{quantity} more from near a bank's floor"),
    "trade_banks": N_("{banks} banks instead of {best}"),
    "trade_own_city": N_("no other city is asked"),
    "trade_fresher": N_("leaves units that expire {expires_at}"),
}
"""Code -> English sentence, also the key of the translation."""


def explain(
    reason: Reason,
    language: str,
    names: Mapping[str, Name] | None = None,
    sentences: Mapping[str, str] = REASONS,
) -> str:
    """The sentence of a reason in `language`; ids without a name are said as they are."""
    facts = {key: _said(key, value, language, names or {}) for key, value in reason.facts.items()}
    return say(language, sentences[reason.code], **facts)


def names_of(picture: Picture) -> dict[str, Name]:
    """Every id of the picture that has a name: cities, sites, hospitals, banks, components, bridges, ..."""
    named: dict[str, Name] = {code: city.name for code, city in picture.cities.items()}
    named.update({str(site.id): site.name for site in picture.sites.values()})
    named.update({str(hospital.id): hospital.name for hospital in picture.hospitals.values()})
    named.update({str(bank.id): bank.name for bank in picture.banks.values()})
    named.update({str(component.code): component.name for component in picture.components.values()})
    special = (each for component in picture.components.values() for each in component.attributes)
    named.update({attribute.code: attribute.name for attribute in special})
    named.update({bridge.id: bridge.name for bridge in picture.bridges})
    return named


def duration(seconds: float, language: str) -> str:
    """A rounded-down length of time: seconds to 90 s, minutes to 90 min, hours to two days, then days."""
    if seconds < 90:
        return say(language, N_("{n} s"), n=int(seconds))
    if seconds < 5_400:
        return say(language, N_("{n} min"), n=int(seconds // 60))
    if seconds < 172_800:
        return say(language, N_("{n} h"), n=int(seconds // 3600))
    return say(language, N_("{n} d"), n=int(seconds // 86_400))


def clock_time(iso: str) -> str:
    """hh:mm in China."""
    return f"{_local(iso):%H:%M}"


def day_time(iso: str) -> str:
    """mm-dd hh:mm in China."""
    return f"{_local(iso):%m-%d %H:%M}"


def _local(iso: str) -> datetime:
    """The moment in China; the last hours of the year 9999 have no such moment and stay as they are."""
    moment = datetime.fromisoformat(iso)
    try:
        return moment.astimezone(CHINA)
    except OverflowError:
        return moment


_NAMED = frozenset({"city", "lender", "station", "hospital", "bank", "component", "bridge", "text"})


def _said(key: str, value: Fact, language: str, names: Mapping[str, Name]) -> str:
    if isinstance(value, str):
        return _said_text(key, value, language, names)
    if key.endswith("_s"):
        return duration(float(value), language)
    if abs(value) < 10:  # a tenth matters near a bound, not in half an hour
        return f"{round(value, 1):g}"
    return f"{value:.0f}"


def _said_text(key: str, value: str, language: str, names: Mapping[str, Name]) -> str:
    if key in _NAMED:
        name = names.get(value)
        return safe_text(name.text(language) if name else value)
    if key == "expires_at":
        return day_time(value)
    if key == "since" or key.endswith("_at"):
        return clock_time(value)
    comma = say(language, N_(", "))
    if key == "attributes":
        special = [names[code].text(language) if code in names else code for code in value.split(",")]
        return safe_text(comma.join(special))
    words: Callable[[str], str] | None = _WORDS.get(key)
    if words is None:
        return safe_text(value)
    return comma.join(say(language, words(code)) for code in value.split(","))


_WORDS: dict[str, Callable[[str], str]] = {
    "state": lambda code: STATE_WORDS.get(code, code),
    "needs": lambda code: CAPABILITY_WORDS.get(code, code),
}
