"""The template's values as CloudFormation resolves them: parameters' defaults, mappings, and the stack's name."""

from typing import Any

from autobook_local.stack.template import Template


def resolved(template: Template, value: Any, stack_name: str) -> Any:
    """`value` with everything in it resolved that does not take a deployment."""
    parameters = template["Parameters"]
    match value:
        case {"Fn::Sub": str(text)} if text.replace("${AWS::StackName}", "").count("${") == 0:
            return text.replace("${AWS::StackName}", stack_name)
        case {"Ref": str(name)} if name in parameters:
            return parameters[name].get("Default")
        case {"Fn::FindInMap": [str(table), str(row), str(column)]}:
            return template["Mappings"][table][row][column]
        case dict():
            return {key: resolved(template, each, stack_name) for key, each in value.items()}
        case list():
            return [resolved(template, each, stack_name) for each in value]
    return value


def variables(function: Template) -> dict[str, Any]:
    """A function's own environment variables, by its properties; `topic_archive` has none."""
    found: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
    return found
