"""Where commands print, so that a text from outside cannot do more than be read.

Names, reasons, ids and messages come from Kanbert, from AWS, from documents and from files. A terminal obeys escape
sequences, shows text with bidirectional controls in another order, and a line break lets a supplier's name look like a
message of ours. So all output goes through this module: `plain` for a piece of text, `say` and `say_lines` to print,
`say_json` for other programs, `console` for tables and bars, `PlainUsage` for what Typer says about arguments.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

_BAR_STEPS = 200
_WIDTH_WITHOUT_TERMINAL = 160
"""Characters: wide enough for every table when the output goes to a file."""

_LINE_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_UNSEEN = (
    "\x00-\x1f\x7f-\x9f\u2028\u2029"  # control characters, line and paragraph separators
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidirectional controls
    "\xad\u180e\u200b\u2060-\u2065\ufeff\ufff9-\ufffb"  # formatting that nobody sees
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # the same: shorthand, music, tags, variants
)
"""Kept of the format characters: joiners (U+200C, U+200D), which words and emoji need, and those that are seen."""
_BREAK = re.compile(f"\r\n|[{_LINE_BREAKS}]")
_REMOVED = re.compile(f"[{_UNSEEN}]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSEEN_BUT_LINE_END = re.compile(f"(?!\n)[{_UNSEEN}\ud800-\udfff]")


def plain(text: object) -> str:
    """The text on one line, as it may be shown: what ends a line is a space, what is not seen is left out.

    A lone surrogate, which no terminal can be sent, is shown as U+FFFD. Nothing is said about markup: `console` takes
    none, so that `[red]` is shown as it stands.
    """
    return _LONE_SURROGATE.sub("\ufffd", _REMOVED.sub("", _BREAK.sub(" ", str(text))))


def plain_lines(text: str) -> str:
    """A text whose line ends (`\\n`) are ours, each of its lines made `plain`."""
    return "\n".join(plain(line) for line in text.split("\n"))


def say(text: str, *, err: bool = False) -> None:
    """Print one line, whatever is in it."""
    typer.echo(plain(text), err=err)


def say_lines(text: str, *, err: bool = False) -> None:
    """Print a text of several lines; outside texts in it have to be `plain` already, or they could make lines."""
    typer.echo(plain_lines(text), err=err)


def plain_json(written: str) -> str:
    """JSON that means the same, with everything that a terminal would not show written as `\\uXXXX`."""
    return _UNSEEN_BUT_LINE_END.sub(_escaped, written)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def say_json(written: str) -> None:
    """Print JSON for other programs, who read what is meant, and people, whose terminal does nothing else with it."""
    typer.echo(plain_json(written))


class _PlainConsole(Console):
    """A console that shows every text as `plain_lines`; styles are given by `style`, never by markup in a text."""

    def render_str(self, text: str, **options: Any) -> Text:
        """A text (printed, or in a table's cell) as Rich lays it out."""
        return super().render_str(plain_lines(text), **{**options, "markup": False, "emoji": False})


def console(*, err: bool = False) -> Console:
    """A console as wide as the terminal, or wide enough for the tables when the output goes to a file."""
    terminal = _PlainConsole(stderr=err, markup=False, emoji=False, highlight=False)
    if terminal.is_terminal:
        return terminal
    width = _WIDTH_WITHOUT_TERMINAL
    return _PlainConsole(stderr=err, markup=False, emoji=False, highlight=False, width=width, soft_wrap=False)


@contextmanager
def progress(label: str, *, show: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, if that is a terminal, moved by calling with how much is done and how much there is."""
    terminal = _PlainConsole(stderr=True, markup=False, emoji=False, highlight=False)
    visible = show and terminal.is_terminal
    # What is printed meanwhile is shown above the bar, unless it goes to a file: there it has to arrive.
    with Progress(console=terminal, transient=True, disable=not visible, redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task(label)

        def move(done: int, total: int) -> None:
            if done % max(1, total // _BAR_STEPS) == 0:
                bar.update(task, completed=done, total=total)

        yield move


class PlainUsage(TyperGroup):
    """Commands whose arguments, when they are wrong, are quoted `plain`: a shell may fill in names of files."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the arguments of this group."""
        with _plainly_refused():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Read the arguments of a command below, and run it."""
        with _plainly_refused():
            return super().invoke(ctx)


class PlainCommand(TyperCommand):
    """The same for a command that stands alone."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the arguments."""
        with _plainly_refused():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run it; it may refuse them as well."""
        with _plainly_refused():
            return super().invoke(ctx)


@contextmanager
def _plainly_refused() -> Iterator[None]:
    try:
        yield
    except TyperException as error:
        error.message = plain_lines(error.message)
        raise
