"""What a city's centre raises alarms about, as sentences: the codes that all its desks share."""

from dispatch.language import N_

SENTENCES = {
    "order_unacknowledged": N_(
        "{unit}: its crew has not acknowledged the order for {incident}, call by radio"
    ),
    "standing_down": N_("{unit}: its crew has not acknowledged the stand-down, call by radio"),
    "unit_refused": N_("{unit}: its crew refused {incident}, send another"),
    "rolling_out": N_("{unit} has acknowledged {incident} and does not roll out"),
    "scene_dwell": N_("{unit} is long on scene: {incident}"),
    "hospital_dwell": N_("{unit} is long at the hospital: {incident}"),
    "place_changed": N_("{unit} was sent to the old place of {incident}, call by radio: {place}"),
    "waiting_p1": N_("{incident} is life-threatening and waits for a unit: {place}"),
    "waiting_p2": N_("{incident} is urgent and waits for a unit: {place}"),
    "waiting_p3": N_("{incident} waits for a unit: {place}"),
    "waiting_again": N_("{incident} waits again: {unit} left it and patients may be left"),
    "held_over": N_("{incident} was held and its time is over: {place}"),
    "chased": N_("the caller chases and nobody is on the way: {incident}, {place}"),
    "none_free": N_("no unit was free for {incident}: ask the neighbours"),
    "handed_over": N_("{incident} was handed over by another centre ({origin}) and waits for a unit"),
    "aid_received": N_("{city} asks for help with {incident}: {place}"),
    "aid_unanswered": N_("{city} still waits for an answer about {incident}: {place}"),
    "aid_waiting": N_("{lender} has not answered the request for help with {incident}"),
    "aid_lost": N_("{unit}, promised by {lender} for {incident}, will not come: name or ask for another"),
    "conflict": N_(
        "{unit} was arranged by telephone for {incident} and is, or was, on {other}: ring its city"
    ),
    "telephoned_only": N_(
        "nobody has said that the unit arranged by telephone reached {incident}: ring, {place}"
    ),
    "unit_arranged": N_("{city} arranged {unit} by telephone for {incident}: it is expected there"),
    "blood_unanswered": N_(
        "{bank} has not answered the hold {order} for {hospital}: confirm, decline or telephone"
    ),
    "blood_expired": N_(
        "{bank} did not answer the hold {order} for {hospital} in time: ask again, or telephone"
    ),
    "blood_short": N_("{order} for {hospital} went short: {bank} has less than was held"),
    "blood_recalled": N_("lot {lot} of {order} was recalled or set aside by its bank: tell {hospital}"),
    "blood_unchecked": N_("{order} was handed over at {hospital} and nobody has checked it"),
    "blood_quarantined": N_("{order} at {hospital} is set aside: a named person must decide"),
    "history_conflict": N_(
        "{city} shows another history of its audit log than the {rows} rows it signed: ring its supervisor"
    ),
    "history_disputed": N_(
        "{city} says that the audit log of this centre is not the one it saw before: call the supervisor"
    ),
    "history_broken": N_(
        "the audit log here does not hold the {rows} rows that were signed: no more is signed, "
        "call the supervisor"
    ),
    "history_unproven": N_("{city} has not shown that its audit log continues the {rows} rows it signed"),
    "log_unwitnessed": N_("no other city has cosigned the audit log of this centre for {minutes} min"),
}
"""Alarm code -> its sentence. `city`, `lender` and `borrower` are codes of cities."""
