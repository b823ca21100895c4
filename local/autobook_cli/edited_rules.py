"""A file of rules beside the stack's table: what it changes, whether that is sound, and the versions noted in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from autobook.domain.rules import SETTINGS, RuleError, is_settings
from autobook.rule_analysis import Examination, Finding, compared, parsed
from autobook_cli.console import progress
from autobook_cli.file_replacement import replace_text
from autobook_cli.live_rules import Change, Plan, PulledVersion, StoredRule, check_codes, planned, with_versions
from autobook_cli.rule_files import STANDARD_INPUT, Unreadable, format_of, read_text
from autobook_cli.rule_sources import Problem, Source, read_sources
from autobook_cli.use_cases import RulesOfStack

_SLOW: Final = 500
"""Rules whose comparison takes long enough for a bar."""
_SLOW_CODES: Final = 20
"""Rules the lookup of whose codes does."""
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class EditedRules:
    """The file's rules, the table as it was read, and what the one changes in the other."""

    file: Path
    text: str
    """Of the file, "" for standard input."""
    sources: Sequence[Source]
    stored: dict[str, StoredRule]
    plan: Plan
    broken: list[Problem]
    """What of the file cannot be pushed at all."""
    unreadable: list[Problem]


def edited_rules(file: Path, live: RulesOfStack, *, delete: bool) -> EditedRules:
    """Read both. A file that cannot be read changes nothing."""
    text = _text(file)
    sources = read_sources(file)
    settings = [source for source in sources.usable if is_settings(source.item)]
    rules = [source for source in sources.usable if source not in settings]
    broken = sources.in_order(Problem.broken(source, _settings_error(source)) for source in settings)
    stored = live.table.read()
    whole = not (sources.unreadable or broken)
    given = [(source.item, source.pulled_version) for source in rules]
    typed = bool(text) and format_of(file, text) == "json"
    plan = planned(given, stored, live.table.name, delete=delete, typed=typed) if whole else Plan()
    return EditedRules(file, text, rules, stored, plan, broken, sources.unreadable)


def _text(file: Path) -> str:
    try:
        return "" if file == STANDARD_INPUT else read_text(file)
    except Unreadable:
        return ""  # which is said by who reads the rules


def _settings_error(source: Source) -> RuleError:
    hint = f"take it out of the file, and set {SETTINGS} in the table"
    return RuleError("this is the brake, and no rule", hint=hint, attribute="rule_id", rule_id=source.item["rule_id"])


def checked(
    edited: EditedRules, live: RulesOfStack, *, with_codes: bool
) -> tuple[list[Problem], list[Finding], list[Problem]]:
    """The rules that are to be written, among those that stay: errors, warnings, and codes that cannot be looked up."""
    items: dict[str, Any] = dict(edited.stored)
    written: dict[str, Source] = {}
    sources = {source.item["rule_id"]: source for source in edited.sources}
    for change in edited.plan.changes:
        if change.after is None:
            items.pop(change.rule_id)
        else:
            items[change.rule_id] = change.after
            written[change.rule_id] = sources[change.rule_id]
    if not written:
        return [], [], []
    read, now = parsed(items.values(), timezone=live.zone, held=live.held), datetime.now(UTC)
    broken = [Problem.broken(source, error) for rule_id, source in written.items() for error in read.errors_of(rule_id)]
    warnings = _warnings(read, written, now)
    if broken or not with_codes:
        return broken, warnings, []
    rules = [read.rules[rule_id] for rule_id in written]
    with progress("looking up codes", show=len(rules) >= _SLOW_CODES) as on_progress:
        codes = check_codes(rules, live.codes, now, live.zone, on_progress)
    unchecked = [Problem.of_stack_itself(f"{codes.unchecked}; see --without-codes")] if codes.unchecked else []
    wrong = [Problem.broken(sources[error.rule_id], error) for error in codes.errors]
    return wrong, [*codes.warnings, *warnings], unchecked


def _warnings(read: Examination, written: dict[str, Source], now: datetime) -> list[Finding]:
    """What is to be said of the rules that are written beside the others; not what stands in the table already."""
    with progress("comparing rules", show=len(read.rules) >= _SLOW) as on_progress:
        examined = compared(read, now=now, on_progress=on_progress)
    found = [each for rule_id in written for each in examined.findings_of(rule_id)]
    return list(dict.fromkeys(found))


def note_versions(edited: EditedRules, written: Sequence[Change], table: str) -> str:
    """Write into the file which version each rule now has. Why that was not possible, "" where it was."""
    if edited.file == STANDARD_INPUT:
        return ""
    now = {change.rule_id: change.after for change in written if change.after is not None}
    now |= {rule_id: edited.stored[rule_id] for rule_id in edited.plan.unchanged}
    versions = {rule_id: str(PulledVersion.of(item, table)) for rule_id, item in now.items()}
    former = {source.item["rule_id"]: source.pulled_version for source in edited.sources}
    changed = {rule_id: version for rule_id, version in versions.items() if former.get(rule_id) != version}
    if not changed:
        return ""
    try:
        if read_text(edited.file) != edited.text:
            return f"{edited.file} has changed meanwhile: pull again before the next push"
        text = with_versions(edited.text, format_of(edited.file, edited.text), changed)
        if text is None:
            return f"{edited.file} could not be given the new versions: pull again before the next push"
        is_marked = edited.file.read_bytes().startswith(_BOM.encode())
        replace_text(edited.file, f"{_BOM if is_marked else ''}{text.removeprefix(_BOM)}")
    except (OSError, Unreadable) as error:
        return f"{edited.file} could not be given the new versions ({error}): pull again before the next push"
    return ""
