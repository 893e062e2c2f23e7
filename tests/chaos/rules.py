"""What makes a life: the shipped code, or the same with something in it replaced."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

Wrong = tuple[Any, str, Callable[..., object]]
"""A module, the name of one of its functions, and what stands in for it."""


@dataclass(frozen=True)
class Rules:
    """`wrong`: functions that stand in for shipped ones; flags: in which order one writes and says."""

    wrong: tuple[Wrong, ...] = ()
    reply_before_commit: bool = False
    vehicle_writes: bool = True
    requester_orders: bool = False
    epoch_grows: bool = True

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """For the length of a block the wrong functions are the ones that are called."""
        with ExitStack() as stack:
            for module, name, function in self.wrong:
                stack.enter_context(patch.object(module, name, function))
            yield


SHIPPED = Rules()
