"""`autobook rules pull`: the rules of a stack, in a file that can be edited and pushed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from autobook.domain.rules import is_settings
from autobook_cli.console import plain, progress, say_lines
from autobook_cli.file_replacement import replace_text
from autobook_cli.formats import Malformed
from autobook_cli.live_rules import PulledVersion, StoredRule, misread_rule
from autobook_cli.options import Profile, Region, Stack, one_line_errors
from autobook_cli.rule_files import FORMATS, PULLED, STANDARD_INPUT, Format
from autobook_cli.rule_output import counted
from autobook_cli.rule_writing import readable, rules_text
from autobook_cli.stack_rules import stack_rules
from autobook_cli.target import NoTarget

_SLOW: Final = 200
"""Rules that take long enough for a bar."""
_HEAD: Final = """\
# Rules of {place}, pulled on {at:%Y-%m-%d %H:%M} UTC. Edit them here; `autobook rules diff` shows what a push would
# change, `autobook rules push` writes it. Leave {pulled} as it is: it keeps what others edit meanwhile.
"""


def pull(
    file: Annotated[
        Path, typer.Argument(help='The new file: .yaml, .json or .csv by its name\'s ending; "-" prints YAML.')
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there already.")] = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Write the rules of a stack's table into a file, to be edited there and pushed.

    Every attribute comes along but `check`, which is written by Autobook, and the item `_settings`, which is no rule.
    `pulled_version` says which version of the rule it was. CSV is as spreadsheets want it: separated by semicolons,
    with an apostrophe before what they would take for a number, a date or a formula.

    Exit code 0: written. 2: it could not be.
    """
    with one_line_errors():
        form = _format(file, force=force)
        with stack_rules(stack, profile, region) as live:
            stored = live.table.read()
            rules = {rule_id: item for rule_id, item in sorted(stored.items()) if not is_settings(item)}
            pulled = [_pulled(item, live.table.name) for item in rules.values()]
            head = _HEAD.format(place=plain(live.place), at=datetime.now(UTC), pulled=PULLED)
        text = _text(pulled, rules, form, head)
        if file == STANDARD_INPUT:
            say_lines(text.rstrip("\n"))
            return
        try:
            replace_text(file, text)
        except OSError as error:
            raise NoTarget(f"{file}: {(error.strerror or 'cannot be written').lower()}") from None
    say_lines(f"{counted(len(pulled), 'rule')} written:\n  {plain(file)}")


def _format(file: Path, *, force: bool) -> Format:
    if file == STANDARD_INPUT:
        return "yaml"
    form = FORMATS.get(file.suffix.lower())
    if form is None:
        raise NoTarget(f"{file}: name it .yaml, .json or .csv")
    if file.exists() and not force:
        raise NoTarget(f"{file} is there already: give a new name, or --force")
    return form


def _pulled(item: StoredRule, table: str) -> dict[str, Any]:
    readable_item: dict[str, Any] = readable(item)
    return {**readable_item, PULLED: str(PulledVersion.of(item, table))}


def _text(pulled: Sequence[Mapping[str, Any]], rules: Mapping[str, StoredRule], form: Format, head: str) -> str:
    """The file. NoTarget where the format cannot hold the rules as they are."""
    try:
        with progress("writing rules", show=len(pulled) >= _SLOW) as on_progress:
            text = rules_text(pulled, form, head, on_progress)
    except Malformed as error:
        raise NoTarget(str(error)) from None
    if (wrong := misread_rule(text, form, rules)) is not None:
        raise NoTarget(f"{form.upper()} cannot hold the rule {wrong} as it is: take another format")
    return text
