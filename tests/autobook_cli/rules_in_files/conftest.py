"""The stack that these commands work on."""

import pytest

from tests.autobook_cli.stack import Stack, make_stack


@pytest.fixture
def stack(aws: None, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack with a few accounts in Kanbert."""
    assert aws is None
    return make_stack(monkeypatch)
