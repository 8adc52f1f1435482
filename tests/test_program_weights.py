"""Programs of PyTorch with weights that no layer has, and with hooks: what PyTorch 2.14 counts or runs is said."""

from __future__ import annotations

import pytest

import shapecalc

NET = """import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 8, 3)
        {}
    def forward(self, x):
        x = self.c(x)
        return {}
net = Net()
{}
net(torch.randn(1, 3, 9, 9))
"""


def found(text: str) -> list[tuple[str, str, str]]:
    """What is said of a program: severity, message, and the place."""
    return [(d.severity, d.message, text[slice(*d.span)]) for d in shapecalc.check(text).diagnostics]


@pytest.mark.parametrize(
    "made",
    ["self.scale = {}", "self.register_parameter('scale', {})", "self.register_parameter(name='scale', param={})"],
)
def test_weights_that_nothing_reads_are_not_counted_and_named(made: str) -> None:
    text = NET.format(made.format("nn.Parameter(torch.ones(8))"), "x", "")
    message = "the weights self.scale are read by nothing: they are not counted"
    assert found(text) == [("note", message, "nn.Parameter(torch.ones(8))")]


def test_weights_of_the_program_are_counted() -> None:
    report = shapecalc.check(
        NET.format("self.scale = nn.Parameter(torch.ones(8))", "x * self.scale.view(1, -1, 1, 1)", "")
    )
    assert (report.ok, report.totals and report.totals.params) == (True, 224 + 8)


@pytest.mark.parametrize("data", ["torch.ones(sizes)", "load('scale.pt')"])
def test_a_network_does_not_leave_out_the_weights_that_it_hangs_on(data: str) -> None:
    text = NET.format(f"self.scale = nn.Parameter({data})", "x * self.scale", "")
    ((severity, message, place),) = found(text)
    assert (severity, place) == ("error", f"nn.Parameter({data})")
    assert "what the program makes of weights that no layer has is not known" in message


IN_C = "{} of Conv2d is given another value after it is made"
LEFT = "what is left after del {} is not known"


@pytest.mark.parametrize(
    ("made", "used", "said"),
    [
        ("self.c.register_parameter('bias', None)", "", IN_C.format("bias")),
        ("self.c.register_parameter('weight_u', nn.Parameter(torch.ones(8)))", "", IN_C.format("weight_u")),
        ("setattr(self.c, 'scale', nn.Parameter(torch.ones(8)))", "", IN_C.format("scale")),
        ("self.c.add_module('more', nn.Linear(5, 5))", "", IN_C.format("more")),
        ("self.c._parameters['bias'] = None", "", IN_C.format("bias")),
        ("self.c._modules['more'] = nn.Linear(5, 5)", "", IN_C.format("more")),
        ("self.c.weight = nn.Parameter(torch.zeros(9, 3, 5, 5))", "", IN_C.format("weight")),
        ("del self.c._parameters['bias']", "", LEFT.format("self.c._parameters['bias']")),
        ("del self.c.bias", "", LEFT.format("self.c.bias")),
        ("c = self.c\n        if torch.cuda.is_available():\n            c.bias = None", "", "holds is not known"),
        ("", "for m in net.modules():\n    m.bias = None", "which parts of the model this changes is not known"),
        (
            "",
            "for m in net.modules():\n    m.register_parameter('bias', None)",
            "which parts of the model this changes",
        ),
        ("", "net.apply(lambda m: nn.utils.weight_norm(m))", "which parts of the model this changes is not known"),
        (
            "",
            "nn.utils.parametrize.register_parametrization(net.c, 'weight', Own())",
            "how many weights there are after nn.utils.parametrize.register_parametri",
        ),
        (
            "try:\n            self.c.weight_u\n        except AttributeError:\n"
            "            self.c.register_parameter('weight_u', nn.Parameter(torch.ones(8)))",
            "",
            IN_C.format("weight_u"),
        ),
    ],
)
def test_weights_that_a_program_puts_into_a_layer_or_takes_out_of_it_are_not_passed_over(
    made: str, used: str, said: str
) -> None:
    (error,) = [message for severity, message, _ in found(NET.format(made, "x", used)) if severity == "error"]
    assert said in error


@pytest.mark.parametrize(
    ("made", "params", "notes"),
    [
        ("self.c.weight = nn.Parameter(torch.zeros(8, 3, 3, 3))", 224, 0),
        ("self.c.weight = nn.Parameter(load('c.pt'))", 224, 1),
        ("self.c.register_buffer('seen', torch.zeros(1))", 224, 0),
        ("self._parameters['scale'] = nn.Parameter(torch.ones(5))", 224, 1),
        ("self._modules['c'] = nn.Conv2d(3, 4, 3)", 112, 0),
    ],
)
def test_what_a_program_puts_into_a_layer_is_counted_or_named(made: str, params: int, notes: int) -> None:
    report = shapecalc.check(NET.format(made, "x", ""))
    assert (report.ok, report.totals and report.totals.params, len(report.diagnostics)) == (True, params, notes)


@pytest.mark.parametrize(
    "hook",
    [
        "def grow(m, i, o):\n    return torch.cat([o, o], 1)\nnet.c.register_forward_hook(grow)",
        "net.c.register_forward_pre_hook(lambda m, i: i[0] * 2)",
        "net.c.register_forward_hook(lambda m, i, o: larger.pop())",
        "net.register_forward_hook(hooks.grow)",
    ],
)
def test_a_hook_that_may_change_a_size_is_not_passed_over(hook: str) -> None:
    ((severity, message, place),) = found(NET.format("", "x", hook))
    assert (severity, place) == ("error", hook.rpartition("\n")[2])
    assert "makes of the tensors is not followed" in message


@pytest.mark.parametrize(
    "hook",
    [
        "def keep(m, i, o):\n    kept.append(o)\n    return\nnet.c.register_forward_hook(keep)",
        "net.c.register_forward_hook(lambda m, i, o: kept.append(o))",
    ],
)
def test_a_hook_that_returns_nothing_changes_nothing(hook: str) -> None:
    assert found(NET.format("", "x", hook)) == []


@pytest.mark.parametrize(("axis", "notes"), [("1", 0), ("-3", 0), ("-1", 1)])
def test_a_softmax_along_another_axis_than_the_channels_is_noted(axis: str, notes: int) -> None:
    text = NET.format(f"self.s = nn.Softmax(dim={axis})", "self.s(x)", "")
    assert [message.partition(":")[0] for _, message, _ in found(text)] == [
        "nn.Softmax(dim=-1) is read as SOFTMAX of the channels"
    ] * notes


@pytest.mark.parametrize(("how", "params"), [("copy.copy", 84), ("copy.deepcopy", 168), ("copy", 84)])
@pytest.mark.parametrize(
    "made", ["a = nn.Conv2d(3, 3, 3, padding=1)", "a = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1))"]
)
def test_a_copy_has_the_weights_of_what_is_copied_unless_it_is_deep(how: str, params: int, made: str) -> None:
    name = "from copy import copy" if how == "copy" else "import copy"
    text = f"import torch\n{name}\nfrom torch import nn\n{made}\nnet = nn.Sequential(a, {how}(a))\n"
    totals = shapecalc.check(f"{text}net(torch.randn(1, 3, 8, 8))\n").to_dict()["totals"]
    assert totals["params"] == params
