"""Taking one permission away, to see that it is needed: every one in the template should be missed by a test.

Two ways. `withheld` does it on a running stack, in a second: MiniStack, like AWS, looks at the policies on every call,
and the role's functions are started afresh so that nothing learnt before (a cached secret) helps them. `without` gives
a copy of the template that lacks the permission, to be deployed under a name of its own.
"""

import contextlib
import copy
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autobook_local.stack.stack import Deployment
from autobook_local.stack.template import Template, resources


@dataclasses.dataclass(frozen=True, order=True)
class Permission:
    """One action in one statement of one role's inline policy; `role` is the logical id."""

    role: str
    policy: str
    statement: int
    action: str

    def __str__(self) -> str:
        return f"{self.role}: {self.action} (statement {self.statement + 1} of {self.policy})"


def permissions(template: Template) -> list[Permission]:
    """Every permission that the template gives to a role."""
    return [
        Permission(role, policy["PolicyName"], index, action)
        for role, properties in resources(template, "AWS::IAM::Role").items()
        for policy in properties.get("Policies", [])
        for index, statement in enumerate(policy["PolicyDocument"]["Statement"])
        for action in _actions(statement)
    ]


def without(template: Template, permission: Permission) -> Template:
    """A copy of the template that lacks the permission; everything else is as it was."""
    lacking = copy.deepcopy(template)
    policies = lacking["Resources"][permission.role]["Properties"]["Policies"]
    policy = next(policy for policy in policies if policy["PolicyName"] == permission.policy)
    reduced = _reduced(policy["PolicyDocument"], permission)
    if reduced is None:
        policies.remove(policy)
    else:
        policy["PolicyDocument"] = reduced
    return lacking


def write_built_copy(template: Template, built: Path, target: Path) -> None:
    """Write a changed copy of the built template at `built`, such that it can be deployed from anywhere."""
    copied = copy.deepcopy(template)
    for resource in copied["Resources"].values():
        properties = resource.get("Properties", {})
        for key in ("CodeUri", "ContentUri"):
            if isinstance(properties.get(key), str):
                properties[key] = str((built.parent / properties[key]).resolve())
    target.write_text(json.dumps(copied, indent=2), encoding="utf-8")


@contextlib.contextmanager
def withheld(deployment: Deployment, permission: Permission) -> Iterator[None]:
    """Take the permission from the running stack for the length of the block."""
    iam = deployment.clients.iam
    role = deployment.resources[permission.role]
    given: Any = iam.get_role_policy(RoleName=role, PolicyName=permission.policy)["PolicyDocument"]
    reduced = _reduced(given, permission)
    if reduced is None:
        iam.delete_role_policy(RoleName=role, PolicyName=permission.policy)
    else:
        iam.put_role_policy(RoleName=role, PolicyName=permission.policy, PolicyDocument=json.dumps(reduced))
    try:
        restart_functions(deployment, role)
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=permission.policy, PolicyDocument=json.dumps(given))
        restart_functions(deployment, role)


def restart_functions(deployment: Deployment, role: str) -> None:
    """Have the next call of each function with this role (by name) start cold."""
    functions = deployment.clients.functions
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function["Role"].rsplit("/", 1)[-1] == role:
                name = function["FunctionName"]
                functions.update_function_configuration(FunctionName=name, MemorySize=function["MemorySize"])
                functions.get_waiter("function_updated_v2").wait(
                    FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
                )


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else list(actions)


def _reduced(document: dict[str, Any], permission: Permission) -> dict[str, Any] | None:
    """The policy document without the action; None when nothing is left of it."""
    document = copy.deepcopy(document)
    statement = document["Statement"][permission.statement]
    left = [action for action in _actions(statement) if action != permission.action]
    if len(left) == len(_actions(statement)):
        raise ValueError(f"there is no {permission}")
    if left:
        statement["Action"] = left
    else:
        document["Statement"].remove(statement)
    return document if document["Statement"] else None
