"""The bell: one pattern for what came at once, again while nobody reacts, never a volley."""

from dispatch.console.bells import Pattern, Ringer

ONCE = Pattern(rings=1)
TWICE = Pattern(rings=2, again_s=30)
SILENT = Pattern(rings=0)


def rings(ringer: Ringer, standing: dict[str, Pattern], start: float, seconds: float) -> list[float]:
    """The moments at which a frame rang, four frames a second."""
    frames = [start + 0.25 * frame for frame in range(int(seconds * 4))]
    return [at for at in frames if ringer.hear(standing, at)]


def test_twenty_at_once_ring_as_the_loudest_of_them_and_once() -> None:
    standing = {f"a{number}": ONCE for number in range(20)} | {"loud": TWICE}
    assert rings(Ringer(), standing, 100.0, 10) == [100.0, 100.25]


def test_what_comes_within_two_seconds_rings_together_after_them() -> None:
    ringer = Ringer()
    assert rings(ringer, {"a": ONCE}, 0.0, 0.5) == [0.0]
    assert rings(ringer, {"a": ONCE, "b": ONCE, "c": ONCE}, 0.5, 5) == [2.0]


def test_what_stands_rings_again_only_where_its_pattern_says_so() -> None:
    ringer = Ringer()
    assert rings(ringer, {"a": ONCE}, 0.0, 100) == [0.0]
    ringer = Ringer()
    assert rings(ringer, {"a": TWICE}, 0.0, 70) == [0.0, 0.25, 30.0, 30.25, 60.0, 60.25]


def test_what_went_and_came_back_is_new() -> None:
    ringer = Ringer()
    rings(ringer, {"a": ONCE}, 0.0, 5)
    assert rings(ringer, {}, 5.0, 5) == []
    assert rings(ringer, {"a": ONCE}, 10.0, 5) == [10.0]


def test_a_silent_pattern_never_rings() -> None:
    assert rings(Ringer(), {"a": SILENT}, 0.0, 100) == []
