"""What a drill leader types, as an event of the drill: which fields a kind has, and what their words mean."""

from collections.abc import Callable, Iterable, Mapping

from dispatch.console.ports import Desk
from dispatch.console.results import Misread
from dispatch.domain.model import Name
from dispatch.language import N_, _, current
from dispatch.text import fold, matches, safe_text

KIND_NAMES = {
    "mass_casualty": N_("mass casualty"),
    "bridge_closed": N_("bridge closed"),
    "hospital_diverted": N_("hospital diverted"),
    "demand": N_("more calls"),
    "units_out": N_("units out of service"),
    "blood_shortage": N_("blood shortage"),
    "link_lost": N_("link lost"),
    "gps_lost": N_("no positions"),
}
FIELDS: dict[str, tuple[str, ...]] = {
    "mass_casualty": ("place", "patients"),
    "bridge_closed": ("bridge", "minutes"),
    "hospital_diverted": ("hospital", "minutes"),
    "demand": ("city", "factor", "minutes"),
    "units_out": ("city", "percent", "minutes"),
    "blood_shortage": ("city", "component", "left"),
    "link_lost": ("city", "minutes"),
    "gps_lost": ("city", "percent", "minutes"),
}
"""Kind -> what has to be said of it, in the order of the form."""
FIELD_NAMES = {
    "place": N_("Place"),
    "patients": N_("Injured"),
    "bridge": N_("Bridge"),
    "hospital": N_("Hospital"),
    "city": N_("City"),
    "factor": N_("Times"),
    "percent": N_("Percent"),
    "component": N_("Component"),
    "left": N_("Percent left"),
    "minutes": N_("Minutes"),
}
USUAL = {"patients": "12", "factor": "3", "percent": "50", "left": "20", "minutes": "30"}
_LIMITS = {
    "patients": (1, 500),
    "factor": (1, 20),
    "percent": (1, 100),
    "left": (0, 100),
    "minutes": (1, 1440),
}


class WrongField(Misread):
    """What was said of one field cannot be used."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def tables(desk: Desk) -> Mapping[str, Callable[[Desk], Iterable[tuple[str, Name]]]]:
    """Field -> what it may name, as code and name."""
    picture = desk.picture
    return {
        "city": lambda _desk: ((code, city.name) for code, city in picture.cities.items()),
        "bridge": lambda _desk: ((bridge.id, bridge.name) for bridge in picture.bridges),
        "hospital": lambda _desk: ((one.id, one.name) for one in picture.hospitals.values()),
        "component": lambda _desk: ((code, one.name) for code, one in picture.components.items()),
    }


def event_of(desk: Desk, kind: str, said: Mapping[str, str]) -> dict[str, object]:
    """The event that the words of its fields tell; WrongField says which of them is missing or wrong."""
    got = {field: _read(desk, field, said.get(field, "").strip()) for field in FIELDS[kind]}
    event: dict[str, object] = {"kind": kind}
    for field, value in got.items():
        event.update(_parts(field, value))
    if kind == "units_out":
        event["reason"] = said.get("reason", "").strip() or _("drill: out of service")
    return event


def _parts(field: str, value: object) -> dict[str, object]:
    """A field of the form as fields of the event."""
    if field == "place":
        return dict(value) if isinstance(value, dict) else {}
    if isinstance(value, float):
        names = {"minutes": "for_min", "percent": "share", "left": "leave"}
        share = field in ("percent", "left")
        number = value / 100 if share else value
        return {names.get(field, field): int(number) if field == "patients" else number}
    return {field: value}


def _read(desk: Desk, field: str, typed: str) -> object:
    if not typed:
        raise WrongField(field, _("{field} is missing", field=_(FIELD_NAMES[field])))
    if field == "place":
        return _place(desk, typed)
    if field in _LIMITS:
        return _number(field, typed)
    table = tables(desk)[field]
    code = _code(table(desk), typed)
    if code is None:
        known = _(", ").join(name.text(current()) for _code, name in list(table(desk))[:6])
        facts = {"field": _(FIELD_NAMES[field]), "typed": safe_text(typed, 40), "known": known}
        raise WrongField(field, _("{field}: {typed} is not known; there are {known} ...", **facts))
    return code


def _code(table: Iterable[tuple[str, Name]], typed: str) -> str | None:
    """The best match of a name or code; Misread when several are as good."""
    scored = [(matches(typed, (code, name.zh, name.en)), code, name) for code, name in table]
    best = max((score for score, _code, _name in scored), default=0)
    top = [(code, name) for score, code, name in scored if score == best and score]
    if len(top) > 1:
        names = _(", ").join(name.text(current()) for _code, name in top[:4])
        raise Misread(_("{word} may mean {names}: type more of it", word=safe_text(typed, 40), names=names))
    return top[0][0] if top else None


def _number(field: str, typed: str) -> float:
    least, most = _LIMITS[field]
    try:
        number = float(fold(typed).rstrip("%"))
    except ValueError:
        number = least - 1.0
    if not least <= number <= most:
        facts = {"field": _(FIELD_NAMES[field]), "least": least, "most": most}
        raise WrongField(field, _("{field}: a number from {least} to {most} is needed", **facts))
    return number


def _place(desk: Desk, typed: str) -> dict[str, object]:
    """Where it is, what the place is called and whose it is, by the best thing that is found."""
    found = [one for one in desk.find(typed, 4) if one.position is not None]
    if not found or found[0].position is None:
        problem = _("no place is found for {typed}: a site, hospital or incident", typed=safe_text(typed, 40))
        raise WrongField("place", problem)
    best = found[0]
    return {
        "position": [best.position.lat, best.position.lon] if best.position else [],
        "place": best.name.text("zh_CN"),
        "city": best.city,
        "needs": ["trauma"],
    }
