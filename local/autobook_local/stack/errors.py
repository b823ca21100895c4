"""What can go wrong with the local stack, for a person to read."""


class StackError(Exception):
    """The local stack cannot go on.

    `str()` is one line that says why; `detail` is the end of the log that shows it, or empty.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail
