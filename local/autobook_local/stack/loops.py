"""Expands `Fn::ForEach`, as CloudFormation's transform AWS::LanguageExtensions does before a stack is made.

What the transform also resolves, wherever it stands: `Ref` of a loop's identifier, `${Identifier}` in a key or in
`Fn::Sub`, `Fn::FindInMap`, and `Fn::Sub` inside `Ref` or `Fn::GetAtt`. A loop's collection is a list of texts; one
that a parameter gives is refused. Source: "Fn::ForEach" and "AWS::LanguageExtensions transform" in the AWS
CloudFormation Template Reference Guide.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_LOOP = "Fn::ForEach::"
_SECTIONS = ("Conditions", "Resources", "Outputs")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def expand_loops(template: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the template without loops; ValueError for a loop that CloudFormation would refuse."""
    loops = _Loops(template.get("Mappings", {}))
    return {key: loops.resolve(value, {}) if key in _SECTIONS else value for key, value in template.items()}


class _Loops:
    """Resolves what loops and mappings decide; `names` are the identifiers of the loops around, with their items."""

    def __init__(self, mappings: Mapping[str, Any]) -> None:
        self._mappings = mappings

    def resolve(self, node: Any, names: Mapping[str, str]) -> Any:
        match node:
            case list():
                return [self.resolve(item, names) for item in node]
            case {"Ref": target, **others} if not others:
                name = self.resolve(target, names)
                return names.get(name, {"Ref": name})
            case {"Fn::Sub": [str(text), dict(variables)]}:
                return self._substitute(text, self._members(variables, names), names)
            case {"Fn::Sub": str(text)}:
                return self._substitute(text, {}, names)
            case {"Fn::FindInMap": [mapping, row, column]}:
                return self._find(self.resolve([mapping, row, column], names))
            case dict():
                return self._members(node, names)
        return node

    def _members(self, node: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key, value in node.items():
            repeated = self._repeat(key, value, names) if key.startswith(_LOOP) else [(key, self.resolve(value, names))]
            for name, member in repeated:
                if name in members:
                    raise ValueError(f"{key} makes {name}, which is there already")
                members[name] = member
        return members

    def _repeat(self, loop: str, arguments: Any, names: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
        match arguments:
            case [str(identifier), list(items), dict(fragment)] if all(isinstance(item, str) for item in items):
                for item in items:
                    inner = {**names, identifier: item}
                    filled = {_fill(key, inner): value for key, value in fragment.items()}
                    yield from self._members(filled, inner).items()
            case _:
                raise ValueError(f"{loop} needs an identifier, a list of texts and a fragment")

    def _find(self, place: list[Any]) -> Any:
        if not all(isinstance(key, str) for key in place):
            return {"Fn::FindInMap": place}
        mapping, row, column = place
        try:
            return self._mappings[mapping][row][column]
        except KeyError:
            raise ValueError(f"Mappings has no {mapping}.{row}.{column}") from None

    @staticmethod
    def _substitute(text: str, variables: Mapping[str, Any], names: Mapping[str, str]) -> Any:
        """A text once nothing is left for the stack to fill in, else `Fn::Sub` with what is left."""
        known = {name: value for name, value in variables.items() if isinstance(value, str)}
        left = {name: value for name, value in variables.items() if name not in known}
        filled = _fill(text, {**names, **known})
        if left:
            return {"Fn::Sub": [filled, left]}
        return {"Fn::Sub": filled} if "${" in filled else filled


def _fill(text: str, names: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: names.get(found[1], found[0]), text)
