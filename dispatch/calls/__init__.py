"""Who called: numbers and names, kept at one console only, with commitments in its audit log."""

from dispatch.calls.book import FILE, Call, Calls
from dispatch.calls.masking import mask_name, mask_number, read_number, without_numbers

__all__ = ["FILE", "Call", "Calls", "mask_name", "mask_number", "read_number", "without_numbers"]
