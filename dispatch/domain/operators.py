"""Who sits at a console, and what each role may do. The table of rights is config/roles.toml."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from dispatch.domain.model import Frozen, Name
from dispatch.language import N_


class Role(StrEnum):
    DISPATCHER = "dispatcher"
    BLOOD_STAFF = "blood_staff"
    CLAIMS_STAFF = "claims_staff"
    SUPERVISOR = "supervisor"
    DRILL_LEADER = "drill_leader"
    OBSERVER = "observer"


ROLE_NAMES = {
    Role.DISPATCHER: N_("dispatcher"),
    Role.BLOOD_STAFF: N_("blood centre staff"),
    Role.CLAIMS_STAFF: N_("claims staff"),
    Role.SUPERVISOR: N_("supervisor"),
    Role.DRILL_LEADER: N_("drill leader"),
    Role.OBSERVER: N_("observer"),
}


class Right(StrEnum):
    """What a role may be allowed to do."""

    INCIDENT = "incident"  # open, join, hold, wake, amend, note
    CLOSE = "close"  # end an incident
    ORDER = "order"  # send, call back, reassign units; name hospitals
    UNIT_STATE = "unit_state"  # set a unit's state at the desk
    AID_ASK = "aid_ask"
    AID_ANSWER = "aid_answer"
    ALARM = "alarm"  # acknowledge
    SHELVE = "shelve"
    BLOOD = "blood"  # ask a bank
    BLOOD_BANK = "blood_bank"  # answer for a bank: confirm, pack, hand over, decide on what was set aside
    CALLER = "caller"  # see a caller's number unmasked
    HANDOVER = "handover"  # sign a handover sheet
    CLAIMS = "claims"  # reimbursement of blood fees
    DRILL = "drill"  # lead a drill: let things happen, pause it, change its pace


RIGHT_NAMES = {
    Right.INCIDENT: N_("open and change incidents"),
    Right.CLOSE: N_("close incidents"),
    Right.ORDER: N_("send and call back units"),
    Right.UNIT_STATE: N_("set the state of a unit"),
    Right.AID_ASK: N_("ask another city for help"),
    Right.AID_ANSWER: N_("answer another city's request"),
    Right.ALARM: N_("acknowledge alarms"),
    Right.SHELVE: N_("shelve alarms"),
    Right.BLOOD: N_("ask for blood"),
    Right.BLOOD_BANK: N_("answer for a blood bank"),
    Right.CALLER: N_("see a caller's number"),
    Right.HANDOVER: N_("sign a handover"),
    Right.CLAIMS: N_("handle claims on blood fees"),
    Right.DRILL: N_("lead a drill"),
}


class Operator(Frozen):
    """One person who may sign in: operators.toml of the site, never in the shipped config/."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_.-]{1,31}$")
    name: Name
    role: Role
    password: str = Field(
        default="", repr=False, exclude=True, description="argon2id, as `czt operators add` writes it"
    )
    """Only a hash, and still neither printed nor dumped."""
    totp: str = Field(
        default="", repr=False, exclude=True, description="secret of the second factor; `czt operators totp`"
    )
    """Base32; empty: a password is enough. Neither printed nor dumped."""
    active: bool = True


class By(Frozen):
    """Who does something: on every command, in every audit row."""

    operator: str = Field(max_length=64)
    role: Role
    break_glass: bool = False
    """Signed in without a password in an emergency: allowed everything a dispatcher is, and logged loudly."""


class Rights(Frozen):
    """config/roles.toml: role -> what it may do. An empty `signed_by` means that nobody has approved it."""

    edition: str
    roles: dict[Role, frozenset[Right]]
    drill_only: frozenset[Role] = frozenset()
    """Roles that may do anything in a drill only."""
    source: str = ""
    effective_from: date | None = None
    sign_off: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()

    def may(self, role: Role, right: Right) -> bool:
        return right in self.roles.get(role, frozenset())

    def allows(self, by: By, right: Right) -> bool:
        """Whether somebody may; who came in by break-glass may what a dispatcher may, whatever his role."""
        return self.may(Role.DISPATCHER if by.break_glass else by.role, right)

    def in_force(self, *, drill: bool) -> "Rights":
        """The rights of a drill, or of real operation, where the roles for drills may look only."""
        if drill:
            return self
        roles = {role: rights for role, rights in self.roles.items() if role not in self.drill_only}
        return self.model_copy(update={"roles": roles})
