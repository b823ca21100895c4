"""Profiles are chosen on the command line, or at the control endpoint while the simulator runs."""

from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from autobook_sim.command import app
from autobook_sim.kanbert.profiles import PROFILES


def test_chosen_while_it_runs(api: httpx.Client, sim: httpx.Client) -> None:
    """The list says what is on; what is put on plays at once, and a reset ends it."""
    assert {each["id"] for each in sim.get("/profiles").json()} == set(PROFILES)
    sim.post("/generate", json={"count": 5})
    answer = sim.put("/profiles", json={"profiles": ["pages-of-three", "cursors-numeric"]})
    assert answer.json() == {"profiles": ["cursors-numeric", "pages-of-three"]}
    page = api.get("incoming-invoices").json()
    assert (len(page["data"]), page["meta"]["next_cursor"]) == (3, 3)
    assert sim.get("/state").json()["profiles"] == ["cursors-numeric", "pages-of-three"]
    assert sim.get("/documents").json()["profiles"] == ["cursors-numeric", "pages-of-three"]
    sim.post("/reset")
    assert [each for each in sim.get("/profiles").json() if each["on"]] == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"profiles": ["nope"]}, "no such profile: nope"),
        ({"profiles": ["patch-empty", "patch-list"]}, "exclude each other"),
        ({"profiles": "wrapped"}, "a list of ids"),
        ({}, "a list of ids"),
    ],
)
def test_refused(sim: httpx.Client, body: Any, message: str) -> None:
    """What cannot be played is refused, and nothing changes."""
    answer = sim.put("/profiles", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]
    assert [each for each in sim.get("/profiles").json() if each["on"]] == []


@pytest.mark.parametrize("ids", [["nope"], ["patch-empty", "patch-list"]])
def test_refused_on_the_command_line(ids: list[str]) -> None:
    """Before anything listens."""
    found = CliRunner().invoke(app, ["kanbert", *(part for each in ids for part in ("--profile", each))])
    assert found.exit_code == 2
    assert "profile" in found.output


def test_help_describes_each() -> None:
    """`--help` lists them."""
    text = CliRunner().invoke(app, ["kanbert", "--help"]).output
    assert [each for each in PROFILES if f"{each}:" not in text] == []
