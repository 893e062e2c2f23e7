"""What the other desks are told: where the cursor has rested."""

from dispatch.console.presence import Presence, WorkingOn


def test_a_cursor_that_passes_by_tells_nothing() -> None:
    presence = Presence()
    told = [presence.look(incident, second) for second, incident in enumerate(("a", "b", "c", "d"))]
    assert told == [None] * 4


def test_a_cursor_that_rests_tells_it_once() -> None:
    presence = Presence()
    told = [presence.look("a", second) for second in range(6)]
    assert told == [None, None, WorkingOn("a"), None, None, None]  # type: ignore[arg-type]


def test_leaving_the_last_incident_tells_that_too() -> None:
    presence = Presence()
    for second in range(4):
        presence.look("a", second)
    told = [presence.look(None, second) for second in range(4, 8)]
    assert told == [None, None, WorkingOn(None), None]
