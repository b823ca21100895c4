"""What each function loads in Lambda once it is built: `python -m tests.functions.loads` writes the lists again.

A list (tests/functions/loads/<function>.txt) has our modules in full and every other package by its top-level name,
without the standard library. Whoever changes one sees in the diff what a cold start pays for. Packages that only this
machine has (httpx loads `rich` where it finds it) are hidden, so that the lists are those of Lambda.
"""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.settings import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).with_suffix("")
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))

_RUNTIME = {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"}
"""Distributions that Lambda's Python runtime brings (Lambda developer guide, "Runtime-included SDK")."""

HIDE = """
import json, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
"""
_LOADED = f"""{HIDE}
import runpy
runpy.run_path(sys.argv[2])["from_environment"]()
print(json.dumps([name for name, module in sys.modules.items() if getattr(module, "__spec__", None)]))
"""


_LAYERS = {"export_billomat": ("shared", "billomat")}
"""Layers of functions that have more than the shared one."""


def absent(function: str) -> list[str]:
    """Top-level packages of this machine that neither the function's layers nor the runtime has."""
    there = _RUNTIME | {"autobook"}
    for layer in _LAYERS.get(function, ("shared",)):
        text = (ROOT / "layers" / layer / "requirements.txt").read_text("utf-8")
        there |= set(re.findall(r"^([\w-]+)==", text, re.MULTILINE))
    return sorted(
        package
        for package, distributions in packages_distributions().items()
        if not there & {re.sub(r"[-_.]+", "-", name).lower() for name in distributions}
    )


def environment() -> dict[str, str]:
    """As Lambda gives it, with made-up credentials."""
    return ENVIRONMENT | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "layers" / "shared"),
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }


def loaded(function: str) -> list[str]:
    """Every module that is loaded once the function is built, in the order of loading."""
    run = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", _LOADED, json.dumps(absent(function)), f"functions/{function}/app.py"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [str(name) for name in json.loads(run.stdout)]


def summary(modules: list[str]) -> str:
    """Our modules, then the packages of others, a line each."""
    ours = sorted(name for name in modules if name.split(".")[0] == "autobook")
    others = {name.split(".")[0] for name in modules} - {"autobook"} - sys.stdlib_module_names
    return "\n".join([*ours, "", *sorted(name for name in others if not name.startswith("_")), ""])


if __name__ == "__main__":
    for each in FUNCTIONS:
        (FOLDER / f"{each}.txt").write_text(summary(loaded(each)), "utf-8")
