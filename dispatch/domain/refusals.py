"""Why a centre refuses a command: codes on the wire, sentences in either language at the desk."""

from dispatch.language import N_

SENTENCES = {
    "unknown_incident": N_("{city} has no incident {incident}"),
    "incident_exists": N_("{incident} is in use for another incident already"),
    "incident_closed": N_("{incident} is closed"),
    "wrong_number": N_("{incident} is no number of this city: they begin with {prefix}"),
    "not_held": N_("{incident} is not held"),
    "already_held": N_("{incident} is held already"),
    "units_at_work": N_("units are still on it: {units}; call them back first"),
    "missing": N_("{field} is missing"),
    "nothing_changed": N_("nothing was to be changed"),
    "unknown_unit": N_("{city} has no unit {unit}"),
    "unknown_hospital": N_("no hospital is called {hospital}"),
    "illegal_state": N_("{unit}: {wanted} does not follow from {state}; next may be: {legal}"),
    "unit_on_task": N_("{unit} is on {incident}: call it back instead"),
    "task_changed": N_("{unit} is on {incident} by now: look again"),
    "not_on_incident": N_("{unit} is not on {incident}: send it first"),
    "already_there": N_("{unit} is at a hospital already"),
    "in_the_future": N_("a time in the future was given"),
    "in_the_past": N_("a time in the past was given"),
    "unknown_aid": N_("{city} knows of no such request for help"),
    "aid_over": N_("this request for help is over: {state}"),
    "aid_claimed": N_("{by} is answering this request"),
    "aid_not_now": N_("this cannot be done to a request for help that is: {state}"),
    "aid_too_many": N_("no more than {count} units were asked for"),
    "aid_whole_incident": N_("the whole incident is handed over: accept or decline it"),
    "incident_not_yours": N_("{incident} belongs to {city}: its own desks decide about it"),
    "aid_not_yours": N_("only {city} can do this"),
    "aid_at_work": N_("{units} is on the task: it comes back when its crew is through"),
    "unit_not_free": N_("{unit} is not free to lend"),
    "unknown_alarm": N_("this alarm is gone already"),
    "no_limit": N_("an alarm is put aside for a time only, at most {most_min} minutes"),
    "not_allowed": N_("a {role} may not do this: {right}"),
    "unreadable": N_("the command could not be read: {what}"),
    "expired": N_("the command came too late"),
    "drill_mismatch": N_("a drill and the real world were mixed up"),
}
"""Code -> its sentence; the centre gives the facts."""

FIELD_NAMES = {
    "text": N_("the text"),
    "reason": N_("the reason"),
    "ending": N_("the ending"),
    "count": N_("the number of units"),
    "units": N_("the units"),
    "destination": N_("the hospital"),
    "priority": N_("the priority"),
    "patients": N_("the number of patients"),
    "needs": N_("the needs"),
    "chief_complaint": N_("the complaint"),
    "place": N_("the place"),
    "position": N_("the position"),
}
"""What a `field` of a refusal, and `what` of a timeline's "amend", are called."""
