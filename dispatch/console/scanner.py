"""A scanner is a keyboard: it types a label in one burst that begins with = or & and ends with Enter."""

import unicodedata

BEGINS = frozenset("=&")
PAUSE_S = 0.15
"""A longer pause between two characters was a person's."""
LONGEST = 400


class Scanner:
    """Collects a burst; what it takes must reach nothing else on the screen."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0.0

    def take(self, key: str, character: str | None, at: float) -> str | None:
        """None: the key is none of a scan. A text: the scan is whole. "": taken, and more is to come."""
        going = bool(self._text) and at - self._at <= PAUSE_S
        if not going:
            self._text = ""
        folded = unicodedata.normalize("NFKC", character) if character else ""
        if going and key == "enter":
            text, self._text = self._text, ""
            return text
        if not folded.isprintable() or not (going or folded in BEGINS) or len(self._text) >= LONGEST:
            self._text = ""
            return None
        if not folded:
            return None
        self._text += folded
        self._at = at
        return ""
