"""The one place that prints: what it leaves out, what it keeps, and that nothing else prints."""

import ast
import json
import sys
import unicodedata
from pathlib import Path

import pytest
from rich.table import Table

from autobook_cli import console as console_module
from autobook_cli.console import console, plain, plain_json, say, say_lines
from tests.autobook_cli.outside_text import EVIL, safe

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_else_prints() -> None:
    """Only the console module writes to the terminal: no other calls print, typer.echo or makes a Rich console."""
    strays = []
    for package in ("autobook_cli", "autobook_local"):
        for path in sorted((ROOT / "local" / package).rglob("*.py")):
            if path == Path(console_module.__file__):
                continue
            tree = ast.parse(path.read_text("utf-8"))
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            for node in ast.walk(tree):
                text = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                if text in ("print", "typer.echo", "typer.secho", "echo", "Console", "rich.print", "sys.stdout.write"):
                    strays.append(f"{path}:{node.lineno}: {text}")  # type: ignore[attr-defined]
                if text == "typer.Typer" and not ({"PlainUsage", "PlainCommand"} & names):
                    strays.append(f"{path}: {text} without PlainUsage")
    assert not strays


def test_plain_leaves_nothing_to_obey() -> None:
    """Of all characters those are left out or made a space that are obeyed or not seen; joiners and all others stay."""
    kept = {"\u200c", "\u200d"}  # words of Persian and Hindi need them, and emoji
    for number in range(sys.maxunicode + 1):
        sign, category = chr(number), unicodedata.category(chr(number))
        if category in ("Cc", "Zl", "Zp"):
            assert plain(sign) in ("", " "), hex(number)
        elif category == "Cs":
            assert plain(sign) == "\ufffd"
        elif unicodedata.bidirectional(sign) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"):
            assert plain(sign) == "", hex(number)
        elif sign in kept or category not in ("Cf", "Cn", "Mn"):
            assert plain(sign) == sign, hex(number)


@pytest.mark.parametrize("text", ["Müller & Söhne GmbH", "漢字", "عربي", "हिन्दी", "👩‍👩‍👧", "a\u00a0b", "  [x]  "])
def test_plain_keeps_text(text: str) -> None:
    """What is only text stays as it is."""
    assert plain(text) == text


def test_plain_is_one_line() -> None:
    """Each line break is one space."""
    assert plain("a\r\nb\nc\rd\te\x85f\u2028g") == "a b c d e f g"


def test_json_means_the_same() -> None:
    """JSON for other programs has escapes in place of what a terminal would obey, and reads as before."""
    written = json.dumps({EVIL: [EVIL, "ü"]}, ensure_ascii=False, indent=2)
    escaped = plain_json(written)
    assert json.loads(escaped) == json.loads(written)
    assert safe(escaped).count("\n") == written.count("\n")
    assert "ü" in escaped


def test_say(capsys: pytest.CaptureFixture[str]) -> None:
    """`say` prints one line, `say_lines` as many as the text has; both with all else left out."""
    say("a\n\x1b[1mb")
    say_lines("a\n\x1b[1mb\r\u2028c", err=True)
    assert capsys.readouterr() == ("a [1mb\n", "a\n[1mb  c\n")


@pytest.mark.parametrize("cell", [True, False])
def test_console(capsys: pytest.CaptureFixture[str], cell: bool) -> None:
    """A text that is printed or stands in a table is shown with its markup, also where markup is asked for."""
    if cell:
        table = Table("[red]head[/red]", title="[b]title[/b]")
        table.add_row("[red]x[/red] :smile: \x1b[31m\u202e")
        console().print(table)
    else:
        console().print("[red]x[/red] :smile: \x1b[31m\u202e", markup=True, emoji=True)
    assert "[red]x[/red] :smile: [31m" in safe(capsys.readouterr().out)
