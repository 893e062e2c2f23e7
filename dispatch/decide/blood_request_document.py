"""A request for blood as a JSON document: one component, a pack, or patients by triage class."""

from typing import Annotated

from pydantic import Field, model_validator

from dispatch.decide.blood_demand import MOST_PATIENTS, Admitting, Demand, demand
from dispatch.decide.blood_models import BloodNeed
from dispatch.decide.blood_plan import needs_of
from dispatch.decide.blood_rules import Mode, RecipientClass
from dispatch.decide.document_fields import Code, Moment, Place
from dispatch.decide.rules import BloodRules
from dispatch.domain.blood import BloodGroup, Component, ComponentCode
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.model import Frozen
from dispatch.language import _

_ANTIGEN = r"^[A-Za-z][A-Za-z0-9]{0,7}$"
MOST = 100_000


class BloodRequestDocument(Frozen):
    """What blood is wanted: `component` with `quantity`, or `pack`, or `patients`; nothing else of the three.

    `hospital`, or `position` with `city`; `group` left out: unknown.
    """

    component: Code[ComponentCode] | None = None
    quantity: int | None = Field(default=None, ge=1, le=MOST, description="in the component's own unit")
    pack: Code[str] | None = Field(default=None, description="a pack of config/blood/demand.toml")
    packs: int = Field(default=1, ge=1, le=100, description="how many packs")
    patients: dict[str, Annotated[int, Field(ge=0, le=MOST_PATIENTS)]] | None = Field(
        default=None, description="patients by triage class, e.g. red, yellow"
    )
    trauma_centre: bool = Field(default=False, description="the patients go to a trauma centre")
    group: BloodGroup | None = None
    hospital: Code[HospitalId] | None = None
    position: Place | None = None
    city: Code[CityCode] | None = None
    need_by: Moment
    mode: Mode = "emergency"
    recipient: RecipientClass = RecipientClass.UNKNOWN
    anti_d: bool = False
    antibodies: frozenset[Annotated[str, Field(pattern=_ANTIGEN)]] = Field(
        default=frozenset(),
        description='antigens the patient has antibodies to, e.g. "K", "Jka"; D is anti-D',
    )
    attributes: frozenset[str] = frozenset()
    on_word_of: str | None = Field(default=None, min_length=1, max_length=80)

    @model_validator(mode="after")
    def _one_wish(self) -> "BloodRequestDocument":
        wishes = (self.component is not None, self.pack is not None, self.patients is not None)
        if sum(wishes) != 1:
            raise ValueError(_("say what is wanted: one of component with quantity, pack, or patients"))
        if (self.component is not None) != (self.quantity is not None):
            raise ValueError(
                _("quantity is missing: component and quantity go together, and without the others")
            )
        return self

    def request(self) -> BloodNeed:
        """The one component that is wanted; ValueError for a pack or patients."""
        if self.component is None or self.quantity is None:
            raise ValueError(
                _("one component is ranked at a time: plan a pack or patients with czt blood plan")
            )
        return self._need(self.component, self.quantity)

    def needs(
        self, rules: BloodRules, components: dict[ComponentCode, Component]
    ) -> tuple[list[BloodNeed], Demand | None]:
        """Every component that is wanted, and the demand it comes from where patients are named.

        UnknownName for a pack, triage class or component that there is not; ValueError where the
        patients named need nothing.
        """
        if self.component is not None and self.quantity is not None:
            return [self._need(self.component, self.quantity)], None
        wanted = None
        if self.patients is not None:
            place: Admitting = "trauma_centre" if self.trauma_centre else "general"
            wanted = demand(self.patients, place, rules.demand)
            amounts = wanted.amounts
        else:
            contents = rules.demand.pack(self.pack or "").contents
            amounts = {code: amount * self.packs for code, amount in contents.items()}
        for code, amount in amounts.items():
            if code not in components:
                raise UnknownName("component", code)
            if amount > MOST:
                raise ValueError(
                    _(
                        "{amount} of {code} is more than can be asked for at once ({limit})",
                        amount=amount,
                        code=code,
                        limit=MOST,
                    )
                )
        if not amounts:
            raise ValueError(_("these patients need no blood by the planning rule"))
        code, amount = next(iter(amounts.items()))
        return needs_of(self._need(code, amount), amounts, components), wanted

    def _need(self, component: ComponentCode, quantity: int) -> BloodNeed:
        facts = {name: getattr(self, name) for name in BloodNeed.model_fields if name != "position"}
        facts |= {"component": component, "quantity": quantity}
        position = self.position.position() if self.position is not None else None
        return BloodNeed(position=position, **facts)
