"""Rules on a stack, as commands find them with `--stack`: moto's table, the simulated Kanbert."""

from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from autobook.adapters.dynamodb.items import fields_of
from autobook_cli import app
from tests.autobook_cli.stack import Stack
from tests.settings import ENVIRONMENT

TABLE = ENVIRONMENT["RULES_TABLE"]
WHEN = 'supplier.name contains "Hostwerk"'


def run(*arguments: str | Path, answer: str | None = None) -> tuple[int, str]:
    """Exit code and everything that was printed."""
    result = CliRunner().invoke(app, [str(each) for each in arguments], input=answer)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def table_items(stack: Stack) -> dict[str, dict[str, Any]]:
    """Everything in the table, as plain fields."""
    found = stack.tables.scan(TableName=TABLE)["Items"]
    return {item["rule_id"]["S"]: fields_of(item) for item in found}
