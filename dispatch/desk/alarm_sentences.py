"""What a desk raises alarms about by itself: the codes that only this console knows."""

from dispatch.language import N_

SENTENCES = {
    "break_glass": N_("{operator} works here by break-glass, without a password"),
    "order_unknown": N_("{unit} for {incident}: no answer for long, ask by telephone before sending another"),
    "order_refused": N_("{unit} was not given for {incident}: {reason}"),
    "reassign_failed": N_("{unit} could not be sent on to {incident}: decide anew"),
    "close_failed": N_("{incident} could not be closed: units are still on it"),
    "incident_refused": N_("{incident} was not taken by its city: {reason}"),
    "incident_renumbered": N_(
        "{before} was in use already: the incident is {incident} now, tell whoever was told"
    ),
    "change_refused": N_("{incident}: what was done to it was refused later: {reason}"),
    "blood_refused": N_("{order} was not held at {bank}: {reason}"),
    "blood_lost": N_("{order} at {bank} will not come, {state}: {reason}"),
    "aid_declined": N_("{city} declines to help with {incident}: {reason}"),
    "aid_expired": N_("{city} did not answer in time about {incident}: ask by telephone, or another city"),
    "telephone_refused": N_(
        "{unit}, arranged by telephone for {incident}: its city refuses the report: {reason}"
    ),
    "telephone_compared": N_(
        "{city} has compared {unit}, arranged by telephone for {incident}: nothing speaks against it"
    ),
    "stock_short": N_("{city}: {component} {group} lasts {days} days, {count} {unit} left"),
    "stock_few": N_("{city}: only {count} {unit} of {component} {group} left"),
}
"""Alarm code -> its sentence; `city` is a code of a city."""
