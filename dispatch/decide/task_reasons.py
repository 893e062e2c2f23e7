"""What is said of incidents a free unit may take, and of units shared out among many hurt."""

from collections.abc import Mapping

from dispatch.decide.reasons import REASONS, Reason, explain
from dispatch.domain.model import Name
from dispatch.language import N_

TASK_REASONS: dict[str, str] = REASONS | {
    # why a waiting incident stands where it stands
    "waits": N_("waits for {waits_s}"),
    "own_first": N_("of the unit's own city: before others of the same priority"),
    "abroad": N_("of {city}, another city: after the unit's own of the same priority"),
    "more_wanted": N_("{units} more units wanted"),
    "another_sooner": N_("{unit} would be there {sooner_min} min sooner"),
    # why an incident is left out
    "held": N_("held until somebody wakes it"),
    "enough_sent": N_("enough units are on it"),
    "telephoned_sent": N_("a unit was arranged by telephone: is it coming?"),
    # advice to a unit
    "none_waits": N_("no incident wants a unit"),
    "none_suits": N_("{unit} can take none of the waiting incidents"),
    # many hurt at once: what is left uncovered, and which units are not used
    "mass_none_free": N_("no unit that can do it is free"),
    "mass_all_used": N_("all {units} units that can do it are used for others"),
    "mass_over_cap": N_(
        "{lender}: the soonest of {units} free units after {eta_min} min, the cap is {cap_min} min"
    ),
    "mass_reserve": N_(
        "{lender} lends {lent} of {free} free: {own} are for its own patients, reserve {reserve} of {fleet}"
    ),
    "mass_not_needed": N_("not needed: whom it could reach is covered"),
    "mass_all_far": N_("its soonest patient is {eta_min} min away, over the lending cap of {cap_min} min"),
    "mass_small": N_("{patients} patients: below {needed} the plan is not called for"),
    # destinations
    "hospital_full": N_("every suitable hospital has its share: the least loaded"),
}
"""REASONS, and those that are said of many incidents at once."""


def task_said(reason: Reason, language: str, names: Mapping[str, Name] | None = None) -> str:
    """The sentence of a reason of either table."""
    return explain(reason, language, names, TASK_REASONS)
