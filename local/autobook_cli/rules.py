"""`autobook rules`: the commands about rules, on files and on a stack."""

import typer

from autobook_cli.console import PlainUsage
from autobook_cli.rule_history import history
from autobook_cli.rules_check import check
from autobook_cli.rules_explain import explain_rules
from autobook_cli.rules_pull import pull
from autobook_cli.rules_push import diff, push
from autobook_cli.rules_try import try_

app = typer.Typer(
    cls=PlainUsage,
    no_args_is_help=True,
    help="Check rules, try them on invoices, see why one fires or does not, edit those of a stack in a file.",
)
app.command()(check)
app.command("try")(try_)
app.command("explain")(explain_rules)
app.command()(pull)
app.command()(diff)
app.command()(push)
app.command()(history)
