"""The words of other standards for ours: data of exchange.toml, complete for every code there is."""

from typing import Literal

from pydantic import Field, model_validator

from dispatch.domain.aid import AidState
from dispatch.domain.incidents import IncidentState, Priority
from dispatch.domain.model import Frozen
from dispatch.language import _

EdxlMessage = Literal[
    "RequestResource",
    "ResponseToRequestResource",
    "RequisitionResource",
    "CommitResource",
    "RequestInformation",
    "ResponseToRequestInformation",
    "OfferUnsolicitedResource",
    "ReleaseResource",
    "RequestReturn",
    "ResponseToRequestReturn",
    "RequestQuote",
    "ResponseToRequestQuote",
    "RequestResourceDeploymentStatus",
    "ReportResourceDeploymentStatus",
    "RequestExtendedDeploymentDuration",
    "ResponseToRequestExtendedDeploymentDuration",
]
"""The sixteen messages of OASIS EDXL-RM 1.0, section 3.3."""


class EidoWords(Frozen):
    """Words of NENA-STA-021."""

    status: dict[IncidentState, str]
    priority: dict[Literal["1", "2", "3"], str]


class EdxlWord(Frozen):
    """What an EDXL-RM system would have said of a request in this state; no response: nobody has answered."""

    message: EdxlMessage
    response: Literal["Accept", "Decline", "Provisional"] | None = None


class ExchangeWords(Frozen):
    """exchange.toml."""

    eido: EidoWords
    edxl_rm: dict[AidState, EdxlWord] = Field(description="state of a request -> its words")

    @model_validator(mode="after")
    def _complete(self) -> "ExchangeWords":
        missing = [state.value for state in IncidentState if state not in self.eido.status]
        missing += [str(one.value) for one in Priority if str(one.value) not in self.eido.priority]
        missing += [state.value for state in AidState if state not in self.edxl_rm]
        if missing:
            raise ValueError(_("has no word for: {missing}", missing=", ".join(missing)))
        return self
