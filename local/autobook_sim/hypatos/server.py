"""Running the simulator: as a program, or in a thread of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from autobook_sim.hypatos.app import PREFIX, create_app
from autobook_sim.hypatos.service import Hypatos
from autobook_sim.serving import serve_app, serving


@dataclass(frozen=True, slots=True)
class RunningHypatos:
    """A simulator that listens."""

    url: str
    hypatos: Hypatos

    @property
    def api_url(self) -> str:
        """The base URL of the API."""
        return self.url + PREFIX


def serve(hypatos: Hypatos, port: int, note: str | None = None) -> None:
    """Serve until a signal ends it. OSError if the port is taken."""
    serve_app(create_app(hypatos), port, note)


@contextmanager
def running(hypatos: Hypatos) -> Iterator[RunningHypatos]:
    """In a thread, for the length of a `with` block."""
    with serving(create_app(hypatos)) as url:
        yield RunningHypatos(url, hypatos)
