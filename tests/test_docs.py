"""The repository stands alone: what its pages name is there, and nothing they cite is anywhere else."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from autobook_cli import app
from tests.repository import ROOT, files

PACKAGE = "layers/shared/autobook"
NOT_OURS = {"my-rules.json", "rules.yaml", "app.py"}
"""Files that a reader has, and the name that every function's file has."""


PAGES = [pytest.param(page, id=page.relative_to(ROOT).as_posix()) for page in files(".md")]
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*#*$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@cache
def anchors(page: Path) -> frozenset[str]:
    """Every anchor of a page; a heading that comes twice is numbered."""
    found: dict[str, int] = {}
    every = set()
    for heading in _HEADING.findall(prose(page)):
        anchor = slug(heading)
        count = found.get(anchor, 0)
        found[anchor] = count + 1
        every.add(f"{anchor}-{count}" if count else anchor)
    return frozenset(every)


def broken_links(page: Path, root: Path = ROOT) -> Iterator[str]:
    """Relative links of a page whose file or anchor is not there."""
    for target in _LINK.findall(_CODE.sub("", prose(page))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.is_relative_to(root) or not file.exists():
            yield f"{target}: no such file"
        elif anchor and anchor not in anchors(file):
            yield f"{target}: no such heading, the page has {', '.join(sorted(anchors(file)))}"


@pytest.mark.parametrize("page", PAGES)
def test_links(page: Path) -> None:
    """Every relative link leads to a file of the repository, every anchor to a heading of it."""
    assert not list(broken_links(page))


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """A file or heading that is not there is reported; code is not a link."""
    page = tmp_path / "page.md"
    page.write_text(
        "# A title, `code`\n[a](#a-title-code) [b](#b) [c](gone.md) `[d](gone.md)`\n```\n[e](gone.md)\n```\n"
    )
    assert [each.split(":")[0] for each in broken_links(page, tmp_path)] == ["#b", "gone.md"]


TOP = {each.name for each in ROOT.iterdir() if each.is_dir() and not each.name.startswith(".")}
INSIDE = {each.name for each in (ROOT / PACKAGE).iterdir() if each.is_dir()} - {"__pycache__"}
NAMES = {each.name for each in files()}
_PATH = re.compile(r"[A-Za-z_][\w.*<>{}-]*(?:/[\w.*<>{}-]+)+/?|[a-z_]\w*\.(?:py|md|toml|yaml|sh|json)")


def is_there(name: str) -> bool:
    """Whether a path exists, from the root or from the package; `*` and `<name>` stand for any name.

    Names of one part are looked for anywhere, and paths that begin with no folder of ours are not ours.
    """
    parts = re.sub(r"<\w+>|\{\w+\}", "*", name).rstrip("/").split("/")
    if len(parts) == 1:
        return name in NAMES | NOT_OURS
    bases = [ROOT] if parts[0] in TOP else [ROOT / PACKAGE] if parts[0] in INSIDE else []
    pattern = "/".join(parts)
    return not bases or any(any(base.glob(each)) for base in bases for each in (pattern, f"{pattern}.py"))


def named(page: Path) -> set[str]:
    """The paths that a page names: in backticks, or as an argument in a code block."""
    text = page.read_text("utf-8")
    words = [word for code in _CODE.findall(prose(page)) for word in code.split()]
    words += [word.strip("\"'") for block in _FENCE.findall(text) for word in block.split()]
    return {word for word in words if _PATH.fullmatch(word)}


@pytest.mark.parametrize("page", PAGES)
def test_paths(page: Path) -> None:
    """Every file and folder that a page names exists."""
    assert not sorted(name for name in named(page) if not is_there(name))


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("docs/rules.md", True),
        ("docs/none.md", False),
        ("domain/webhook.py", True),
        ("domain/none.py", False),
        ("domain/conditions", True),
        ("functions/<name>/app.py", True),
        ("application/json", True),
        ("none.py", False),
    ],
)
def test_what_is_there(name: str, there: bool) -> None:
    """Paths are looked for from the root and from the package; what begins otherwise is no path of ours."""
    assert is_there(name) is there


def commands(command: Any, prefix: str = "") -> Iterator[str]:
    """Every command below this one (of Typer's own click), hidden ones as well."""
    for name, each in getattr(command, "commands", {}).items():
        yield prefix + name
        yield from commands(each, f"{prefix}{name} ")


def described(page: Path, program: str, names: str) -> Iterator[str]:
    """What follows the name of a program, in backticks or at the beginning of a code block's line."""
    text = page.read_text("utf-8")
    lines = _CODE.findall(prose(page)) + [line for block in _FENCE.findall(text) for line in block.splitlines()]
    for line in lines:
        if match := re.match(rf"(?:\$ )?(?:\.venv/bin/)?{program} ({names})", line.strip()):
            yield match[1]


@pytest.mark.parametrize("page", PAGES)
def test_commands(page: Path) -> None:
    """Every `autobook` command and every `make` target that a page names exists."""
    known = set(commands(typer.main.get_command(app)))
    asked = described(page, "autobook", r"[a-z]+(?: [a-z]+)?")
    wrong = {name for name in asked if name not in known and name.split(" ")[0] not in known}
    groups = {name.split(" ")[0] for name in known if " " in name}
    wrong |= {
        name
        for name in described(page, "autobook", r"[a-z]+ [a-z]+")
        if name.split(" ")[0] in groups and name not in known
    }
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    wrong |= {f"make {name}" for name in described(page, "make", r"[a-z-]+") if name not in targets}
    assert not wrong


ELSEWHERE = {
    r"\([Ss]eeds?: (?!int\b)|[Ss]ource: seeds?\b|\bseeds? (?:kanbert|billomat|hypatos)-": "a seed",
    r"\b(?:KANBERT|STYLE|NAMES|DESIGN|MOVES)\.md\b": "a page that is not here",
    r"\b(?:kanbert|billomat|hypatos)-[a-z-]+\.txt\b": "the text of a reference page",
    r"(?<![\w.])/(?:work|root|home|mnt|opt|srv)/\w": "a path of some machine",
    r"\.\./shared\b": "a folder outside",
    r"--(?:extra-)?index-url\b(?<!no-emit-index-url)|\bpypi\.org\b|files\.pythonhosted\.org": "a registry",
}
"""What belongs to somebody's machine or desk."""
READS_PAGES = "tests/contract/extract.py"
"""Reads the texts of the reference pages from a folder that its user names, and says that they are not here."""


@pytest.mark.parametrize("pattern", ELSEWHERE, ids=ELSEWHERE.__getitem__)
def test_nothing_outside_is_cited(pattern: str) -> None:
    """No page, comment or docstring cites a file that is not in the repository."""
    found = []
    for path in [*files(".py", ".md", ".yaml", ".toml", ".sh", ".html", ".in", ".json"), ROOT / "Makefile"]:
        name = path.relative_to(ROOT).as_posix()
        if name in {READS_PAGES, Path(__file__).relative_to(ROOT).as_posix()}:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


DECISIONS = ROOT / "docs" / "decisions"


def test_every_decision_is_listed() -> None:
    """The index of the decisions links every page of the folder, once."""
    links = _LINK.findall((DECISIONS / "README.md").read_text("utf-8"))
    pages = [link for link in links if "/" not in link and link.endswith(".md")]
    assert sorted(pages) == sorted(page.name for page in DECISIONS.glob("*.md") if page.name != "README.md")


@pytest.mark.parametrize("name", [page.name for page in sorted(DECISIONS.glob("*.md")) if page.name != "README.md"])
def test_a_decision_has_its_parts(name: str) -> None:
    """A decision says its context, what was decided and what follows."""
    parts = ("Context", "Decision", "Consequence")
    assert tuple(each for each in _HEADING.findall(prose(DECISIONS / name)) if each in parts) == parts
