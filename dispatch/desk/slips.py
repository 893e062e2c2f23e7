"""What is printed of blood: the slip of an order, the stock of a city's banks, proposed moves. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from dispatch.blood.move_models import MoveAnswer, MoveDecision, spoken_groups
from dispatch.clock import CHINA, from_epoch_ms
from dispatch.desk.blood_words import place_text, reason_text
from dispatch.desk.document import Document, Table
from dispatch.domain.blood import Bank, BankId, BloodGroup, Component, ComponentCode, Lot, LotState
from dispatch.domain.blood_orders import BLOOD_STATE_NAMES, BloodOrder, BloodStep
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Name
from dispatch.language import N_, _, current
from dispatch.picture.live import Picture
from dispatch.settings import Configuration
from dispatch.text import safe_text

_SIGNED = (N_("Packed by"), N_("Carried by"), N_("Received by"))
_FOOT = N_("Printed {time} by {who}. What counts is the record of the centre.")


def order_slip(
    order: BloodOrder, configuration: Configuration, now: datetime, who: str, *, drill: bool = False
) -> Document:
    """Goes with the box: what, from where, to whom, which bags, and the custody so far."""
    components = {one.code: one for one in configuration.components}
    facts = [
        (_("Blood order"), safe_text(order.id)),
        (_("From"), _bank_name(configuration.banks, order.bank)),
        (_("Goes to"), _destination(order, configuration)),
        (_("Needed by"), _moment(from_epoch_ms(order.need_by_ms))),
        (_("State"), _(BLOOD_STATE_NAMES[order.state])),
    ]
    if order.unit or order.courier:
        facts.append((_("Carrier"), safe_text(order.unit or order.courier)))
    if order.temperature_tenths is not None:
        facts.append((_("Temperature on arrival"), f"{order.temperature_tenths / 10:.1f} °C"))
    asked = tuple(
        (
            _component(components, line.component),
            _group(line.group),
            _amount(components, line.component, line.quantity),
        )
        for line in order.lines
    )
    tables = [
        Table(_("Asked for"), (_("Component"), _("Group"), _("Quantity")), asked),
        Table(
            _("Lots"),
            (_("Lot"), _("Quantity"), _("Expires")),
            tuple(
                (safe_text(one.lot), str(one.quantity), _moment(from_epoch_ms(one.expires_ms)))
                for one in order.taken
            ),
        ),
    ]
    if order.bags:
        bags = tuple((safe_text(bag.din), safe_text(bag.lot)) for bag in order.bags)
        tables.append(Table(_("Bags"), (_("Donation number"), _("Lot")), bags))
    steps = tuple(_step(step, configuration) for step in order.steps)
    tables.append(Table(_("Custody"), (_("Time"), _("Step"), _("Who"), _("Reason")), steps))
    return Document(
        name=f"blood-order-{file_name(order.id)}",
        language=current(),
        title=_("Blood issue slip"),
        facts=tuple(facts),
        tables=tuple(tables),
        signed=tuple(_(words) for words in _SIGNED),
        foot=_(_FOOT, time=_moment(now), who=who),
        drill=_drill(drill),
    )


def stock_statement(
    picture: Picture, city: CityCode, now: datetime, soon: timedelta, who: str, *, drill: bool = False
) -> Document:
    """What the banks of a city have: by component and group, and what expires soon."""
    banks = [bank for bank in picture.banks.values() if bank.city == city]
    tables = [table for bank in banks for table in _stock_of(bank, picture, now)]
    tables.append(_expiring(banks, picture, now + soon))
    return Document(
        name=f"blood-stock-{city}-{now.astimezone(CHINA):%Y%m%d-%H%M}",
        language=current(),
        title=_("Blood stock statement"),
        facts=((_("City"), _named(picture.cities[city].name)), (_("As of"), _moment(now))),
        tables=tuple(tables),
        signed=(_("Made by"), _("Checked by")),
        foot=_(_FOOT, time=_moment(now), who=who),
        drill=_drill(drill),
    )


def moves_statement(
    answer: MoveAnswer,
    decided: Mapping[str, MoveDecision],
    picture: Picture,
    now: datetime,
    who: str,
    *,
    drill: bool = False,
) -> Document:
    """Moves that are proposed before outdate, and what was decided about them."""
    rows = []
    for one in answer.proposals:
        moved, said = one.transfer, decided.get(one.id)
        decision = "" if said is None else _("accepted") if said.accepted else _("declined")
        rows.append(
            (
                _component(picture.components, moved.component),
                spoken_groups(moved.groups),
                _amount(picture.components, moved.component, moved.quantity),
                _bank_name(picture.banks.values(), moved.giver),
                _bank_name(picture.banks.values(), moved.taker),
                _moment(moved.leave_by),
                decision,
            )
        )
    heads = (_("Component"), _("Group"), _("Quantity"), _("From"), _("To"), _("Leave by"), _("Decision"))
    return Document(
        name=f"blood-moves-{answer.as_of.astimezone(CHINA):%Y%m%d-%H%M}",
        language=current(),
        title=_("Proposed moves of blood"),
        facts=((_("As of"), _moment(answer.as_of)), (_("Rules"), safe_text(answer.edition))),
        tables=(Table("", heads, tuple(rows)),),
        signed=(_("Made by"), _("Checked by")),
        foot=_(_FOOT, time=_moment(now), who=who),
        drill=_drill(drill),
    )


# --- within ------------------------------------------------------------------------------------------


def _stock_of(bank: Bank, picture: Picture, now: datetime) -> Iterable[Table]:
    """One table of a bank: a line for each component, a column for each group. Available and alive only."""
    held = picture.stock.banks.get(bank.id)
    if held is None:
        yield Table(f"{_named(bank.name)}{_(': ')}{_('never counted')}", (), ())
        return
    sums: dict[tuple[str, BloodGroup], int] = {}
    for lot in held.lots.values():
        if lot.state is LotState.AVAILABLE and lot.expires_at > now:
            key = (lot.component, lot.group)
            sums[key] = sums.get(key, 0) + lot.quantity
    groups = list(BloodGroup)
    rows = tuple(
        (f"{_named(one.name)} ({_named(one.unit)})", *(str(sums.get((code, group), 0)) for group in groups))
        for code, one in picture.components.items()
        if any((code, group) in sums for group in groups)
    )
    counted = f" ({_('counted {time}', time=_moment(held.counted_at))})" if held.counted_at else ""
    yield Table(f"{_named(bank.name)}{counted}", (_("Component"), *(group.value for group in groups)), rows)


def _expiring(banks: Iterable[Bank], picture: Picture, until: datetime) -> Table:
    found: list[tuple[Bank, Lot]] = []
    for bank in banks:
        held = picture.stock.banks.get(bank.id)
        lots = held.lots.values() if held is not None else ()
        found += [(bank, lot) for lot in lots if lot.quantity and lot.expires_at <= until]
    found.sort(key=lambda one: (one[1].expires_at, one[1].id))
    rows = tuple(
        (
            _moment(lot.expires_at),
            _component(picture.components, lot.component),
            lot.group.value,
            _amount(picture.components, lot.component, lot.quantity),
            _named(bank.name),
            safe_text(lot.id, 40),
        )
        for bank, lot in found
    )
    heads = (_("Expires"), _("Component"), _("Group"), _("Quantity"), _("Bank"), _("Lot"))
    return Table(_("Expires by {time}", time=_moment(until)), heads, rows)


def _step(step: BloodStep, configuration: Configuration) -> tuple[str, str, str, str]:
    who = f"{safe_text(step.by, 30)}@{place_text(configuration, step.place)}"
    reason = reason_text(configuration, step.reason, step.facts)
    return _moment(from_epoch_ms(step.at_ms)), _(BLOOD_STATE_NAMES[step.state]), who, reason


def _destination(order: BloodOrder, configuration: Configuration) -> str:
    names = {str(one.id): one.name for one in configuration.hospitals}
    names |= {str(one.id): one.name for one in configuration.banks}
    return _named(names[order.hospital]) if order.hospital in names else safe_text(order.hospital)


def _bank_name(banks: Iterable[Bank], wanted: BankId) -> str:
    return next((_named(bank.name) for bank in banks if bank.id == wanted), safe_text(wanted))


def _component(components: Mapping[ComponentCode, Component], code: ComponentCode) -> str:
    return _named(components[code].name) if code in components else safe_text(code)


def _amount(components: Mapping[ComponentCode, Component], code: ComponentCode, quantity: int) -> str:
    return f"{quantity} {_named(components[code].unit)}" if code in components else str(quantity)


def _group(group: BloodGroup | None) -> str:
    return "" if group is None else group.value


def _named(name: Name) -> str:
    return safe_text(name.text(current()))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"


def file_name(text: str) -> str:
    """What a file may be called after an order or a centre."""
    return "".join(
        letter if (letter.isalnum() and letter.isascii()) or letter == "-" else "_" for letter in text
    )[:80]


def _drill(drill: bool) -> str:
    return _("DRILL: not a real order") if drill else ""
