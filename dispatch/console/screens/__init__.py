"""One screen per function key."""

from dispatch.console.screens.aids import AidsScreen
from dispatch.console.screens.alarms import AlarmsScreen
from dispatch.console.screens.base import ConsoleScreen
from dispatch.console.screens.blood import BloodScreen
from dispatch.console.screens.blood_moves import BloodMovesScreen
from dispatch.console.screens.bloodwork import BloodWorkScreen
from dispatch.console.screens.claims import ClaimsScreen
from dispatch.console.screens.drill import DrillScreen
from dispatch.console.screens.help import HelpScreen
from dispatch.console.screens.holds import HoldsScreen
from dispatch.console.screens.incidents import IncidentsScreen
from dispatch.console.screens.map import MapScreen
from dispatch.console.screens.quarantine import QuarantineScreen
from dispatch.console.screens.units import UnitsScreen

SCREENS_BY_NAME: dict[str, type[ConsoleScreen]] = {
    screen.NAME: screen
    for screen in (
        IncidentsScreen,
        UnitsScreen,
        BloodWorkScreen,
        BloodScreen,
        HoldsScreen,
        MapScreen,
        AlarmsScreen,
        AidsScreen,
        ClaimsScreen,
        QuarantineScreen,
        BloodMovesScreen,
        DrillScreen,
        HelpScreen,
    )
}
