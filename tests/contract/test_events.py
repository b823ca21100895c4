"""What consumers rely on: schemas, the AsyncAPI document, docs/consumers.md, and that none of it breaks."""

import json
import re
import warnings
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from moto.sns.utils import FilterPolicyMatcher

from autobook.domain.event_data import DATA
from autobook.domain.event_types import PREFIX, EventType, data_schema, published_name
from autobook.domain.events import Event
from autobook_local import schemas as generator
from autobook_local.compatibility import incompatibilities
from autobook_local.schemas import DOCS, FOLDER, files, released, schema, schemas
from tests import event_examples
from tests.autobook.service.processing import rule, run, system
from tests.fake_kanbert import booking

ODD = '\x00\x1f\x7f\x85\ufffe\uffff\ud7ff\U0001fffe"\\\u2028€'
PAGE = event_examples.PAGE.read_text("utf-8")
TYPES: tuple[EventType, ...] = get_args(EventType.__value__)


@cache
def published() -> tuple[Event, ...]:
    """Events of every type, of odd documents and in parts."""
    odd = system(
        rule(account="7380", note=ODD, tags=[ODD]),
        rule("g", review=ODD),
        title=ODD, type=ODD, status="open", invoice_number=ODD, supplier={"id": "s", "name": f"Hetzner {ODD}"},
    )  # fmt: skip
    run(odd)
    empty = system(title=None, type=None, supplier=None, invoice_number=None, sum_net=None, date_of_invoice=None)
    run(empty)
    long = system(bookings=[booking(f"b{n}") for n in range(3000)])
    run(long)
    return tuple(event_examples.published() + [e for each in (odd, empty, long) for e in each.publisher.published])


class TestSchemas:
    def test_every_type(self) -> None:
        """Every type has the shape of its data, a schema, an example and a section of the page."""
        assert set(DATA) == set(TYPES)
        assert {path.name for path in FOLDER.glob("*.json")} == {f"{type_}.schema.json" for type_ in DATA}
        assert {path.stem for path in event_examples.FOLDER.glob("*")} == set(TYPES)
        assert set(re.findall(r"^### (autobook\.\S+)$", PAGE, re.MULTILINE)) == set(map(published_name, TYPES))

    @pytest.mark.parametrize("path", sorted(files()), ids=lambda path: path.name)
    def test_up_to_date(self, path: Any) -> None:
        """What is shipped is that of the code (`make schemas` writes it)."""
        assert path.read_text("utf-8") == files()[path]

    @pytest.mark.parametrize("type_", TYPES)
    def test_valid(self, type_: EventType) -> None:
        """The schema is one, knows its data by the URI that events name, and refuses what is not of its type."""
        jsonschema.Draft202012Validator.check_schema(schema(type_))
        assert schema(type_)["$defs"]["data"]["$id"] == data_schema(type_)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"type": "another"}, schema(type_))

    @pytest.mark.parametrize("name", sorted(schemas()))
    def test_unknown_fields(self, name: str) -> None:
        """Nothing forbids a field that a later version adds."""
        assert '"additionalProperties": false' not in json.dumps(schemas()[name])


class TestPublished:
    def test_fits_its_schema(self) -> None:
        """Everything that the use cases publish is of its type's schema, and there is an event of every type."""
        assert {event.type for event in published()} == set(TYPES)
        validators = {type_: jsonschema.Draft202012Validator(schema(type_)) for type_ in TYPES}
        for each in published():
            validators[each.type].validate(json.loads(each.to_json()))

    def test_complete(self) -> None:
        """No event holds a field that its schema does not know: what is documented is all there is."""
        for each in published():
            assert DATA[each.type].model_validate(each.data).model_dump(mode="json", exclude_defaults=True) == each.data

    def test_cloud_events(self) -> None:
        """The CloudEvents SDK reads every one, and finds what we said."""
        for each in published():
            read = JSONFormat().read(CloudEvent, each.to_json())
            assert (read.get_id(), read.get_source(), read.get_subject()) == (each.id, each.source, each.subject)
            assert (read.get_type(), read.get_dataschema()) == (published_name(each.type), data_schema(each.type))
            assert (read.get_time(), read.get_specversion()) == (each.time, "1.0")
            assert read.get_extension("traceid") == each.traceid
            assert read.get_extension("traceparent") == each.traceparent
            assert read.get_data() == each.data

    @pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
    def test_sdk_refuses(self, name: str) -> None:
        """The SDK does refuse what is no CloudEvent."""
        event = json.loads(published()[0].to_json())
        event[name] = ""
        with pytest.raises(Exception, match=r"."):
            JSONFormat().read(CloudEvent, json.dumps(event))


class TestSamples:
    @pytest.mark.parametrize("path", sorted((DOCS.parent / "events").glob("*-batch.json")), ids=lambda path: path.stem)
    def test_events(self, path: Any) -> None:
        """The events in the sample batches are of their types' schemas."""
        records = json.loads(path.read_text("utf-8"))["Records"]
        bodies = [json.loads(record["body"]) for record in records if "body" in record]
        for body in bodies:
            if "specversion" in body:
                type_ = Event.from_json(json.dumps(body)).type
                jsonschema.Draft202012Validator(schema(type_)).validate(body)


class TestAsyncApi:
    def document(self) -> dict[str, Any]:
        """As it is shipped."""
        found: dict[str, Any] = json.loads((DOCS / "asyncapi.json").read_text("utf-8"))
        return found

    def parse(self, document: dict[str, Any]) -> Any:
        """By the object model of AsyncAPI 3."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the model's own field names
            from asyncapi3 import AsyncAPI3  # type: ignore[import-untyped]

            return AsyncAPI3.model_validate(document)

    def test_read(self) -> None:
        """The object model of AsyncAPI 3 reads it."""
        assert self.parse(self.document()).asyncapi == "3.0.0"

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (("info",), {}),
            (("channels", "events", "bindings", "sns", "ordering", "type"), "sorted"),
            (("operations", "publishEvent", "action"), "publish"),
            (("operations", "publishEvent", "channel"), "events"),
        ],
    )
    def test_refused(self, path: tuple[str, ...], value: object) -> None:
        """The object model does refuse what is no AsyncAPI 3."""
        document = self.document()
        place = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        with pytest.raises(ValueError, match=path[-1]):
            self.parse(document)

    def test_references(self) -> None:
        """Every reference leads somewhere, and nothing is left over."""
        document, found = self.document(), set[str]()

        def walk(part: Any) -> None:
            for key, value in part.items() if isinstance(part, dict) else enumerate(part):
                if key == "$ref":
                    found.add(value)
                elif isinstance(value, dict | list):
                    walk(value)

        walk(document)
        for reference in found:
            place = document
            for step in reference.removeprefix("#/").split("/"):
                place = place[step]
        for kind in ("messages", "schemas"):
            names = {f"#/components/{kind}/{name}" for name in document["components"][kind]}
            assert names <= found

    def test_messages(self) -> None:
        """Every type is a message of the topic, and its payload is what is published."""
        document = self.document()
        messages = document["components"]["messages"]
        assert {each["name"] for each in messages.values()} == set(map(published_name, TYPES))
        assert len(document["operations"]["publishEvent"]["messages"]) == len(TYPES)
        payloads = {
            each["name"]: jsonschema.Draft7Validator({**document, "$ref": each["payload"]["$ref"]})
            for each in messages.values()
        }
        for event in event_examples.published():
            payloads[published_name(event.type)].validate(json.loads(event.to_json()))
            other = payloads["autobook.invoice.archived" if "archived" not in event.type else "autobook.invoice.booked"]
            assert not other.is_valid(json.loads(event.to_json()))


def _data(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"]["data"]
    return found


def _value(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _data(schema)["$defs"]["SetValue"]
    return found


BREAKING: dict[str, Callable[[dict[str, Any]], object]] = {
    "field required": lambda s: _data(s)["required"].append("part"),
    "field no longer required": lambda s: _data(s)["required"].remove("values"),
    "required field added": lambda s: (
        _data(s)["properties"].update(new={"type": "string"}),
        _data(s)["required"].append("new"),
    ),
    "field removed": lambda s: _data(s)["properties"].pop("part"),
    "nested field removed": lambda s: _value(s)["properties"].pop("before"),
    "field renamed": lambda s: _value(s)["properties"].update(rule=_value(s)["properties"].pop("rule_id")),
    "type changed": lambda s: _value(s)["properties"].update(rule_id={"type": "integer"}),
    "type narrowed": lambda s: _value(s)["properties"].update(booking_id={"type": "string"}),
    "type widened": lambda s: _value(s)["properties"].update(rule_id={"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "list of something else": lambda s: _data(s)["properties"]["values"].update(items={"type": "string"}),
    "list no longer one": lambda s: _data(s)["properties"].update(values={"$ref": "#/$defs/SetValue"}),
    "enum value removed": lambda s: _data(s)["$defs"]["FieldName"]["enum"].remove("account"),
    "enum made of a text": lambda s: _value(s)["properties"].update(rule_id={"type": "string", "enum": ["a"]}),
    "enum made a text": lambda s: _data(s)["$defs"]["FieldName"].pop("enum"),
    "pattern narrowed": lambda s: s["properties"]["id"].update(pattern="^[0-9a-f]{32}$"),
    "format added": lambda s: _value(s)["properties"]["rule_id"].update(format="uri"),
    "length limited": lambda s: _value(s)["properties"]["rule_id"].update(maxLength=10),
    "constant changed": lambda s: s["properties"].update(type={"const": "autobook.invoice.assigned"}),
    "version changed": lambda s: s["properties"].update(dataschema={"const": "urn:autobook:data:invoice.booked:2"}),
    "attribute removed": lambda s: s["properties"].pop("traceparent"),
    "attribute no longer required": lambda s: s["required"].remove("traceid"),
    "unknown fields forbidden": lambda s: _value(s).update(additionalProperties=False),
    "unknown fields forbidden above": lambda s: s.update(additionalProperties=False),
}
HARMLESS: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing": lambda _: None,
    "optional field added": lambda s: _data(s)["properties"].update(new={"type": "string"}),
    "optional attribute added": lambda s: s["properties"].update(partitionkey={"type": "string"}),
    "enum value added": lambda s: _data(s)["$defs"]["FieldName"]["enum"].append("cost_centre"),
    "text of a description": lambda s: _value(s).update(description="other words", title="Other"),
    "definition renamed": lambda s: (
        _data(s)["$defs"].update(Wrote=_data(s)["$defs"].pop("SetValue")),
        _data(s)["properties"]["values"]["items"].update({"$ref": "#/$defs/Wrote"}),
    ),
    "definition written out": lambda s: _value(s)["properties"].update(field=_data(s)["$defs"]["FieldName"]),
}


class TestCompatibility:
    NAME = "invoice.booked.schema.json"

    def test_with_the_release(self) -> None:
        """Nothing that consumers of the last release rely on is gone or other."""
        assert released(), "nothing was released"
        assert incompatibilities(released(), schemas()) == []

    @pytest.mark.parametrize("case", BREAKING)
    def test_breaks(self, case: str) -> None:
        """This change is refused."""
        changed = deepcopy(schemas())
        BREAKING[case](changed[self.NAME])
        assert changed[self.NAME] != schemas()[self.NAME]
        (first, *_) = incompatibilities(schemas(), changed)
        assert first.startswith(self.NAME)

    @pytest.mark.parametrize("case", HARMLESS)
    def test_harmless(self, case: str) -> None:
        """This change breaks nobody."""
        changed = deepcopy(schemas())
        HARMLESS[case](changed[self.NAME])
        assert incompatibilities(schemas(), changed) == []

    def test_types(self) -> None:
        """A type may come, and not go."""
        fewer = {name: each for name, each in schemas().items() if name != self.NAME}
        assert incompatibilities(fewer, schemas()) == []
        assert incompatibilities(schemas(), fewer) == [f"{self.NAME}: the type is gone"]

    def test_release(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """A release keeps the present schemas; one that breaks consumers is refused and changes nothing."""
        monkeypatch.setattr(generator, "RELEASED", tmp_path / "v1")
        assert generator.release() == []
        assert generator.released() == schemas()
        broken = deepcopy(schemas())
        BREAKING["field removed"](broken[self.NAME])
        monkeypatch.setattr(generator, "schemas", lambda: broken)
        assert generator.release() == [f"{self.NAME}: event.data.part: the field is gone"]
        assert generator.released() != broken

    def test_unknown_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A misspelt command writes nothing and says how it is spelt."""
        assert generator.main(["publish"]) == 2
        assert "release" in capsys.readouterr().err


def _filters() -> dict[str, dict[str, Any]]:
    """The filter policies of the page, by name."""
    found = re.findall(r"<!-- filter: (\S+) -->\n```json\n(.*?)```", PAGE, re.DOTALL)
    return {name: json.loads(text) for name, text in found}


def _passing(policy: dict[str, Any]) -> set[str]:
    """The types of those examples that pass, without the prefix."""
    matcher = FilterPolicyMatcher(policy, "MessageBody")
    passing = (path for path in event_examples.FOLDER.glob("*.json") if matcher.matches({}, path.read_text("utf-8")))
    return {path.stem for path in passing}


class TestPage:
    def test_examples(self) -> None:
        """The examples are what the code publishes (`make schemas` writes them)."""
        made = event_examples.examples()
        assert {path.stem: path.read_text("utf-8") for path in event_examples.FOLDER.glob("*.json")} == made
        assert event_examples.page(PAGE) == PAGE

    def test_a_trace(self) -> None:
        """A document that came with a trace is announced, and archived, in it."""
        traced = {(event.type, event.subject) for event in published() if event.traceparent == event_examples.TRACE}
        invoice = "incoming_invoice/inv1"
        assert {("invoice.received", invoice), ("invoice.booked", invoice), ("invoice.archived", invoice)} <= traced
        assert any("traceparent" in text for text in event_examples.examples().values())

    @pytest.mark.parametrize(
        ("name", "types"),
        [
            ("types", {"invoice.booked", "booking.corrected"}),
            ("incoming", {each for each in TYPES if not each.startswith(("outgoing", "rule"))}),
            ("not-archived", {each for each in TYPES if not each.endswith("archived")}),
            ("supplier", {"invoice.needs_review", "invoice.review_resolved"}),
            (
                "export",
                {"invoice.received", "invoice.changed", "invoice.booked", "invoice.deleted", "booking.corrected"},
            ),
        ],
    )
    def test_filters(self, name: str, types: set[str]) -> None:
        """Each filter lets through what the page says."""
        assert _passing(_filters()[name]) == types

    def test_every_filter(self) -> None:
        """No filter of the page is left untested."""
        assert _filters().keys() == {"types", "incoming", "not-archived", "supplier", "export"}

    def test_snippet(self) -> None:
        """The subscription of the page is YAML, reads the body, and asks for types that exist."""
        (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
        resources = yaml.safe_load(re.sub(r"!(GetAtt|Ref)", "", text))
        subscription = resources["Subscription"]["Properties"]
        assert subscription["FilterPolicyScope"] == "MessageBody"
        assert _passing(subscription["FilterPolicy"]) == {"invoice.booked", "booking.corrected"}

    def test_named_types(self) -> None:
        """Every type that the page names exists."""
        named = set(re.findall(rf"{re.escape(PREFIX)}[a-z_]+\.[a-z_]+", PAGE))
        assert named == set(map(published_name, TYPES))
