"""Orders of blood as rows and details: where each stands, for how long, and what its carrier is doing."""

from collections.abc import Iterable
from datetime import datetime

from dispatch.clock import from_epoch_ms
from dispatch.console.present_blood import group_text
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_scene import Scene, city_cell, city_name, name_text
from dispatch.console.present_times import age_text, clock_text, duration_text
from dispatch.console.symbols import symbols
from dispatch.decide.travel import columns as points
from dispatch.decide.travel import travel_minutes
from dispatch.desk.blood_words import place_text, reason_text
from dispatch.domain.blood import Bank, BankId
from dispatch.domain.blood_orders import BLOOD_STATE_NAMES, BloodLine, BloodOrder, BloodState, BloodStep
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import Hospital
from dispatch.domain.units import UnitId
from dispatch.language import N_, _
from dispatch.picture.live import Picture
from dispatch.settings import Configuration
from dispatch.text import cell_width, safe_text

_RANK = {
    BloodState.HELD: 0,
    BloodState.QUARANTINED: 1,
    BloodState.CONFIRMED: 2,
    BloodState.PACKING: 3,
    BloodState.PACKED: 4,
    BloodState.DELIVERED: 5,
    BloodState.CARRIED: 6,
}
"""What waits for somebody stands above what is under way, and that above what is over."""
_WORDS = {
    BloodState.HELD: N_("bank to answer"),
    BloodState.DENIED: N_("not on hand"),
    BloodState.CONFIRMED: N_("confirmed"),
    BloodState.PACKING: N_("being packed"),
    BloodState.PACKED: N_("packed"),
    BloodState.CARRIED: N_("on the way"),
    BloodState.DELIVERED: N_("to be checked"),
    BloodState.RECEIVED: N_("received"),
    BloodState.QUARANTINED: N_("set aside"),
    BloodState.RETURNED: N_("returned"),
    BloodState.DISCARDED: N_("discarded"),
    BloodState.DECLINED: N_("bank says no"),
    BloodState.CANCELLED: N_("taken back"),
    BloodState.EXPIRED: N_("no answer in time"),
    BloodState.UNFULFILLED: N_("the stock fell"),
    BloodState.IN_ERROR: N_("asked in error"),
}
"""A word or two for each state."""
_LOUD_S = 60.0


def listed(picture: Picture) -> list[BloodOrder]:
    """Every order that is known: unanswered holds first, the oldest of them on top."""
    return sorted(
        picture.blood_orders.values(), key=lambda one: (_RANK.get(one.state, 9), _age_key(one), one.id)
    )


def _age_key(order: BloodOrder) -> int:
    """Open ones the oldest first, those that are over the newest first."""
    return order.since_ms if order.state in _RANK else -order.since_ms


def hold_columns() -> tuple[Column, ...]:
    """The columns of `hold_row`, titled in the language in use."""
    words = 2 + max(cell_width(_(name)) for name in _WORDS.values())
    return (
        Column("state", _("State"), words),
        Column("age", _("For"), 8, "right"),
        Column("what", _("Blood"), None, min_width=18),
        Column("way", _("From or to"), 10, priority=2),
        Column("left", _("Time left"), 16, "right", priority=1),
        Column("order", _("Blood order"), 20, priority=3),
        Column("bank", _("Bank"), None, min_width=12, priority=4),
        Column("hospital", _("Hospital"), None, min_width=12, priority=5),
        Column("carrier", _("Carrier"), 20, priority=6),
    )


def destination_of(order: BloodOrder, picture: Picture) -> Hospital | Bank | None:
    """Where it goes: a hospital, or for a move between banks the other bank."""
    return picture.hospitals.get(order.hospital) or picture.banks.get(BankId(order.hospital))


def hold_row(order: BloodOrder, scene: Scene, picture: Picture, home: CityCode, eta: str) -> Row:
    """One order, from the side of `home`; grey and with a sign while the bank's city cannot be seen."""
    style = loudness(order, scene.now)
    signs = {"critical": symbols().critical, "warning": symbols().warning}
    bank = picture.banks[order.bank]
    seen = scene.seen(bank.city) or order.state not in _RANK
    sign = signs.get(style, " " if seen else symbols().offline)
    hospital = destination_of(order, picture)
    since = from_epoch_ms(order.since_ms)
    left = eta or left_text(order, scene.now)
    return Row(
        order.id,
        (
            Cell(f"{sign} {word_text(order)}", style, _RANK.get(order.state, 9)),
            Cell(age_text(since, scene.now), "normal", -since.timestamp()),
            Cell(lines_text(order.lines, picture), "strong"),
            city_cell(order.asker.city if bank.city == home else bank.city, scene),
            Cell(left, style if left else "normal"),
            Cell(safe_text(order.id)),
            Cell(name_text(bank.name)),
            Cell(name_text(hospital.name) if hospital else safe_text(order.hospital)),
            Cell(safe_text(order.unit or order.courier)),
        ),
        "off_duty" if order.state not in _RANK else "normal" if seen else "offline",
    )


def loudness(order: BloodOrder, now: datetime) -> str:
    """Red for a hold whose patience is gone, and for blood that must be decided about."""
    waited = (now - from_epoch_ms(order.since_ms)).total_seconds()
    match order.state:
        case BloodState.HELD:
            return "critical" if waited >= _LOUD_S else "warning"
        case BloodState.QUARANTINED:
            return "critical"
    return "warning" if order.is_short else "normal"


def word_text(order: BloodOrder) -> str:
    """A word or two; what went short is marked."""
    return _(_WORDS[order.state]) + (f" {symbols().warning}" if order.is_short else "")


def state_text(order: BloodOrder) -> str:
    """Its state; what went short says so."""
    missing = sum(order.short(line) for line in range(len(order.lines))) if order.is_short else 0
    said = _(BLOOD_STATE_NAMES[order.state])
    return f"{said} {_('short of {count}', count=missing)}" if missing else said


def lines_text(lines: Iterable[BloodLine], picture: Picture) -> str:
    """ "O+ 4 U 悬浮红细胞"."""
    said = []
    for line in lines:
        component = picture.components.get(line.component)
        name = name_text(component.name) if component else safe_text(line.component)
        unit = name_text(component.unit) if component else ""
        said.append(f"{group_text(line.group)} {line.quantity} {unit} {name}")
    return _(", ").join(said)


def left_text(order: BloodOrder, now: datetime) -> str:
    """Until a soft hold ends, else until the blood is needed."""
    if order.state not in _RANK or order.state in (BloodState.DELIVERED, BloodState.QUARANTINED):
        return ""
    until = order.until_ms if order.state is BloodState.HELD else order.need_by_ms
    left = (from_epoch_ms(until) - now).total_seconds()
    return _("{time} left", time=duration_text(left)) if left > 0 else _("time is up")


def eta_text(order: BloodOrder, picture: Picture, configuration: Configuration, now: datetime) -> str:
    """Minutes until the unit that carries it is there; empty where none does, or it cannot be seen."""
    hospital = destination_of(order, picture)
    if order.state is not BloodState.CARRIED or not order.unit or hospital is None:
        return ""
    fix = picture.fleet.view(UnitId(order.unit)).fix if UnitId(order.unit) in picture.fleet else None
    if fix is None:
        return _("not seen")
    lat, lon = points([fix.position])
    rules = configuration.dispatch_rules.travel
    drive = travel_minutes(picture.bridges, rules, lat, lon, hospital.position, now, blue_light=False)
    return _("there in {minutes} min", minutes=max(1, round(float(drive.minutes[0]))))


def hold_lines(
    order: BloodOrder, scene: Scene, picture: Picture, configuration: Configuration, eta: str
) -> list[Cell]:
    """Everything about one order, line by line."""
    bank, hospital = picture.banks[order.bank], destination_of(order, picture)
    to = name_text(hospital.name) if hospital else safe_text(order.hospital)
    need_by = clock_text(from_epoch_ms(order.need_by_ms), scene.now)
    left = eta or left_text(order, scene.now)
    lines = [
        Cell(f"{order.id}  {lines_text(order.lines, picture)}", "title"),
        Cell(_("from {bank} to {hospital}, needed by {time}", bank=name_text(bank.name), hospital=to,
               time=need_by), "strong"),
        Cell(f"{state_text(order)}  {left}".rstrip(), loudness(order, scene.now)),
    ]  # fmt: skip
    if order.state in _RANK and not scene.seen(bank.city):
        told = _(
            "{city} cannot be seen: this is what was heard last; what is done here is told when it is back",
            city=city_name(bank.city, scene),
        )
        lines.append(Cell(told, "warning"))
    for one in order.taken:
        expires = clock_text(from_epoch_ms(one.expires_ms), scene.now)
        facts = {"lot": safe_text(one.lot), "quantity": one.quantity, "time": expires}
        lines.append(Cell(_("lot {lot}: {quantity}, expires {time}", **facts)))
    if order.bags:
        lines.append(Cell(_("bags: {bags}", bags=" ".join(safe_text(bag.din) for bag in order.bags))))
    if order.unit or order.courier:
        lines.append(Cell(_("carried by {who}", who=safe_text(order.unit or order.courier))))
    if order.temperature_tenths is not None:
        degrees = f"{order.temperature_tenths / 10:.1f}"
        style = "critical" if order.state is BloodState.QUARANTINED else "normal"
        lines.append(Cell(_("arrived with {degrees} °C", degrees=degrees), style))
    return lines + [_step_cell(step, scene.now, configuration) for step in reversed(order.steps)]


def _step_cell(step: BloodStep, now: datetime, configuration: Configuration) -> Cell:
    at = clock_text(from_epoch_ms(step.at_ms), now, seconds=True)
    reason = reason_text(configuration, step.reason, step.facts)
    who = f"{safe_text(step.by, 30)}@{place_text(configuration, step.place)}"
    return Cell(
        "  ".join(part for part in (at, _(BLOOD_STATE_NAMES[step.state]), who, reason) if part), "dim"
    )
