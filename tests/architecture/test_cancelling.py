"""`asyncio.wait_for` may swallow a cancelling on Python 3.11: what it waits in then never ends."""

from tests.architecture.sources import called_name, calls


def test_nothing_waits_in_a_way_that_swallows_a_cancelling() -> None:
    assert [path for path, call in calls() if called_name(call) == "wait_for"] == []
