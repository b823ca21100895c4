"""Commands that other installed packages add to `autobook`, by the entry-point group `autobook.commands`.

An entry point names a function that Typer can make a command of. It is imported when its command runs, not before:
`autobook --help` and the commands that work on production load nothing of the packages that add commands.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points

import typer

from autobook_cli.console import PlainCommand

GROUP = "autobook.commands"
SUMMARIES: Mapping[str, str] = {
    "demo": "Start everything, send invoices through it, show and check the result, stop everything.",
    "up": "The same as `demo`, but leave it running; prints the addresses, and commands to try.",
    "down": "Stop what `up` left running.",
}
"""What `autobook --help` says of a command without importing it: the first paragraph of the function's docstring."""


def add_commands(app: typer.Typer) -> None:
    """Add the installed commands to `app`, in the order of SUMMARIES, then by name."""
    order = list(SUMMARIES)
    found = {each.name: each for each in entry_points(group=GROUP)}
    for name in sorted(found, key=lambda name: (order.index(name) if name in order else len(order), name)):
        summary = SUMMARIES.get(name, f"Added by {found[name].module.partition('.')[0]}.")
        # Every argument, --help included, is for the command that is loaded.
        for_the_command = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
        app.command(name, help=summary, context_settings=for_the_command)(_loader(found[name]))


def _loader(entry_point: EntryPoint) -> Callable[[typer.Context], None]:
    def load_and_run(context: typer.Context) -> None:
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(entry_point.name, cls=PlainCommand)(entry_point.load())
        alone(context.args, prog_name=context.command_path)

    return load_and_run
