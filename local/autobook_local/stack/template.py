"""Reading a CloudFormation template as data: short forms (`!Ref`, `!GetAtt` …) spelled out, loops expanded."""

import copy
from pathlib import Path
from typing import Any

import yaml

from autobook_local.stack.loops import expand_loops

Template = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: tags are functions, and 2012-10-17 is a text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in copy.deepcopy(yaml.SafeLoader.yaml_implicit_resolvers).items()
}


def _function(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - there is no fourth kind
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _function)


def load_template(path: Path) -> Template:
    """The template at `path`, for example `{"Ref": "Queue"}` where it says `!Ref Queue`.

    Loops (`Fn::ForEach`) are expanded; ValueError for one that CloudFormation would refuse.
    """
    with path.open(encoding="utf-8") as text:
        loaded = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader with names for tags
    assert isinstance(loaded, dict)  # noqa: S101 - a template is a mapping
    return expand_loops(loaded)


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of one type, such as `AWS::SQS::Queue`, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }
