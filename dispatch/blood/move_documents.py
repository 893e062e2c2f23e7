"""A picture with forecasts as one JSON document, so that moves can be looked for on files alone."""

from pydantic import Field, model_validator

from dispatch.blood.forecast import Forecast
from dispatch.decide.document_fields import Code
from dispatch.decide.picture_document import PictureDocument
from dispatch.decide.picture_parts import first_twice
from dispatch.domain.blood import BankId, ComponentCode
from dispatch.language import _


class ForecastDocument(Forecast):
    """Mean daily issue of a bank, component and group."""

    bank: Code[BankId]
    component: Code[ComponentCode]

    def forecast(self) -> Forecast:
        """As the proposals take it."""
        return Forecast(**{name: getattr(self, name) for name in Forecast.model_fields})


class MovesQuestion(PictureDocument):
    """A picture (its banks with their stock) and forecasts of issue; without forecasts a bank is left out."""

    forecasts: tuple[ForecastDocument, ...] = Field(default=())

    @model_validator(mode="after")
    def _forecasts_fit(self) -> "MovesQuestion":
        keys = [f"{one.bank}, {one.component}, {one.group}" for one in self.forecasts]
        twice = first_twice(keys)
        if twice is not None:
            raise ValueError(_("{place}: {what} stands twice", place=f"forecasts[{twice}]", what=keys[twice]))
        banks = {bank.id for bank in self.banks}
        for index, one in enumerate(self.forecasts):
            if one.bank not in banks:
                raise ValueError(
                    _(
                        "{place}: {name} is not one of the banks",
                        place=f"forecasts[{index}].bank",
                        name=repr(one.bank),
                    )
                )
        return self
