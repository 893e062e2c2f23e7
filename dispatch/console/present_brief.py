"""Reasons as short as a row of a ranking has room for; their whole sentences stand below the rows.

Two of them and the sign of a third fit beside the other columns at 120 columns and more (tests hold it).
"""

from dispatch.decide.reasons import REASONS
from dispatch.language import N_

_BRIEF = {
    "fastest": N_("fastest"),
    "level": N_("as soon"),
    "slower": N_("+{later_min} min"),
    "keeps_cover": N_("keeps cover"),
    "lent": N_("lent, gains {gain_min} min"),
    "lent_few_own": N_("lent: {own} own for {wanted}"),
    "lent_no_own": N_("lent: no own unit"),
    "position_ageing": N_("fix {age_s} old"),
    "position_old": N_("fix {age_s} old"),
    "bridge_closed": N_("crossing closed"),
    "via_bridge": N_("over the river"),
    "off_road": N_("off road"),
    "learned_longer": N_("past trips +{percent} %"),
    "learned_shorter": N_("past trips -{percent} %"),
    # left out
    "already_assigned": N_("on this incident"),
    "position_ahead": N_("dated {ahead_s} ahead"),
    "over_cap": N_("{eta_min} min, lending cap {cap_min}"),
    "reserve": N_("{lender}: reserve {reserve}"),
    "no_gain": N_("own unit {later_min} min sooner"),
    "gain": N_("gains {gain_min} of {needed_min} min"),
    # hospitals
    "no_emergency": N_("no emergency department"),
    "least_drive": N_("nearest"),
    "later_drive": N_("+{later_min} min"),
    "better_reception": N_("better received"),
    "waiting": N_("{waiting} waiting"),
    "other_city": N_("other city"),
    "diverting": N_("diverting now"),
    "status_never": N_("open or not unknown"),
    "status_old": N_("open or not unknown"),
    "status_city_offline": N_("open or not unknown"),
    "status_city_silent": N_("open or not unknown"),
}
IN_A_ROW = REASONS | _BRIEF
"""Code -> English sentence, short where a short one was made, also the key of the translation."""
