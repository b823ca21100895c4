"""The processor of the functions: one parameter for code and layers, which match then."""

from autobook_local.stack.template import Template, resources


def test_one_parameter_for_everything(template: Template) -> None:
    """Functions run on, and layers are built for, the processor that `Architecture` names, else `arm64`."""
    chosen = {"Ref": "Architecture"}
    assert template["Parameters"]["Architecture"]["Default"] == "arm64"
    assert template["Parameters"]["Architecture"]["AllowedValues"] == ["arm64", "x86_64"]
    assert template["Globals"]["Function"]["Architectures"] == [chosen]
    assert not [each for each in resources(template, "AWS::Serverless::Function").values() if "Architectures" in each]
    layers = [each for each in template["Resources"].values() if each["Type"] == "AWS::Serverless::LayerVersion"]
    assert layers
    for layer in layers:
        assert layer["Metadata"]["BuildArchitecture"] == chosen
        assert layer["Properties"]["CompatibleArchitectures"] == [chosen]
