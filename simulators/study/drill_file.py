"""Moved calls as a drill scenario: each call an incident of one patient, and no other calls."""

from collections.abc import Sequence

from simulators.study.real_calls import MovedCall

FIRST_DAY_MIN = 1440.0


def drill_toml(moved: Sequence[MovedCall], name: str) -> str:
    """A file for `czt drill`; the calls of day 0 only, which is the longest a scenario may last."""
    title = "".join(letter if letter.isprintable() and letter not in '"\\' else " " for letter in name)
    lines = [
        f"# Calls of {title}, moved in time and place; the rest of the drill is synthetic.",
        f'name = {{ zh = "真实呼救记录：{title}", en = "Real calls: {title}" }}',
        f'description = {{ zh = "时间来自 {title}，地点已平移。", en = "Times of {title}, places moved." }}',
        "start = 00:00:00",
        "seed = 1",
        "demand = 0.0",
        "warm_up_min = 0",
    ]
    for call in moved:
        if call.at_min <= FIRST_DAY_MIN:
            place = f"{call.position.lat:.5f}, {call.position.lon:.5f}"
            lines += [
                "",
                "[[event]]",
                'kind = "mass_casualty"  # one patient',
                f"at_min = {call.at_min:.3f}",
                f'city = "{call.city.code}"',
                f"position = [{place}]",
                f'place = "{place}"',
                "patients = 1",
                f"priority = {call.priority}",
            ]
    return "\n".join(lines) + "\n"
