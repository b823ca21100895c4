"""`autobook consumer`: a consumer of one's own for the events. Façade: `app`."""

from autobook_cli.consumers.commands import app

__all__ = ["app"]
