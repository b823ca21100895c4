"""Refusals: a status, and why. Their shape is a matter of the profile."""


class Refusal(Exception):
    """Answered with `status`; `concerns_body` where the fields of a request are at fault."""

    def __init__(self, status: int, *messages: str, concerns_body: bool = False) -> None:
        super().__init__("; ".join(messages))
        self.status = status
        self.messages = messages
        self.concerns_body = concerns_body


def not_found(what: str) -> Refusal:
    """No such record."""
    return Refusal(404, f"{what} not found")


def invalid(*messages: str) -> Refusal:
    """Fields that are missing or of the wrong type."""
    return Refusal(400, *messages, concerns_body=True)
