"""Times as the command line shows them."""

from dispatch.clock import CHINA, from_epoch_ms


def local_time(milliseconds: int) -> str:
    """Date and time in China of a wire time."""
    return f"{from_epoch_ms(milliseconds).astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
