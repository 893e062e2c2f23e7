"""Errors that carry facts; the edge of the program turns them into sentences."""


class DispatchError(Exception):
    """Base of every error of this program that a user can act upon."""


class IllegalTransition(DispatchError):
    """A state change that the state machine does not know."""

    def __init__(self, state: str, wanted: str, legal: tuple[str, ...]) -> None:
        super().__init__(f"{state} -> {wanted} is not allowed; next may be: {', '.join(legal)}")
        self.state, self.wanted, self.legal = state, wanted, legal


class MissingField(DispatchError):
    """A command or state change lacks a field that the rule demands."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field} is missing: {why}")
        self.field, self.why = field, why


class UnknownName(DispatchError):
    """A unit, bank, hospital, site or city that nobody has announced or configured."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"no {kind} is called {name!r}")
        self.kind, self.name = kind, name


class BadConfiguration(DispatchError):
    """A setting that cannot be used: names the file, the line and what is allowed."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file, self.line, self.message = file, line, message


class AuditUnavailable(DispatchError):
    """The audit log refused a row; the action it belongs to must not happen."""
