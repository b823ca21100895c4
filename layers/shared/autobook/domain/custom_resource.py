"""A request of CloudFormation about a resource that a function of ours stands for."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CustomResourceRequest:
    """What CloudFormation asks for: `Create`, `Update` or `Delete`, with the resource's properties."""

    operation: str
    properties: Mapping[str, object]

    @property
    def deletes(self) -> bool:
        """True if the resource is to go."""
        return self.operation == "Delete"

    def text(self, name: str) -> str:
        """A property, which CloudFormation sends as text; empty if it is missing, or no single value."""
        value = self.properties.get(name)
        return str(value).strip() if isinstance(value, str | int) else ""
