"""Each profile does something, and the same over HTTP as without sockets."""

from functools import cache

import httpx
import pytest

from autobook_sim.kanbert.in_process import InProcess
from autobook_sim.kanbert.profiles import PROFILES
from autobook_sim.kanbert.server import running
from tests.profiles.story import BASE, TOKEN, kanbert, play, webhooks

type Webhooks = list[tuple[int, int, str, bytes, str]]
type Answers = list[tuple[int, str | None, bytes]]

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@cache
def without_sockets(*profiles: str) -> tuple[Webhooks, Answers]:
    """What is answered, and what is announced."""
    made = kanbert(profiles)
    with httpx.Client(transport=InProcess(made), base_url=BASE, headers=HEADERS) as client:
        return webhooks(made), play(made, client)


@pytest.mark.parametrize("profile", PROFILES)
def test_changes_something(profile: str) -> None:
    """A profile under which nothing is otherwise would test nothing."""
    assert without_sockets(profile) != without_sockets()


@pytest.mark.parametrize("profile", PROFILES)
def test_same_over_http(profile: str) -> None:
    """The simulator that listens and the one in the same process give the same answers, to the byte."""
    made = kanbert([profile])
    announced = webhooks(made)
    with (
        running(made) as simulator,
        httpx.Client(base_url=simulator.api_url, headers=HEADERS, verify=False, timeout=60) as client,  # noqa: S501 - plain HTTP
    ):
        answered = play(made, client)
    expected = without_sockets(profile)
    address = simulator.api_url.encode()
    assert announced == expected[0]
    answers = [(status, after, body.replace(address, BASE.encode())) for status, after, body in answered]
    assert answers == expected[1]
