"""What is wrong with a command line, in the language in use: the library's own sentences are English."""

import re

from typer._click.exceptions import (
    BadParameter,
    ClickException,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)

from dispatch.language import N_, _

_SAID = (
    (re.compile(r"No such command '(?P<what>.*)'\.", re.DOTALL), N_("there is no command {what}")),
    (re.compile(r"Missing command\."), N_("a command is missing")),
    (
        re.compile(r"Got unexpected extra argument\(?s?\)? ?\((?P<what>.*)\)", re.DOTALL),
        N_("too many arguments: {what}"),
    ),
    (re.compile(r"Option '(?P<what>.*)' does not take a value\."), N_("{what} takes no value")),
    (re.compile(r"Option '(?P<what>.*)' requires .*"), N_("{what} needs a value after it")),
    (re.compile(r"Argument '(?P<what>.*)' takes (?P<count>\d+) values\."), N_("{what} takes {count} values")),
)
"""The library's sentences without a class of their own. A sentence that fits none is shown as it stands."""

_VALUES = (
    (re.compile(r".*valid integer.*"), N_("must be a whole number")),
    (re.compile(r".*valid number.*"), N_("must be a number")),
    (re.compile(r".*valid boolean.*"), N_("must be true or false")),
    (re.compile(r".*greater than or equal to (?P<limit>\S+)"), N_("must be at least {limit}")),
    (re.compile(r".*less than or equal to (?P<limit>\S+)"), N_("must be at most {limit}")),
    (re.compile(r".*greater than (?P<limit>\S+)"), N_("must be greater than {limit}")),
    (re.compile(r".*less than (?P<limit>\S+)"), N_("must be less than {limit}")),
    (re.compile(r".*Input should be (?P<listed>'.*')"), N_("must be one of: {listed}")),
    (re.compile(r"\w+ '(?P<path>.*)' does not exist\."), N_("{path} does not exist")),
    (re.compile(r"\w+ '(?P<path>.*)' is a file\."), N_("{path} is a file, a folder is wanted")),
    (re.compile(r"\w+ '(?P<path>.*)' is a directory\."), N_("{path} is a folder, a file is wanted")),
    (re.compile(r"\w+ '(?P<path>.*)' is not readable\."), N_("{path} cannot be read")),
    (re.compile(r"\w+ '(?P<path>.*)' is not writable\."), N_("{path} cannot be written")),
)


def refusal(error: ClickException) -> str:
    """The lines for a command line that cannot be run: what is wrong, and where the help is."""
    if isinstance(error, NoArgsIsHelpError):
        return error.format_message()
    context = error.ctx if isinstance(error, UsageError) else None
    command = "czt" if context is None else context.command_path
    where = _("{command} --help shows how it is called", command=command)
    return f"czt: {_sentence(error)}\n{where}"


def _sentence(error: ClickException) -> str:
    if isinstance(error, NoSuchOption):
        return _unknown_option(error)
    if isinstance(error, MissingParameter):
        return _("{what} is missing", what=_parameter(error))
    if isinstance(error, BadParameter):
        value = _fitting(_VALUES, error.message)
        return _("{what}: {problem}", what=_parameter(error), problem=value) if _parameter(error) else value
    if isinstance(error, UsageError):
        return _fitting(_SAID, error.message)
    return error.format_message()


def _unknown_option(error: NoSuchOption) -> str:
    near = ", ".join(sorted(error.possibilities or ()))
    if near:
        return _("there is no option {what}; did you mean {near}?", what=error.option_name, near=near)
    return _("there is no option {what}", what=error.option_name)


def _parameter(error: BadParameter) -> str:
    """The option or argument as it is typed; empty when the error names none."""
    hint = error.param_hint
    if hint is None and error.param is not None:
        hint = error.param.get_error_hint()
    said = hint if isinstance(hint, str) else " / ".join(hint or ())
    return said.replace("'", "")


def _fitting(table: tuple[tuple[re.Pattern[str], str], ...], message: str) -> str:
    for pattern, sentence in table:
        found = pattern.fullmatch(message.strip())
        if found is not None:
            return _(sentence, **found.groupdict())
    return message
