"""The words for states and capabilities that reasons say; `say(language, word)` translates them."""

from dispatch.domain.units import Capability, UnitState
from dispatch.language import N_

STATE_WORDS: dict[str, str] = {
    UnitState.ASSIGNED.name: N_("assigned"),
    UnitState.ACKNOWLEDGED.name: N_("order received"),
    UnitState.EN_ROUTE.name: N_("en route"),
    UnitState.ON_SCENE.name: N_("on scene"),
    UnitState.TRANSPORTING.name: N_("transporting"),
    UnitState.AT_HOSPITAL.name: N_("at hospital"),
    UnitState.AVAILABLE_ON_ROAD.name: N_("available on the road"),
    UnitState.AVAILABLE_AT_STATION.name: N_("available at station"),
    UnitState.OUT_OF_SERVICE.name: N_("out of service"),
    UnitState.PAUSED.name: N_("paused"),
}

CAPABILITY_WORDS: dict[str, str] = {
    Capability.BASIC: N_("basic life support"),
    Capability.ADVANCED: N_("advanced life support"),
    Capability.NEONATAL: N_("neonatal transport"),
    Capability.ISOLATION: N_("negative-pressure isolation"),
    Capability.EMERGENCY: N_("general emergency department"),
    Capability.CARDIAC: N_("chest-pain centre"),
    Capability.STROKE: N_("stroke centre"),
    Capability.TRAUMA: N_("trauma centre"),
    Capability.BURNS: N_("burns unit"),
    Capability.OBSTETRIC: N_("obstetrics"),
    Capability.PAEDIATRIC: N_("paediatrics"),
    Capability.POISONING: N_("poisoning unit"),
}
