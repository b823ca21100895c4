"""The `autobook` command: the product's tools for a person's machine."""

import typer

from local.cli import demo, rules

app = typer.Typer(
    name="autobook",
    help="Autobook for Kanbert on your machine: try rules, see the whole system work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(rules.app, name="rules")
app.command("demo")(demo.demo)
app.command("up")(demo.up)
app.command("down")(demo.down)


def main() -> None:
    """Run the command line."""
    app()
