"""The mutants that survive for a good reason: they change nothing that can be seen."""

from tests.mutants.changes import Key

EQUIVALENT: dict[Key, str] = {}
"""Why no test can tell."""
