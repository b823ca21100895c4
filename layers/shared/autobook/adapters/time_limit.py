"""A call that is waited for no longer than so many seconds, whatever it hangs in. Standard library only.

Time limits of sockets are no such promise: they count from one byte to the next, and looking up a name has none.
"""

import threading
from collections.abc import Callable


class TimeIsUp(Exception):
    """The call is not over yet. It goes on in its thread; nobody sees what becomes of it."""


def within[T](seconds: float, call: Callable[[], T]) -> T:
    """What the call returns or raises. Raises TimeIsUp after so many seconds."""
    returned: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            returned.append(call())
        except BaseException as error:  # it is raised below
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if raised:
        raise raised[0]
    if not returned:
        raise TimeIsUp(f"not done within {seconds:.1f} seconds")
    return returned[0]
