"""The `autobook` command: the product's tools for a person's machine."""

import signal
import sys
import traceback

import typer

from autobook_cli.added_commands import add_commands
from autobook_cli.console import PlainUsage, say_lines
from autobook_cli.consumers import app as consumer_commands
from autobook_cli.dlq import app as dlq
from autobook_cli.documents import review, show
from autobook_cli.events import app as event_commands
from autobook_cli.reconcile import reconcile, sweep
from autobook_cli.reprocess import reprocess
from autobook_cli.rules import app as rules
from autobook_cli.rules_backtest import backtest
from autobook_cli.rules_explain import explain_document
from autobook_cli.rules_suggest import suggest
from autobook_cli.suggestions import app as suggestions
from autobook_cli.undo import undo

app = typer.Typer(
    name="autobook",
    cls=PlainUsage,
    help="Autobook for Kanbert on your machine: try rules, see the whole system work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rules.command()(backtest)
rules.command()(suggest)
app.add_typer(rules, name="rules")
app.add_typer(dlq, name="dlq")
app.add_typer(event_commands, name="events")
app.add_typer(consumer_commands, name="consumer")
app.command()(review)
app.command()(show)
app.command("explain")(explain_document)
app.add_typer(suggestions, name="suggestions")
app.command()(undo)
app.command()(sweep)
app.command()(reprocess)
app.command()(reconcile)
app.command("audit", hidden=True)(reconcile)  # the old name; it goes with the version after this one
add_commands(app)


def main() -> None:
    """Run the command line."""
    # A shell starts what it puts in the background with Ctrl-C ignored; and kill,
    # or closing the terminal, should end things in good order too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # with nohup it is ignored, and stays so
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        app()
    except Exception:  # nobody foresaw it: its text may be anybody's
        say_lines(traceback.format_exc(), err=True)
        sys.exit(1)
