"""The timeline of an incident: everything that was done about it, in lines that are only ever added."""

from datetime import datetime

from pydantic import Field

from dispatch.domain.model import Frozen
from dispatch.language import N_

SENTENCES = {
    "opened": N_("accepted: {place}"),
    "repeat": N_("another call about it: {text}"),
    "chase": N_("the caller chases: {text}"),
    "hold": N_("held: {reason}"),
    "wake": N_("woken"),
    "woken_by_time": N_("its time of waiting is over"),
    "reinforce": N_("reinforcement wanted: {text}"),
    "none_free": N_("a unit was wanted and none was free"),
    "amend": N_("changed: {what}"),
    "note": N_("note: {text}"),
    "order.reserved": N_("{unit} reserved"),
    "order.denied": N_("{unit} refused by its centre: {reason}"),
    "order.ordered": N_("{unit} ordered"),
    "order.acked": N_("{unit}: crew acknowledged"),
    "order.acked.by_radio": N_("{unit}: crew acknowledged by radio"),
    "order.standing_down": N_("{unit} told to stand down"),
    "order.stood_down": N_("{unit} stood down"),
    "order.stood_down.by_radio": N_("{unit} stood down, said by radio"),
    "order.done": N_("{unit} is through: {ending}"),
    "order.expired": N_("{unit}: reservation ran out"),
    "order.cancelled": N_("{unit}: taken back before it was ordered"),
    "unit.state": N_("{unit}: {state} (said by {source})"),
    "unit.late": N_("{unit}: {state}, told late (said by {source})"),
    "unit.refused": N_("{unit}: {state} does not follow from {before}, not taken"),
    "destination": N_("{unit} takes its patients to {hospital}"),
    "destination.heard": N_("{unit}: crew knows the hospital"),
    "aid.asked": N_("{city} was asked for help, units wanted: {count}"),
    "aid.asked_over": N_("{city} was asked to take it over"),
    "aid.accepted": N_("{city} lends"),
    "aid.committed": N_("{city} lends {units}"),
    "aid.committed_by_rule": N_("{city} lends {units} by a standing rule"),
    "aid.declined": N_("{city} declines: {reason}"),
    "aid.cancelled": N_("request to {city} taken back"),
    "aid.expired": N_("{city} did not answer in time"),
    "aid.lost": N_("{city} needs {units} itself: it will not come"),
    "aid.released": N_("{city} has its units back"),
    "moved": N_("handed to {city} as {incident}"),
    "taken_over": N_("taken over from {city}, {incident} there"),
    "telephoned": N_("{unit} arranged by telephone: {reason}"),
    "telephoned_away": N_("{unit}, arranged by telephone, goes to {other} instead"),
    "conflict": N_("{unit} was on {other} when it was arranged by telephone"),
    "closed": N_("closed: {ending} {reason}"),
    "reopened": N_("open again: {reason}"),
    "reopened_by_unit": N_("open again: {unit} is on it"),
}
"""Code of a line -> its sentence. Codes in `facts` are said by whoever shows it.

`state` and `before` are digits of UnitState, `source` a StateSource; `ending` an Ending, or of an order a
code of orders.REASONS, as its `reason` is. `what` lists the changed fields (refusals.FIELD_NAMES) with blanks
between, and the facts `{field}_before` and `{field}` hold the values. `city` is a CityCode. A line "hold" may
have `until_ms`, and "reinforce" has a `count`.
"""


class Entry(Frozen):
    """One line. `at` is when it happened, which may be before it was written (a late report)."""

    number: int = Field(ge=1, description="from 1 without gaps")
    at: datetime
    code: str = Field(description="a key of SENTENCES")
    by: str = ""
    facts: dict[str, str | int] = {}
