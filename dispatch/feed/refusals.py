"""Why a message was refused: codes for tables and logs, sentences for people."""

from collections.abc import Mapping

import msgspec

from dispatch.feed.decoder_words import decoder_words
from dispatch.language import N_, current, say
from dispatch.text import safe_text

Facts = Mapping[str, str | float]

UNREADABLE = (msgspec.MsgspecError, RecursionError, ValueError, OverflowError)
"""All that decoding and checking hostile bytes may raise; UnicodeDecodeError is a ValueError."""

REASONS: dict[str, str] = {
    "too_big": N_("The message has {size} bytes, {cap} are allowed."),
    "unknown_topic": N_("The topic is none of the contract."),
    "malformed": N_("The message cannot be read: {error}"),
    "duplicate_key": N_("The message names a field twice."),
    "wrong_city": N_("The message names {found}, but this link is that of {expected}."),
    "wrong_type": N_("The message says it is {found}, but its topic carries {expected}."),
    "wrong_key": N_("The message is about {found}, but its topic is about {expected}."),
    "drill_mismatch": N_("A drill's message outside a drill, or a real one inside."),
    "retained_command": N_("A command or an answer was kept by the broker; only fresh ones count."),
    "expired": N_("The message was good until {expired_s} seconds ago."),
    "future": N_("The message is dated {ahead_s} seconds ahead of this clock."),
    "epoch_ahead": N_("The message of {node} names an epoch far ahead of this clock."),
    "older_epoch": N_("The message comes from an earlier life of {node}: a replay."),
    "replayed": N_("The message was sent long before the newest of its sender: a replay."),
    "unknown_unit": N_("Nobody has announced the unit {unit}; its city was asked."),
    "unknown_bank": N_("The bank {bank} is not configured."),
    "unknown_hospital": N_("The hospital {hospital} is not configured."),
    "unknown_crossing": N_("The bridge or tunnel {crossing} is not configured."),
    "unknown_component": N_(
        "{bank} names components that are not configured ({code}): {count} lots left out."
    ),
    "unknown_capability": N_("{subject} names a capability that does not exist: {code}."),
    "unknown_snapshot": N_("There is no snapshot of this kind."),
    "not_owner": N_("{subject} belongs to {owner}; only that city may speak for it."),
    "wrong_prefix": N_("{subject} does not begin with {prefix}, as every number of this city does."),
    "no_other_number": N_("{subject} is no number of another city."),
    "lines_disordered": N_("The lines of the timeline of {subject} are not numbered one after the other."),
    "no_such_borrower": N_("{subject} says it is for {city}, which is not another of the cities."),
    "duplicate_entry": N_("{subject} stands twice in one message; the whole message was refused."),
    "duplicate_lot": N_("{bank} lists the lot {lot} twice; the whole message was refused."),
    "future_day": N_("{bank} speaks of {day}, a day that has not been."),
    "too_many": N_("{subject} would be more than the {cap} that are allowed."),
    "no_fix": N_("{unit} reports latitude 0, longitude 0: a receiver without a fix."),
    "jump": N_("{unit} would have jumped {km} km in {seconds} s; kept back until more fixes agree."),
    "unknown_device": N_("No unit is configured for this tracker."),
    "not_valid": N_("The tracker's server marks this position as not valid: the receiver had no fix."),
    "no_time": N_("A position without a time of its own was kept by the broker: nobody knows how old it is."),
    "unknown_tracker_message": N_("A tracker message of a type that nobody knows."),
}


class Refused(Exception):
    """One message is not taken."""

    def __init__(self, code: str, /, **facts: str | float) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def explain(code: str, facts: Facts, language: str | None = None) -> str:
    """The sentence for a reason; a code without one, or with a fact missing, shows what there is."""
    clean = {
        name: safe_text(value, 120) if isinstance(value, str) else value for name, value in facts.items()
    }
    language = language or current()
    if code == "malformed" and "error" in clean:
        clean["error"] = decoder_words(str(clean["error"]), language)
    try:
        return say(language, REASONS[code], **clean)
    except (KeyError, IndexError):
        return f"{code} {clean or ''}".rstrip()
