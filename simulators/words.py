"""What crews and centres say in plain words, in the language the drill was started in."""

from dispatch.domain.units import UnitState
from dispatch.language import N_, say

REFUELLING = N_("refuelling")
DISINFECTION = N_("disinfection")
CREW_CHANGE = N_("crew change")
VEHICLE_FAULT = N_("vehicle fault")
NO_CREW = N_("no crew on this shift")

NO_SUCH_UNIT = N_("no unit of {city} is called {unit}")
NO_SUCH_HOSPITAL = N_("no hospital is called {hospital}")
NO_SUCH_BANK = N_("no blood bank of {city} is called {bank}")
NOT_FREE = N_("{unit} cannot be sent: {state}")
NOT_FREE_ON = N_("{unit} cannot be sent: {state}, {incident}")
ALREADY_THERE = N_("{unit} has already arrived at its hospital")
ALREADY_ON_IT = N_("{unit} is already on {incident}")
INCIDENT_CLOSED = N_("{incident} is closed")
INCIDENT_EXISTS = N_("{incident} is already open elsewhere")
NOT_ON_HAND = N_("not on hand: {missing}")
EXPIRED = N_("the order came after its time limit")
NOT_A_DRILL = N_("this is a drill; an order from outside it is not obeyed")
UNREADABLE = N_("the order cannot be read")

STATES = {
    UnitState.ASSIGNED: N_("already has a task"),
    UnitState.ACKNOWLEDGED: N_("has acknowledged a task"),
    UnitState.EN_ROUTE: N_("on its way to a scene"),
    UnitState.ON_SCENE: N_("on a scene"),
    UnitState.TRANSPORTING: N_("carrying a patient"),
    UnitState.AT_HOSPITAL: N_("handing over at a hospital"),
    UnitState.OUT_OF_SERVICE: N_("not in service"),
    UnitState.PAUSED: N_("taking a pause"),
}


class Words:
    """Says sentences in one language, whatever language the process itself uses."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, message: str, **facts: object) -> str:
        return say(self.language, message, **facts)
