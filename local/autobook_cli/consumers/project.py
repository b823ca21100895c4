"""A SAM project for a consumer of one's own, written from the files in `project/`."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from autobook_cli.events import NAMES, EventFilter, wire_type

_SUFFIX = ".tmpl"
_NAME = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,39}", re.ASCII)
"""Names a stack, and with `-dead-letters.fifo` a queue."""
_OURS = frozenset({"autobook", "autobook-local"})


class ProjectRefused(Exception):
    """The project is not written; `str(error)` is one line for people."""


def refuse_name(name: str, stack: str | None) -> None:
    """Raises ProjectRefused for a name that cannot be a consumer's; `stack` is Autobook's own."""
    if not _NAME.fullmatch(name):
        raise ProjectRefused(
            f"{name!r} cannot name a consumer: 2 to 40 lower-case letters, digits and single hyphens, a letter first"
        )
    if name in _OURS or name == stack:
        raise ProjectRefused(f"{name} is Autobook's own stack, which the consumer's would replace: take another")


def write_project(
    name: str, types: Sequence[str], parent: Path, *, topic_arn: str | None = None, stack: str | None = None
) -> Path:
    """Write the project into `parent/name`, all of it or nothing; its folder. Raises ProjectRefused.

    `types` by their short names, none for all. `topic_arn` goes into the project's settings where it is known.
    """
    refuse_name(name, stack)
    folder = parent / name
    if folder.exists() or folder.is_symlink():
        raise ProjectRefused(f"{folder} exists already: choose another name, or another place with --directory")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=parent))
    except OSError as error:
        raise ProjectRefused(f"cannot write into {parent}: {error.strerror}") from error
    try:
        for path, template in _templates(files(__package__) / "project"):
            target = draft / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_filled(template, _values(name, types, topic_arn)), encoding="utf-8")
        draft.chmod(0o755)  # a temporary folder is the owner's alone
        draft.rename(folder)
    except OSError as error:
        raise ProjectRefused(f"cannot write {folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _templates(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _templates(each, f"{prefix}{each.name}/")
        elif each.name.endswith(_SUFFIX):
            yield prefix + each.name.removesuffix(_SUFFIX), each.read_text("utf-8")


def _values(name: str, types: Sequence[str], topic_arn: str | None) -> Mapping[str, str]:
    policy = EventFilter(types).policy()
    filtered = f"      FilterPolicyScope: MessageBody\n      FilterPolicy: {json.dumps(policy)}"
    override = f"EventsTopicArn={topic_arn}" if topic_arn else None
    return {
        "NAME": name,
        "FILTER": filtered if policy else "      # no FilterPolicy: every event comes",
        "TYPES": ", ".join(f"`{each}`" for each in types) if types else "all of them",
        "EXAMPLE_TYPE": wire_type((types or NAMES)[0]),
        "POWERTOOLS": version("aws-lambda-powertools"),
        "PARAMETERS": f'parameter_overrides = "{override}"' if override else "",
        "OVERRIDES": "" if override else "--parameter-overrides EventsTopicArn=ARN",
        "TOPIC": (
            "\nThe topic's ARN is in `samconfig.toml`.\n"
            if override
            else "\n`ARN` is the output `EventsTopicArn` of Autobook's stack. To keep it: `parameter_overrides` in"
            " `samconfig.toml`.\n"
        ),
    }


def _filled(template: str, values: Mapping[str, str]) -> str:
    filled = re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], template)
    return "\n".join(line.rstrip() for line in filled.splitlines()).rstrip("\n") + "\n"
