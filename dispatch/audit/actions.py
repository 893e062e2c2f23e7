"""What can be done at a console, as the audit log names it and as a reader is told it."""

from dispatch.language import N_, say

ACTIONS = {
    "session.start": N_("session began"),
    "session.end": N_("session ended"),
    "settings.in_force": N_("settings in force"),
    "link.up": N_("link to a city came up"),
    "link.down": N_("link to a city went down"),
    "incident.opened": N_("incident opened"),
    "incident.told": N_("city told of an incident"),
    "unit.recommended": N_("units recommended"),
    "unit.chosen": N_("unit chosen"),
    "unit.told": N_("unit told where to go"),
    "hospital.recommended": N_("hospitals recommended"),
    "hospital.chosen": N_("hospital chosen"),
    "blood.recommended": N_("blood sources recommended"),
    "blood.chosen": N_("blood source chosen"),
    "blood.told": N_("blood bank told to send"),
    "stock.changed": N_("blood stock changed"),
    "message.quarantined": N_("message put in quarantine"),
    "alarm.raised": N_("alarm raised"),
    "alarm.acknowledged": N_("alarm acknowledged"),
    "snapshot.asked": N_("city asked to repeat its state"),
    "command.answered": N_("command answered"),
    "drill.started": N_("drill started"),
    "drill.event": N_("drill event"),
    "drill.ended": N_("drill ended"),
    "console.fault": N_("part of the console failed and was left out"),
    "centre.started": N_("centre started"),
    "order.reserved": N_("unit reserved"),
    "order.denied": N_("order denied"),
    "order.ordered": N_("crew ordered"),
    "order.acked": N_("crew acknowledged"),
    "order.done": N_("order ended"),
    "order.standing_down": N_("crew told to stand down"),
    "order.stood_down": N_("stood down"),
    "order.expired": N_("reservation expired"),
    "order.cancelled": N_("order cancelled"),
    "audit.lost": N_("audit rows lost while the disk failed"),
}
"""Name of an action -> its sentence. A name that is not here is shown as it stands."""


def action_text(action: str, language: str) -> str:
    """The sentence for an action in `language`."""
    return say(language, ACTIONS.get(action, action))
