"""`autobook rules`, run inside the test."""

from pathlib import Path

from typer.testing import CliRunner

from autobook_cli.rules import app


def run(*arguments: str | Path, stdin: str | bytes | None = None) -> tuple[int, str]:
    """Exit code and everything that was printed."""
    result = CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output
