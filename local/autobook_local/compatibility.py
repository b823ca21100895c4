"""Whether consumers of the released events can live with the present ones.

Both ways: what a consumer reads by the released schema must be there in a new event, and an event of the release, which
a replay delivers again, must fit the new schema. So a field may be added that may be left out, an enum may get a value
(docs/consumers.md tells consumers to take an unknown one for `other`), a type of event may come. Anything else breaks
somebody.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

type Schema = Mapping[str, Any]

_WORDS: Final = frozenset(("$schema", "$id", "$defs", "title", "description", "default", "examples"))
"""Keywords that no event depends on."""


def incompatibilities(released: Mapping[str, Schema], present: Mapping[str, Schema]) -> list[str]:
    """What breaks consumers, a sentence each; the schemas are given by the name of their file."""
    found = []
    for name, old in sorted(released.items()):
        if name not in present:
            found.append(f"{name}: the type is gone")
        else:
            found += [f"{name}: {each}" for each in _Comparison(old, present[name]).differences()]
    return found


class _Comparison:
    """One schema as released, and as it is now."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = _by_id(old), _by_id(new)
        self._roots = old, new
        self._compared = set[tuple[str, str]]()

    def differences(self) -> Iterator[str]:
        yield from self._schema(*self._roots, *self._roots, "event")

    def _schema(self, old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str) -> Iterator[str]:
        references = str(old.get("$ref", "")), str(new.get("$ref", ""))
        if all(references):
            if (key := (f"{id(old_root)}{references[0]}", f"{id(new_root)}{references[1]}")) in self._compared:
                return
            self._compared.add(key)
        old, old_root = _resolved(old, old_root, self._old)
        new, new_root = _resolved(new, new_root, self._new)
        if "anyOf" in old or "anyOf" in new:
            yield from self._alternatives(old, new, old_root, new_root, where)
            return
        yield from _values(old, new, where)
        yield from self._properties(old, new, old_root, new_root, where)
        if "items" in old and "items" in new:
            yield from self._schema(old["items"], new["items"], old_root, new_root, f"{where}[]")
        handled = {"type", "enum", "const", "properties", "required", "items", "additionalProperties"}
        for keyword in sorted((old.keys() | new.keys()) - _WORDS - handled):
            if old.get(keyword) != new.get(keyword):
                yield f"{where}: {keyword} was {old.get(keyword)!r} and is {new.get(keyword)!r}"
        if ("items" in old) != ("items" in new):
            yield f"{where}: items were {old.get('items')!r} and are {new.get('items')!r}"
        if new.get("additionalProperties", True) != old.get("additionalProperties", True):
            yield f"{where}: unknown fields were allowed otherwise"

    def _alternatives(self, old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str) -> Iterator[str]:
        """By what they are: text, object, null …"""
        before = _by_kind(old, old_root, self._old)
        after = _by_kind(new, new_root, self._new)
        for kind in sorted(before.keys() - after.keys()):
            yield f"{where}: can no longer be {kind}"
        for kind in sorted(after.keys() - before.keys()):
            yield f"{where}: can now be {kind}"
        for kind in sorted(before.keys() & after.keys()):
            yield from self._schema(before[kind], after[kind], old_root, new_root, where)

    def _properties(self, old: Schema, new: Schema, old_root: Schema, new_root: Schema, where: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in sorted(before.keys() - after.keys()):
            yield f"{where}.{name}: the field is gone"
        required, now = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(now - required):
            yield f"{where}.{name}: the field is required, and events of the release may lack it"
        for name in sorted((required - now) & after.keys()):
            yield f"{where}.{name}: the field may be left out, and consumers rely on it"
        for name in sorted(before.keys() & after.keys()):
            yield from self._schema(before[name], after[name], old_root, new_root, f"{where}.{name}")


def _values(old: Schema, new: Schema, where: str) -> Iterator[str]:
    """Type, enum and constant."""
    if old.get("type") != new.get("type"):
        yield f"{where}: the type was {old.get('type')} and is {new.get('type')}"
    if old.get("const") != new.get("const"):
        yield f"{where}: was {old.get('const')!r} and is {new.get('const')!r}"
    if ("enum" in old) != ("enum" in new):
        yield f"{where}: an enum on one side only"
    for removed in [each for each in old.get("enum", ()) if each not in new.get("enum", ())]:
        yield f"{where}: the value {removed!r} is gone"


def _by_id(schema: Schema) -> Mapping[str, Schema]:
    """The schema and those embedded in it, by `$id`."""
    embedded = (each for each in schema.get("$defs", {}).values() if "$id" in each)
    return {str(each["$id"]): each for each in (schema, *embedded) if "$id" in each}


def _resolved(schema: Schema, root: Schema, by_id: Mapping[str, Schema]) -> tuple[Schema, Schema]:
    """What a reference points at, and the schema whose definitions it may refer to in turn."""
    while "$ref" in schema:
        reference = str(schema["$ref"])
        if reference.startswith("#/$defs/"):
            schema = root["$defs"][reference.removeprefix("#/$defs/")]
        else:
            schema = root = by_id[reference]
    return schema, root


def _by_kind(schema: Schema, root: Schema, by_id: Mapping[str, Schema]) -> Mapping[str, Schema]:
    found = dict[str, Schema]()
    for each in schema.get("anyOf", (schema,)):
        resolved, _ = _resolved(each, root, by_id)
        found[str(resolved.get("type", "const" if "const" in resolved else "enum"))] = each
    return found
