"""`autobook events`: watch the events of a stack, and replay them into a queue.

Façade: `app` is the commands, `TemporaryQueue` a queue of one's own on a `Topic`, `EventFilter` what comes into it.
"""

from autobook_cli.events.commands import app
from autobook_cli.events.filters import NAMES, EventFilter, type_names, wire_type
from autobook_cli.events.temporary_queue import TemporaryQueue
from autobook_cli.events.topic import Topic

__all__ = ["NAMES", "EventFilter", "TemporaryQueue", "Topic", "app", "type_names", "wire_type"]
