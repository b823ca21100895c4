"""Loops of a template are expanded as CloudFormation does it."""

from typing import Any

import pytest

from autobook_local.stack.loops import expand_loops

MAPPINGS = {"Functions": {"Receive": {"Service": "receive"}, "Process": {"Service": "process"}}}


def loop(items: Any, fragment: Any, name: str = "Each") -> dict[str, Any]:
    return {"Resources": {f"Fn::ForEach::{name}": ["Item", items, fragment]}}


def resources(template: dict[str, Any], mappings: dict[str, Any] | None = None) -> Any:
    return expand_loops({"Mappings": mappings or {}, **template})["Resources"]


def value(node: Any, mappings: dict[str, Any] | None = None) -> Any:
    """What becomes of a property inside a loop over one item, `Receive`."""
    return resources(loop(["Receive"], {"${Item}X": {"Value": node}}), mappings)["ReceiveX"]["Value"]


def test_each_item_makes_every_member_of_the_fragment() -> None:
    """Two items and two members are four resources, beside those that stand alone."""
    template = loop(["A", "B"], {"${Item}Queue": {"Type": "Q"}, "Alarm${Item}": {"Type": "C"}})
    template["Resources"]["Topic"] = {"Type": "T"}
    assert resources(template) == {
        "AQueue": {"Type": "Q"},
        "AlarmA": {"Type": "C"},
        "BQueue": {"Type": "Q"},
        "AlarmB": {"Type": "C"},
        "Topic": {"Type": "T"},
    }


def test_a_loop_in_a_loop_knows_both_items() -> None:
    """The inner fragment is repeated for every pair of items."""
    inner = {"Fn::ForEach::Inner": ["Other", ["1", "2"], {"${Item}${Other}": {"Ref": "Other"}}]}
    assert resources(loop(["A", "B"], inner)) == {"A1": "1", "A2": "2", "B1": "1", "B2": "2"}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param({"Ref": "Item"}, "Receive", id="the item"),
        pytest.param({"Ref": "Topic"}, {"Ref": "Topic"}, id="Ref of a resource"),
        pytest.param({"Ref": {"Fn::Sub": "${Item}Function"}}, {"Ref": "ReceiveFunction"}, id="Ref of a made name"),
        pytest.param(
            {"Fn::GetAtt": [{"Fn::Sub": "${Item}Queue"}, "Arn"]},
            {"Fn::GetAtt": ["ReceiveQueue", "Arn"]},
            id="GetAtt of a made name",
        ),
        pytest.param({"Fn::Sub": "${Item} failed"}, "Receive failed", id="Sub of the item alone"),
        pytest.param(
            {"Fn::Sub": "${AWS::StackName}-${Item}"},
            {"Fn::Sub": "${AWS::StackName}-Receive"},
            id="Sub with something left for the stack",
        ),
        pytest.param({"Fn::FindInMap": ["Functions", {"Ref": "Item"}, "Service"]}, "receive", id="FindInMap"),
        pytest.param(
            {
                "Fn::Sub": [
                    "/${AWS::StackName}/${S}",
                    {"S": {"Fn::FindInMap": ["Functions", {"Ref": "Item"}, "Service"]}},
                ]
            },
            {"Fn::Sub": "/${AWS::StackName}/receive"},
            id="Sub with a variable from a mapping",
        ),
        pytest.param(
            {"Fn::Sub": ["${Item}/${A}", {"A": {"Fn::GetAtt": ["Queue", "Arn"]}}]},
            {"Fn::Sub": ["Receive/${A}", {"A": {"Fn::GetAtt": ["Queue", "Arn"]}}]},
            id="Sub with a variable of the stack",
        ),
        pytest.param(
            {"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Zone"]},
            {"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "Zone"]},
            id="FindInMap that only the stack can answer",
        ),
        pytest.param("${Item}", "${Item}", id="a plain text"),
        pytest.param([{"Ref": "Item"}, 5, True], ["Receive", 5, True], id="a list"),
    ],
)
def test_a_value_inside_a_loop(node: Any, expected: Any) -> None:
    """The item is put in where CloudFormation puts it, and what needs the stack is left to it."""
    assert value(node, MAPPINGS) == expected


def test_other_sections_stay_as_they_are() -> None:
    """Parameters and Globals have no loops; Outputs have."""
    template = {
        "Globals": {"Function": {"Layers": [{"Fn::Sub": "x"}]}},
        "Outputs": {"Fn::ForEach::Names": ["Item", ["A"], {"${Item}Name": {"Value": {"Ref": "Item"}}}]},
    }
    assert expand_loops(template) == {**template, "Outputs": {"AName": {"Value": "A"}}}


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["Item", ["A"]], id="no fragment"),
        pytest.param(["Item", {"Ref": "Names"}, {"${Item}": {}}], id="a collection from a parameter"),
        pytest.param(["Item", ["A", 1], {"${Item}": {}}], id="an item that is no text"),
        pytest.param({"Item": ["A"]}, id="no list"),
    ],
)
def test_a_malformed_loop_is_refused(arguments: Any) -> None:
    """Its name is in the message."""
    with pytest.raises(ValueError, match="Fn::ForEach::Each needs an identifier"):
        expand_loops({"Resources": {"Fn::ForEach::Each": arguments}})


def test_a_name_made_twice_is_refused() -> None:
    """By one loop whose key does not name its item, and by a loop beside a resource."""
    with pytest.raises(ValueError, match="makes Queue, which is there already"):
        resources(loop(["A", "B"], {"Queue": {}}))
    with pytest.raises(ValueError, match="makes AQueue, which is there already"):
        resources({"Resources": {"AQueue": {}, **loop(["A"], {"${Item}Queue": {}})["Resources"]}})


def test_an_item_without_a_row_is_refused() -> None:
    """The message names the missing place."""
    with pytest.raises(ValueError, match=r"Mappings has no Functions\.Receive\.Errors"):
        value({"Fn::FindInMap": ["Functions", {"Ref": "Item"}, "Errors"]}, MAPPINGS)
