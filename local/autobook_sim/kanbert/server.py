"""Running the simulated Kanbert: as a program, or in a thread of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from autobook_sim.kanbert.app import create_app
from autobook_sim.kanbert.operations import PREFIX
from autobook_sim.kanbert.service import Kanbert
from autobook_sim.serving import serve_app, serving


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that listens."""

    url: str
    kanbert: Kanbert

    @property
    def api_url(self) -> str:
        """The base URL of the API."""
        return self.url + PREFIX


def serve(kanbert: Kanbert, port: int, note: str | None = None) -> None:
    """Serve until a signal ends it; see `serve_app`."""
    serve_app(create_app(kanbert), port, note)


@contextmanager
def running(kanbert: Kanbert) -> Iterator[Running]:
    """In a thread, for the length of a `with` block."""
    with serving(create_app(kanbert)) as url:
        yield Running(url, kanbert)
