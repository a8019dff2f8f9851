"""A protocol by name or file, for every command that reads one."""

from __future__ import annotations

from app.commands.answers import BadInputError
from app.places import NoSuchResourceError, read_protocol
from protocols.definition import DefinitionError, ProtocolDefinition, parse_protocol


def load_definition(name: str) -> ProtocolDefinition:
    """The protocol of that name or in that file; BadInputError says what is wrong with it."""
    try:
        text, path = read_protocol(name)
        return parse_protocol(text, path)
    except NoSuchResourceError as error:
        raise BadInputError(str(error)) from error
    except DefinitionError as error:
        raise BadInputError("; ".join(str(problem) for problem in error.problems)) from error
