"""The repository's own files, as tests of texts walk them."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_INSTALLED = {"node_modules", "__pycache__", "build"}


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """Files of ours with these suffixes (all without any), sorted; nothing hidden, installed or generated."""
    return tuple(sorted(path for path in _walk() if not suffixes or path.suffix in suffixes))


def _walk() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            each for each in folders if not (each.startswith(".") or each in _INSTALLED or each.endswith(".egg-info"))
        ]
        yield from (Path(folder, name) for name in names if not name.startswith("."))
