"""The stack whose rules a command is about."""

from collections.abc import Iterator
from contextlib import contextmanager

from autobook_cli.target import target
from autobook_cli.use_cases import RulesOfStack, rules_of


@contextmanager
def stack_rules(stack: str | None, profile: str | None, region: str | None) -> Iterator[RulesOfStack]:
    """The rules of the stack of that name, or of what `make up` left running. Raises NoTarget."""
    with rules_of(target(stack, profile, region)) as live:
        yield live
