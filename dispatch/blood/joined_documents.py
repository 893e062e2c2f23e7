"""A picture and the casualties of one incident as a JSON document."""

from pydantic import Field, model_validator

from dispatch.blood.joined_models import Casualties
from dispatch.decide.document_fields import Code
from dispatch.decide.picture_document import PictureDocument
from dispatch.domain.hospitals import HospitalId
from dispatch.language import _


class CasualtiesDocument(Casualties):
    """Patients that one hospital gets, by triage class."""

    hospital: Code[HospitalId]

    def casualties(self) -> Casualties:
        """As the reckoning takes it."""
        return Casualties(**{name: getattr(self, name) for name in Casualties.model_fields})


class IncidentBloodQuestion(PictureDocument):
    """A picture (its hospitals and banks with their stock), and who goes where, from `now` on."""

    casualties: tuple[CasualtiesDocument, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _hospitals_are_known(self) -> "IncidentBloodQuestion":
        known = {hospital.id for hospital in self.hospitals}
        for index, one in enumerate(self.casualties):
            if one.hospital not in known:
                raise ValueError(
                    _(
                        "{place}: {name} is not one of the hospitals",
                        place=f"casualties[{index}].hospital",
                        name=repr(one.hospital),
                    )
                )
        return self
