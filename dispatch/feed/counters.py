"""What the intake did, as numbers since the start."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """`messages` counts messages; a snapshot may count as many things applied or late as it holds."""

    messages: int = 0
    applied: int = 0
    ignored: int = 0
    """Valid, but nothing to a console: other consoles' commands, OwnTracks cards and the like."""
    cleared: int = 0
    """Empty messages: a retained one was taken back."""
    duplicates: int = 0
    late: int = 0
    """Older than what is held: out of order, or news from before a tunnel."""
    refused: int = 0
    """Messages refused, whole or in part."""
    refused_entries: int = 0
    """Units, hospitals or lots left out of messages that were otherwise taken."""
    gaps: int = 0
    missed: int = 0
    """Messages that the gaps stand for."""
    filled: int = 0
    """Out of order: arrived after their gap was counted."""
    asked: int = 0
    """Snapshots asked for."""
