"""The deployed system that a command works on: what `make up` left running, or a stack in a person's AWS account."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from autobook_cli.aws_session import isolated_session
from autobook_cli.running import running_account


class NoTarget(Exception):
    """There is nothing to work on; `str(error)` is one line for people."""


@dataclass(frozen=True)
class Target:
    """A deployed stack. `session` and `endpoint` say where."""

    session: boto3.Session
    stack_name: str
    endpoint: str | None = None

    def client(self, service: str) -> Any:
        """A boto3 client."""
        # An emulator is reached directly, whatever proxies a person has.
        config = Config(proxies={}) if self.endpoint else None
        return self.session.client(service, endpoint_url=self.endpoint, config=config)  # type: ignore[call-overload]

    @cached_property
    def resources(self) -> Mapping[str, str]:
        """Physical ids (a queue's URL, a function's name …) by logical id."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        try:
            listed = pages.paginate(StackName=self.stack_name).build_full_result()["StackResourceSummaries"]
        except (BotoCoreError, ClientError) as error:
            raise NoTarget(f"cannot look into the stack {self.stack_name}: {error}") from error
        # A resource that is being made, or could not be, has no physical id.
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed if each.get("PhysicalResourceId")
        }

    def environment(self, function: str) -> Mapping[str, str]:
        """The variables that a function (by logical id) is given."""
        if function not in self.resources:
            raise NoTarget(f"the stack {self.stack_name} has no {function}: deploy this version first")
        configuration = self.client("lambda").get_function_configuration(FunctionName=self.resources[function])
        found: Mapping[str, str] = configuration["Environment"]["Variables"]
        return found


def target(stack: str | None, profile: str | None, region: str | None) -> Target:
    """The stack of that name in AWS; without one, what `make up` left running. Raises NoTarget."""
    if stack is not None:
        try:
            return Target(boto3.Session(profile_name=profile, region_name=region), stack)
        except BotoCoreError as error:
            raise NoTarget(str(error)) from error
    account = running_account()
    if account is None or not account.answers():
        raise NoTarget("nothing is up on this machine: run `make up`, or name a stack in AWS with --stack")
    session = isolated_session(account.access_key_id, account.secret_access_key, account.region)
    return Target(session, account.stack_name, account.endpoint)
