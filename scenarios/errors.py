"""The errors of `foundation.errors` as part of the public face: `from scenarios import InputError`."""

from foundation.errors import InfeasibleError, InputError, LimitError, Problem

__all__ = ["InfeasibleError", "InputError", "LimitError", "Problem"]
