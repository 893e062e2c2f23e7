"""Times as the command line shows them."""

from dispatch.clock import from_epoch_ms
from dispatch.desk import CHINA


def local_time(milliseconds: int) -> str:
    """Date and time in China of a wire time."""
    return f"{from_epoch_ms(milliseconds).astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
