"""The words of the report: what its codes mean, and how minutes and times are written."""

import re

from dispatch.audit.actions import action_text
from dispatch.clock import CHINA, from_epoch_ms
from dispatch.domain.alarm_sentences import SENTENCES as ALARMS
from dispatch.domain.blood_orders import BLOOD_STATE_NAMES
from dispatch.domain.incidents import ENDING_NAMES
from dispatch.feed.refusals import REASONS as REFUSALS
from dispatch.language import N_, say
from dispatch.text import safe_text

EXCLUDED = {
    "handed_over": N_("handed to another city, counted there"),
    "order_of_times": N_("times run backwards"),
    "closed_unreached": N_("closed before any unit was on scene"),
    "blood_ended": N_("ended before that step"),
    "no_centre_log": N_("the log of a centre is missing: not known whether a unit was on scene"),
}
NOTES = {
    "not_verified": N_(
        "{log} is NOT whole: only its rows in front of the first fault count, and even these prove little"
    ),
    "no_centre": N_(
        "the log of the centre of {city} was not given: its calls and units are known from consoles only, "
        "without times on scene"
    ),
    "no_console": N_("no log of a console was given: recommendations, choices and ETAs are not known"),
    "empty": N_("there is not one row of this kind: every figure below is empty, not zero"),
    "other_kind": N_("{count} rows of the other kind (drill beside real, or the reverse) are left out"),
    "again": N_("{count} rows stand in more than one of the files and count once"),
    "row_time": N_(
        "{count} calls do not tell when the caller rang (an older log): the time of their first row stands "
        "in for it, so that their response looks shorter than it was"
    ),
    "no_place": N_("{count} calls do not tell where they were: they are on no map and in no estimate"),
    "orphans": N_("{count} orders are for calls whose opening stands in none of these logs: in no figure"),
    "telephoned": N_("{count} units were arranged by telephone: their trips are not in the figures"),
    "lost_rows": N_("{count} rows were lost while a disk failed, as the logs say themselves"),
    "one_city_desk": N_(
        "{count} orders were given without a recommendation in these logs (another desk, or a program): "
        "they have no predicted arrival and count in no override"
    ),
}
INTERVALS = {
    "call_order": N_("call to first order"),
    "order_ack": N_("order to acknowledged"),
    "ack_roll": N_("acknowledged to rolling"),
    "roll_scene": N_("rolling to on scene"),
    "scene_leave": N_("on scene to leaving with patient"),
    "leave_hospital": N_("leaving to at hospital"),
    "hospital_free": N_("at hospital to end of order"),
    "reserved_free": N_("unit reserved to end of order"),
    "call_scene": N_("call to first unit on scene"),
    "call_closed": N_("call to closed"),
    "blood_ask_confirm": N_("blood: asked to confirmed by its bank"),
    "blood_confirm_pack": N_("blood: confirmed to packed"),
    "blood_pack_hand": N_("blood: packed to handed to its carrier"),
    "blood_hand_deliver": N_("blood: handed to its carrier to delivered"),
    "blood_deliver_receive": N_("blood: delivered to received"),
    "blood_ask_receive": N_("blood: asked to received"),
}
CLOCKS = {
    "caller": N_("the call's own time"),
    "centre": N_("city's centre"),
    "console": N_("console"),
    "crew": N_("crew's terminal"),
}
WHY_NOT = {
    "no_own_unit": N_("no own unit was recommended and none can be estimated"),
    "no_arrival": N_("neither an arrival nor a prediction of the lent unit"),
}
BY = {
    "recommended": N_("as recommended at that moment"),
    "travel_law": N_("by the travel law from its base"),
    "actual": N_("actual"),
    "predicted": N_("predicted"),
}
KINDS = {"unit": N_("units"), "hospital": N_("hospitals"), "bank": N_("blood banks")}
LOG_KINDS = {"console": N_("console"), "centre": N_("city's centre"), "empty": N_("empty")}
OUTCOMES = {
    "accepted": N_("taken on"),
    "refused": N_("refused"),
    "no_answer": N_("no answer"),
    "not_chosen": N_("nothing chosen"),
    "unknown": N_("not known"),
}
STATES = {
    "EN_ROUTE": N_("rolling"),
    "ON_SCENE": N_("on scene"),
    "TRANSPORTING": N_("leaving with patient"),
    "AT_HOSPITAL": N_("at hospital"),
}
REFUSED_WORDS = {
    "unit.late": N_("word of a crew, told too late"),
    "unit.refused": N_("word of a crew that does not follow"),
}
BLOOD_STATES = {state.value: name for state, name in BLOOD_STATE_NAMES.items()}
_ENDINGS = {ending.value: name for ending, name in ENDING_NAMES.items()} | {
    "denied": N_("refused by its centre"),
    "expired": N_("reservation expired"),
    "stood_down": N_("stood down"),
}


def word(table: dict[str, str], code: str, language: str) -> str:
    """The word for a code; a code without one says itself."""
    return say(language, table[code]) if code in table else safe_text(code)


def clock(code: str, language: str) -> str:
    """The clocks of a figure: "caller>crew" is from the one to the other."""
    return " → ".join(word(CLOCKS, one, language) for one in code.split(">"))


def ending(code: str, language: str) -> str:
    """How a call or an order ended."""
    return word(_ENDINGS, code, language)


def alarm(code: str, language: str) -> str:
    """What an alarm is about, with its names left open."""
    return re.sub(r"\{\w+\}", "…", word(ALARMS, code, language))


def refusal(code: str, language: str) -> str:
    """Why a message or a word was not taken, with its names left open."""
    return re.sub(r"\{\w+\}", "…", word(REFUSED_WORDS | REFUSALS, code, language))


def action(code: str, language: str) -> str:
    """What a line of a timeline says."""
    return safe_text(action_text(code, language))


def minutes(seconds: float | None, language: str) -> str:
    """Minutes with one digit; a dash where there is no figure."""
    return "–" if seconds is None else say(language, N_("{value} min"), value=f"{seconds / 60:.1f}")


def percent(share: float | None) -> str:
    """A share in per cent without a digit; a dash where there is no figure."""
    return "–" if share is None else f"{share * 100:.0f} %"


def moment(ms: int | None, *, day: bool = False) -> str:
    """A time in China; a dash where it is not told, and for numbers that are no time."""
    if ms is None or not 0 <= ms < 253_402_300_800_000:
        return "–"
    return from_epoch_ms(ms).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S" if day else "%H:%M:%S")
