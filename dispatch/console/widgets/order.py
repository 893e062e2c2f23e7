"""The order of the rows of a board: sorted, filtered, and held still while an operator chooses."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from dispatch.console.present_cells import Row
from dispatch.text import fold, matches

RowOf = Callable[[str], Row | None]


class RowOrder:
    """Which keys a board shows, in which order.

    `row_of` makes the row of a key when it is painted; verdicts of the filter and the sort are kept per key
    until the key is said to have changed. While `frozen`, rows keep their line: new ones come at the
    end and vanished ones stay as `gone`.
    """

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.gone: frozenset[str] = frozenset()
        self.frozen = False
        self.filter = ""
        self.sort_column: int | None = None
        self.reverse = False
        self.row_of: RowOf = lambda _key: None
        self._given: Sequence[str] = ()
        self._index: dict[str, int] | None = None
        self._verdicts: dict[str, bool] = {}
        self._numbers: dict[str, float] = {}
        self._words: dict[str, str] = {}
        """What the rows sort by: one kind only, which Python sorts in a quarter of the time of pairs."""
        self._last_rows: dict[str, Row] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def index(self, key: str | None) -> int | None:
        """The line of a key, None when it is not shown."""
        if key is None:
            return None
        if self._index is None:
            self._index = {shown: line for line, shown in enumerate(self.keys)}
        return self._index.get(key)

    def row(self, key: str) -> Row | None:
        """The row of a key; a gone one as it was last painted."""
        if key in self.gone:
            return self._last_rows.get(key)
        return self.row_of(key)

    def give(self, keys: Iterable[str], row_of: RowOf, changed: Collection[str] | None = None) -> bool:
        """Take the keys to show; `changed` None means all of them. True when the lines moved."""
        before, self.row_of = self.row_of, row_of
        self._given = list(keys)
        if changed is None:
            self._verdicts.clear()
            self._forget_values()
        else:
            for key in changed:
                self._verdicts.pop(key, None)
                self._numbers.pop(key, None)
                self._words.pop(key, None)
        moved = self._arrange()
        for key in self.gone - self._last_rows.keys():
            if (row := before(key)) is not None:
                self._last_rows[key] = row
        return moved

    def give_rows(self, rows: Mapping[str, Row]) -> bool:
        """Take ready rows."""
        return self.give(rows, rows.get)

    def freeze(self, frozen: bool) -> bool:
        """Hold the lines still, or let them go; True when the lines moved."""
        if frozen == self.frozen:
            return False
        self.frozen = frozen
        self._last_rows.clear()
        return self._arrange()

    def sort(self, column: int | None, reverse: bool) -> bool:
        """Sort by a column of the rows; None keeps the order given."""
        self.sort_column, self.reverse = column, reverse
        self._forget_values()
        return self._arrange()

    def _forget_values(self) -> None:
        self._numbers.clear()
        self._words.clear()

    def set_filter(self, text: str) -> bool:
        """Show only rows with a cell that matches, in Chinese or pinyin."""
        self.filter = text.strip()
        self._verdicts.clear()
        return self._arrange()

    def _arrange(self) -> bool:
        wanted = [key for key in self._given if self._passes(key)] if self.filter else list(self._given)
        gone: frozenset[str] = frozenset()
        if self.frozen:
            there = set(self._given)  # the filter hides nothing that stands already
            gone = frozenset(key for key in self.keys if key not in there)
            held = set(self.keys)
            wanted = self.keys + [key for key in wanted if key not in held]
        elif self.sort_column is not None:
            wanted = self._sorted(wanted, self.sort_column)
        if wanted == self.keys and gone == self.gone:
            return False
        self.keys, self.gone, self._index = wanted, gone, None
        return True

    def _passes(self, key: str) -> bool:
        verdict = self._verdicts.get(key)
        if verdict is None:
            row = self.row_of(key)
            verdict = row is not None and row_matches(self.filter, row)
            self._verdicts[key] = verdict
        return verdict

    def _sorted(self, keys: list[str], column: int) -> list[str]:
        """By a column, numbers before words; rows that are equal in it stay in the order given."""
        numbers, words = self._numbers, self._words
        for key in [key for key in keys if key not in numbers and key not in words]:
            self._value(key, column)
        with_number = [key for key in keys if key in numbers] if words else list(keys)
        with_word = [key for key in keys if key in words] if words else []
        with_number.sort(key=numbers.__getitem__, reverse=self.reverse)
        with_word.sort(key=words.__getitem__, reverse=self.reverse)
        return with_word + with_number if self.reverse else with_number + with_word

    def _value(self, key: str, column: int) -> None:
        """Keep what a row sorts by; one that is not there, or is shorter, sorts as an empty word."""
        row = self.row_of(key)
        known = row is not None and column < len(row.cells)
        is_word, number, word = row.cells[column].sort_key if row is not None and known else (True, 0.0, "")
        if is_word:
            self._words[key] = word
        else:
            self._numbers[key] = number


def row_matches(query: str, row: Row) -> bool:
    """True when a cell holds the folded query, or the query is the pinyin of a cell."""
    wanted = fold(query)
    if any(wanted in fold(cell.text) for cell in row.cells):
        return True
    return matches(query, [cell.text for cell in row.cells if not cell.text.isascii()]) > 0
