"""Loading a function's `app.py` as Lambda does, and the samples of `events/`."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[2]


def load_app(function: str) -> ModuleType:
    """The module `functions/<function>/app.py`, loaded afresh."""
    spec = spec_from_file_location(f"{function}_app", ROOT / "functions" / function / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sample(name: str) -> dict[str, Any]:
    """`events/<name>.json`."""
    return cast("dict[str, Any]", json.loads((ROOT / "events" / f"{name}.json").read_text("utf-8")))
