"""What is proposed to be moved, and what an accepted proposal asks of the order path."""

from collections.abc import Sequence

from pydantic import AwareDatetime, Field

from dispatch.decide.reasons import Reason
from dispatch.domain.blood import BankId, BloodGroup, ComponentCode, LotId
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Frozen


def spoken_groups(groups: Sequence[BloodGroup]) -> str:
    """ "A+"; "A" for both signs of it, where a component suits by ABO alone."""
    return groups[0].value if len(groups) == 1 else groups[0].abo


class TransferLine(Frozen):
    """So much of one lot."""

    lot: LotId
    group: BloodGroup
    quantity: int = Field(ge=1)
    expires_at: AwareDatetime


class Transfer(Frozen):
    """Units that one bank is asked to send to another: what an accepted proposal hands to the order path.

    The same shortage found twice on one day has the same `id`, so that it is asked for once. After
    `leave_by` it is no longer worth it: a reservation must end by then. Nothing of `lines` is held
    yet: the giver's own centre reserves and may refuse.
    """

    id: str = Field(min_length=1, max_length=200)
    giver: BankId
    giver_city: CityCode
    taker: BankId
    taker_city: CityCode
    component: ComponentCode
    groups: tuple[BloodGroup, ...] = Field(min_length=1, description="of the lots")
    quantity: int = Field(ge=1)
    lines: tuple[TransferLine, ...] = Field(min_length=1)
    leave_by: AwareDatetime
    arrives_by: AwareDatetime


class Proposal(Frozen):
    """One transfer with what it saves, in the component's own unit.

    `saving` is what is expected to be used that would outdate; `cautious_saving` the same where use is
    higher here and lower there than the forecasts say, by the z of the rules.
    """

    id: str
    transfer: Transfer
    saving: float
    cautious_saving: float
    outdates_here: float
    use_here: float
    use_there: float
    left: int
    keep: int
    drive_min: float
    cost_fen: int
    reasons: tuple[Reason, ...]


class Stays(Frozen):
    """Units expected to outdate where they are, and why no move is proposed: `banks` counts the others."""

    bank: BankId
    city: CityCode
    component: ComponentCode
    groups: tuple[BloodGroup, ...]
    outdates: float
    reasons: tuple[Reason, ...]


class Left(Frozen):
    """A bank that neither gives nor takes, and why."""

    bank: BankId
    city: CityCode
    reasons: tuple[Reason, ...]


class MoveAnswer(Frozen):
    """Proposals, the most valuable first; what stays to outdate; banks that were left out."""

    as_of: AwareDatetime
    edition: str
    proposals: tuple[Proposal, ...]
    stays: tuple[Stays, ...]
    left_out: tuple[Left, ...]


class MoveDecision(Frozen):
    """What a person said about a proposal."""

    id: str
    accepted: bool
    reason: str
    by: str
    at: AwareDatetime
