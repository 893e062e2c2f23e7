"""The operators of this console as their file says them now: read again when it changes."""

from collections.abc import Callable
from pathlib import Path

from dispatch.domain.errors import BadConfiguration
from dispatch.domain.operators import Operator
from dispatch.settings.operators import change_operators, load_operators

CHANGES = ("added", "removed", "enabled", "disabled", "role", "password", "second_factor")
_Stamp = tuple[int, int, int]


class Roster:
    """Everybody who may sign in. Without a file nobody has to, and nobody is in it."""

    def __init__(self, file: Path | None) -> None:
        """BadConfiguration when the file is there and wrong."""
        self.file = file
        self.complaint = ""
        """Why the file cannot be read now; the operators known before stay."""
        self._stamp = self._stat()
        self._known = {one.id: one for one in load_operators(file)} if file is not None else {}
        self._made: dict[str, str] = {}
        """Hashes that this console stored itself: no change to tell of."""
        self._changes: list[tuple[str, str]] = []

    @property
    def kept(self) -> bool:
        """Whether operators are kept here at all: then everybody signs in."""
        return self.file is not None

    def get(self, operator: str) -> Operator | None:
        return self._known.get(operator)

    def active(self) -> list[Operator]:
        """Who may sign in, in the order of the file."""
        return [one for one in self._known.values() if one.active]

    def refresh(self) -> None:
        """Take over what changed in the file: somebody added, disabled, given another password."""
        stamp = self._stat()
        if self.file is None or stamp == self._stamp:
            return
        try:
            known = {one.id: one for one in load_operators(self.file)}
        except BadConfiguration as error:
            self.complaint = str(error)
        else:
            self._changes += self._compared(known)
            self._known, self.complaint = known, ""
        self._stamp = stamp

    def taken_changes(self) -> list[tuple[str, str]]:
        """What changed in the file since last asked: the operator and one of CHANGES."""
        changes, self._changes = self._changes, []
        return changes

    def _compared(self, known: dict[str, Operator]) -> list[tuple[str, str]]:
        changes = [(name, "removed") for name in self._known.keys() - known.keys()]
        for name, now in known.items():
            before = self._known.get(name)
            if before is None:
                changes.append((name, "added"))
                continue
            if before.active is not now.active:
                changes.append((name, "enabled" if now.active else "disabled"))
            if before.role is not now.role:
                changes.append((name, "role"))
            if before.password != now.password and self._made.get(name) != now.password:
                changes.append((name, "password"))
            if before.totp != now.totp:
                changes.append((name, "second_factor"))
        return sorted(changes)

    def rehash(self, operator: Operator, make: Callable[[], str]) -> None:
        """Store a newly made hash of the same password; DispatchError when the file cannot be written.

        Blocks. Nothing happens when the password was changed in the meantime.
        """
        if self.file is None:
            return
        fresh = self._made[operator.id] = make()

        def change(held: tuple[Operator, ...]) -> list[Operator]:
            return [
                one.model_copy(update={"password": fresh})
                if one.id == operator.id and one.password == operator.password
                else one
                for one in held
            ]

        change_operators(self.file, change)

    def _stat(self) -> _Stamp | None:
        try:
            found = self.file.stat() if self.file is not None else None
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino) if found is not None else None
