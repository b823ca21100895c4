"""Running the simulated Billomat: as a program, or in a thread of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from autobook_sim.billomat.app import PREFIX, create_app
from autobook_sim.billomat.service import Billomat
from autobook_sim.serving import serve_app, serving


@dataclass(frozen=True, slots=True)
class RunningBillomat:
    """A simulator that listens."""

    url: str
    billomat: Billomat

    @property
    def api_url(self) -> str:
        """The base URL of the API."""
        return self.url + PREFIX


def serve_billomat(billomat: Billomat, port: int, note: str | None = None) -> None:
    """Serve until a signal ends it; see `serve_app`."""
    serve_app(create_app(billomat), port, note)


@contextmanager
def running_billomat(billomat: Billomat) -> Iterator[RunningBillomat]:
    """In a thread, for the length of a `with` block."""
    with serving(create_app(billomat)) as url:
        yield RunningBillomat(url, billomat)
