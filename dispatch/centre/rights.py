"""Which right each keyed command needs; who has it stands in config/roles.toml."""

from dispatch.centre.messages import (
    ActOnAlarm,
    ActOnBlood,
    AlarmDeed,
    AnswerAid,
    AskAid,
    ChangeIncident,
    ClaimSaid,
    HoldBlood,
    KeyedCommand,
    OpenIncident,
    SetUnit,
    TakeTo,
    Telephoned,
)
from dispatch.domain.blood_orders import BloodAct
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Act
from dispatch.domain.operators import Right


def right_of(said: KeyedCommand, city: CityCode) -> Right:
    """The right that a command to the centre of `city` needs."""
    match said:
        case OpenIncident():
            return Right.INCIDENT
        case ChangeIncident():
            return Right.CLOSE if said.act is Act.CLOSE else Right.INCIDENT
        case SetUnit():
            return Right.UNIT_STATE
        case TakeTo() | Telephoned():
            return Right.ORDER
        case AskAid():
            return Right.AID_ASK
        case AnswerAid():  # the borrower takes its own request back, or gives the units back
            return Right.AID_ANSWER if said.asker.city == city else Right.AID_ASK
        case ActOnAlarm():
            return Right.ALARM if said.act is AlarmDeed.ACKNOWLEDGE else Right.SHELVE
        case ClaimSaid():
            return Right.CLAIMS
        case HoldBlood():
            return Right.BLOOD
        case ActOnBlood():  # whoever asked takes it back, and says what the hospital tells him
            return Right.BLOOD if said.act in _OF_THE_ASKER else Right.BLOOD_BANK


_OF_THE_ASKER = frozenset({BloodAct.CANCEL, BloodAct.DELIVER, BloodAct.RECEIVE})
