"""What crews, callers, colleagues and banks say in plain words, in the language the drill was started in."""

from dispatch.language import N_, say

REFUELLING, DISINFECTION, CREW_CHANGE = "refuelling", "disinfection", "crew_change"
VEHICLE_FAULT, NO_CREW = "vehicle_fault", "crew_incomplete"
RESERVE = "reserve_kept"
"""Codes of config/incidents.toml, which every console says in its own language."""

PATIENT_ABOARD = N_("patient aboard")
CALL_TAKER = N_("call taker (simulated)")
COLLEAGUE = N_("dispatcher (simulated)")
BANK_STAFF = N_("blood bank staff (simulated)")
COURIER = N_("courier (simulated)")
NOT_ON_THE_SHELF = N_("the bags are not on the shelf")
CHASE = N_("the caller asks where the ambulance is")
REPEAT = N_("another caller tells of the same")
CALLED_OFF = N_("the caller says that nobody is needed any more")

NO_SUCH_BANK = N_("no blood bank of {city} is called {bank}")
EXPIRED = N_("the order came after its time limit")
NOT_A_DRILL = N_("this is a drill; an order from outside it is not obeyed")


class Words:
    """Says sentences in one language, whatever language the process itself uses."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, message: str, **facts: object) -> str:
        return say(self.language, message, **facts)
