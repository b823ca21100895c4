"""Who runs a command, as AWS knows them."""

from botocore.exceptions import BotoCoreError, ClientError

from autobook_cli.target import NoTarget, Target


def caller(where: Target) -> str | None:
    """Who we are in AWS, if that can be known."""
    try:
        return str(where.client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return None


def name_of(where: Target, given: str | None) -> str:
    """The name under which a decision is recorded: the one that is given, else the caller's. Raises NoTarget."""
    name = (given or "").strip() or caller(where)
    if not name:
        raise NoTarget("AWS does not say who you are: give the name with --as")
    return name
