"""The scans of one bag put together, and what the shared stock says of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dispatch.blood.labels import BadLabel, DonationNumber, GroupCode, LabelMoment, ProductCode, Structure
from dispatch.clock import CHINA
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, Lot
from dispatch.language import N_, _
from dispatch.picture.live import Picture


@dataclass(frozen=True, slots=True)
class UnitLabel:
    """What is known of one bag; a field is None until it was scanned."""

    number: DonationNumber | None = None
    group: BloodGroup | None = None
    product: str | None = None
    expires_at: datetime | None = None
    component: ComponentCode | None = None
    """What the user's own table makes of the product code."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A lot of the shared stock whose number is, or begins with, that of the bag."""

    bank: BankId
    lot: Lot


@dataclass(frozen=True, slots=True)
class Difference:
    """Where label and stock do not say the same: codes and values for a sentence."""

    what: str
    label: str
    stock: str


def check_one_bag(structures: Iterable[Structure]) -> None:
    """BadLabel where two scans cannot be of one bag: a step against mix-ups must not make one."""
    seen: dict[str, str] = {}
    for one in structures:
        match one:
            case DonationNumber():
                kind, said = N_("donation numbers"), one.number
            case GroupCode():
                kind, said = N_("blood groups"), one.group.value if one.group else ""
            case ProductCode():
                kind, said = N_("product codes"), one.code
            case LabelMoment(what="expiry"):
                kind, said = N_("expiry dates"), _in_china(one.moment)
            case _:
                continue
        before = seen.setdefault(kind, said)
        if before != said:
            facts = {"kind": _(kind), "first": before, "second": said}
            raise BadLabel(
                _(
                    "two {kind}, {first} and {second}: these are the labels of two bags, read one alone",
                    **facts,
                )
            )


def put_together(structures: Iterable[Structure], products: Mapping[str, ComponentCode]) -> UnitLabel:
    """One bag from its scans in any order, which `check_one_bag` has let pass."""
    found = UnitLabel()
    number, group, product, expires_at = found.number, found.group, found.product, found.expires_at
    for one in structures:
        match one:
            case DonationNumber():
                number = one
            case GroupCode():
                group = one.group
            case ProductCode():
                product = one.code
            case LabelMoment(what="expiry"):
                expires_at = one.moment
            case LabelMoment():
                pass
    component = _component(product, products)
    return UnitLabel(number, group, product, expires_at, component)


def _component(product: str | None, products: Mapping[str, ComponentCode]) -> ComponentCode | None:
    """By the whole code, else by its first five characters, which describe the product."""
    return None if product is None else products.get(product) or products.get(product[:5])


def holdings(picture: Picture, label: UnitLabel) -> tuple[Holding, ...]:
    """Where the shared stock holds it; with a product code, lots numbered after it count first."""
    if label.number is None:
        return ()
    number = label.number.number
    found = [
        Holding(bank, lot)
        for bank, held in picture.stock.banks.items()
        for lot in held.lots.values()
        if str(lot.id).upper().replace("=", "").startswith(number)
    ]
    exact = [one for one in found if label.product and label.product in str(one.lot.id)]
    return tuple(exact or found)


def _in_china(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat()


def differences(label: UnitLabel, lot: Lot) -> tuple[Difference, ...]:
    """Whatever both say and say differently; the label in the hand is to be believed."""
    found = []
    if label.group is not None and label.group is not lot.group:
        found.append(Difference("group", label.group.value, lot.group.value))
    if label.component is not None and label.component != lot.component:
        found.append(Difference("component", label.component, lot.component))
    if label.expires_at is not None and label.expires_at != lot.expires_at:
        found.append(Difference("expires_at", _in_china(label.expires_at), _in_china(lot.expires_at)))
    return tuple(found)
