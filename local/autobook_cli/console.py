"""Where commands print tables and progress bars."""

from rich.console import Console

_WIDTH_WITHOUT_TERMINAL = 160
"""Characters: wide enough for every table when the output goes to a file."""


def console() -> Console:
    """A console as wide as the terminal, or wide enough for the tables when the output goes to a file."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=_WIDTH_WITHOUT_TERMINAL, soft_wrap=False)
