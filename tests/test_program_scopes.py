"""Programs of PyTorch whose names and layers change on the way: the network is the one that PyTorch runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import shapecalc
from shapecalc.formats.python_program.network_program import NetworkProgram
from shapecalc.formats.python_program.places import Places
from shapecalc.formats.python_program.program_values import NotRead
from tests.command import run

NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {}

    def forward(self, x):
        return self.c(x)
"""
TWO = "net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())\n"
CHAIN = "net = nn.Sequential(nn.Conv2d(3, w, 3), nn.ReLU())\n"
HELD = "layers = [nn.Conv2d(3, 4, 3), nn.ReLU()]\ndef more(given):\n    given.append(nn.Conv2d(4, 4, 3))\n"


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("w = 4\ndef widen():\n    global w\n    w = 12\nwiden()\n" + CHAIN, 336),
        (
            "def make():\n    w = 4\n    def wider():\n        nonlocal w\n        w *= 2\n        return w\n"
            "    return nn.Sequential(nn.Conv2d(3, wider(), 3), nn.Conv2d(8, wider(), 3))\nnet = make()\n",
            224 + 1_168,
        ),
        ("w = 3\nnet = nn.Sequential(*[nn.Conv2d(w, (w := w + 2), 3) for _ in range(2)], nn.ReLU())\n", 140 + 322),
        ("d = {'a': 1}\ntry:\n    w = d['b']\nexcept KeyError:\n    w = 7\n" + CHAIN, 196),
        ("try:\n    raise ValueError\nexcept ValueError:\n    w = 2\n" + CHAIN, 56),
        ("match 'b':\n    case 'a':\n        w = 4\n    case 'b' | 'c':\n        w = 9\n" + CHAIN, 252),
        ("w = len({1, 1}) + len(set([4, 4, 5]))\n" + CHAIN, 84),
        ("@dataclass\nclass C:\n    w: int = 8\n    n: int = 1\nw = C(16).w\n" + CHAIN, 448),
        ("from torch.nn import ReLU\nw = 4 if ReLU is nn.ReLU and ReLU == nn.ReLU else 5\n" + CHAIN, 112),
        (
            NET.format("self._w = 4; self.w = 7; self.c = nn.Conv2d(3, self.w, 3)")
            + "    @property\n    def w(self):\n        return self._w * 2\n\n    @w.setter\n    def w(self, v):\n"
            "        self._w = v + 1\nnet = Net()\n",
            448,
        ),
        (
            "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.c = nn.Conv2d(3, self.w(), 3)\n    def w(self):\n        return 4\n"
            "    def forward(self, x):\n        return self.c(x)\nclass B(A):\n    pass\nclass C(A):\n"
            "    def w(self):\n        return 9\nclass Net(B, C):\n    pass\nnet = Net()\n",
            252,
        ),
        (
            "def twice(f):\n    def g(self, x):\n        return f(self, f(self, x))\n    return g\n"
            + NET.format("self.c = nn.Conv2d(3, 3, 3)").replace("    def f", "    @twice\n    def f")
            + "net = Net()\nnet(torch.randn(1, 3, 5, 5))\n",
            84,
        ),
        ("l = [nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 3), nn.ReLU()]\ndel l[1]\nnet = nn.Sequential(*l)\n", 224),
        (TWO + "net.insert(1, nn.Conv2d(8, 8, 3))\n", 808),
        (TWO + "net.extend([nn.Conv2d(8, 8, 3)])\nnet.pop(0)\nnet[0] = nn.Conv2d(3, 8, 1)\n", 32 + 584),
        (TWO + "net.append(nn.Conv2d(8, 8, 3))\ndel net[-1]\n", 224),
        (TWO + "net.add_module(name='x', module=nn.Conv2d(8, 4, 3))\n", 516),
        (TWO + "net._modules['0'] = nn.Conv2d(3, 4, 3)\n", 112),
        (
            NET.format("self.c = nn.Conv2d(3, 8, 3); self.d = nn.Conv2d(8, 4, 3); del self.d").replace(
                "return self.c(x)", "x = self.c(x)\n        return self.d(x) if hasattr(self, 'd') else x"
            )
            + "net = Net()\n",
            224,
        ),
        (
            "def act(a):\n    return a if isinstance(a, nn.Module) else nn.Identity()\n"
            "net = nn.Sequential(nn.Conv2d(3, 4, 3), act(getattr(nn, 'Conv2d')(4, 5, 3)))\n",
            297,
        ),
    ],
)  # fmt: skip
def test_the_network_is_what_the_names_stand_for_in_the_end(text: str, params: int) -> None:
    """Parameters of PyTorch 2.14."""
    report = shapecalc.check(text, **({} if "randn" in text else {"input": "16x16x3"}))
    assert (report.ok, report.totals and report.totals.params) == (True, params), [
        d.message for d in report.diagnostics
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TWO + "net[0].stride = (2, 2)\n", "stride of Conv2d is given another value"),
        (TWO + "net.append(nn.Conv2d(8, 8, 3))\nnet[2].weight = net[0].weight\n", "has the weights of another layer"),
        (TWO + "for m in net.modules():\n    m.stride = 2\n", "which parts of the model this changes"),
        (
            TWO + "for n, m in net.named_modules():\n    setattr(net, n, None)\n",
            "which parts of the model this changes",
        ),
        (
            NET.format("self.c = nn.Conv2d(3, 8, 3); self.forward = self.other")
            + "    def other(self, x):\n        return x\nnet = Net()\n",
            "Net has another forward than its class",
        ),
        (TWO + "match a:\n    case 'a':\n        del net[0]\n", "whether 'a' matches is not known"),
    ],
)
def test_a_change_that_is_not_followed_is_an_error(text: str, said: str) -> None:
    (found,) = shapecalc.check(text, input="16x16x3").diagnostics
    assert (found.code, said in found.message) == ("SHP020", True), found.message


IN_FORWARD = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        {}
net = Net()
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("return self.c(F.adaptive_avg_pool2d(x, 1).expand_as(x))", "it reads what expand_as or view gave"),
        (
            "return F.relu(self.c(x).view(x.size(0), 2, 4, x.size(2), x.size(3)))",
            "it reads what expand_as or view gave",
        ),
    ],
)
def test_sizes_that_are_not_followed_are_an_error(text: str, said: str) -> None:
    (found,) = shapecalc.check(IN_FORWARD.format(text), input="6x6x8").diagnostics
    assert (found.code, said in found.message) == ("SHP020", True), found.message


@pytest.mark.parametrize(
    ("text", "values", "kind"),
    [
        ("x = self.c(x); return x.view(-1, x.size(1) * x.size(2) * x.size(3))", 288, "FLATTEN"),
        ("return x * self.c(F.adaptive_avg_pool2d(x, 1)).expand_as(x)", 288, "MUL"),
        ("x = self.c(x); return F.avg_pool2d(x, kernel_size=x.size()[2:])", 8, "GAP"),
        ("return sum(self.c(y) for y in (x, x))", 288, "ADD"),
        ("return checkpoint(self.c, x, use_reentrant=False)", 288, "CONV"),
    ],
)
def test_sizes_are_those_of_torch(text: str, values: int, kind: str) -> None:
    """Values of the output in PyTorch 2.14."""
    report = shapecalc.check(IN_FORWARD.format(text), input="6x6x8")
    assert report.ok, [d.message for d in report.diagnostics]
    assert (report.layers[-1].output.size, report.layers[-1].kind) == (values, kind)


@pytest.mark.parametrize("framework", ["mlx.nn", "mindspore.nn", "flax.linen"])
def test_a_layer_of_another_framework_is_not_one_of_torch(framework: str) -> None:
    text = f"import {framework} as nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    text += "        self.c = nn.Conv2d(3, 8, 3)\n    def forward(self, x):\n        return self.c(x)\nnet = Net()\n"
    (found,) = shapecalc.check(text, input="6x6x3").diagnostics
    assert f"Conv2d is a layer of {framework.partition(chr(46))[0]}" in found.message


def test_initialisation_changes_no_layer() -> None:
    loop = "for m in net.modules():\n    if isinstance(m, nn.Conv2d):\n        m.weight.data.zero_()\n"
    loop += "groups = []\nfor p in net.parameters():\n    groups.append({'params': p})\n"
    loop += "optimizer = Adam(net.parameters())\nfor group in optimizer.param_groups:\n    group['lr'] = 0.1\n"
    assert shapecalc.check(TWO + loop, input="16x16x3").ok


def test_layers_of_a_plain_list_are_noted() -> None:
    """PyTorch counts 112 of these 408 parameters."""
    layers = "self.c = nn.Conv2d(3, 4, 3); self.l = {}([nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 3)])"
    text = NET.replace("return self.c(x)", "return self.l[1](self.l[0](self.c(x)))") + "net = Net()\n"
    report = shapecalc.check(text.format(layers.format("")), input="16x16x3")
    assert [d.code for d in report.diagnostics] == ["SHP507", "SHP507"]
    assert "no part of the model for PyTorch" in report.diagnostics[0].message
    assert shapecalc.check(text.format(layers.format("nn.ModuleList")), input="16x16x3").diagnostics == ()


def test_two_models_of_one_class_are_two_networks(tmp_path: Path) -> None:
    text = NET.replace("(self)", "(self, w)").format("self.c = nn.Conv2d(3, w, 3)")
    text += "x = torch.randn(1, 3, 8, 8)\na = Net(4)\nb = Net(8)\na(x)\nb(x)\na(x)\n"
    (tmp_path / "net.py").write_text(text)
    assert run("check", "--get", "totals.params", "net.py", cwd=tmp_path).stdout.split()[1::2] == ["112", "224"]


def test_a_model_that_main_makes_for_training_is_the_network() -> None:
    text = NET.format("self.c = nn.Conv2d(3, 8, 3)") + "def test(model, data):\n    model(data)\n"
    text += (
        "def main():\n    model = Net().to(device)\n    test(model, load())\nif __name__ == '__main__':\n    main()\n"
    )
    report = shapecalc.check(text, input="16x16x3")
    assert (report.ok, report.totals and report.totals.params) == (True, 224)


def test_what_a_function_may_have_changed_is_not_known() -> None:
    text = f"{HELD}if a < 1:\n    more(layers)\nnet = nn.Sequential(*layers)\n"
    assert not shapecalc.check(text, input="16x16x3").ok


def test_a_model_that_reads_what_another_gives_is_a_network_of_its_own() -> None:
    """A generator of 2,930,176 parameters and a discriminator of 136,448 in PyTorch."""
    text = (
        "class G(nn.Module):\n    def __init__(self, nz=100, width=64):\n        super().__init__()\n"
        "        self.main = nn.Sequential(\n"
        "            nn.ConvTranspose2d(nz, width * 8, 4, 1, 0, bias=False), nn.BatchNorm2d(width * 8),\n"
        "            nn.ReLU(True),\n"
        "            nn.ConvTranspose2d(width * 8, width * 4, 4, 2, 1, bias=False), nn.BatchNorm2d(width * 4),\n"
        "            nn.ReLU(True), nn.ConvTranspose2d(width * 4, 3, 4, 2, 1, bias=False), nn.Tanh())\n"
        "    def forward(self, z):\n        return self.main(z)\n"
        "class D(nn.Module):\n    def __init__(self, width=64):\n        super().__init__()\n"
        "        self.main = nn.Sequential(nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),\n"
        "            nn.Conv2d(width, width * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(width * 2),\n"
        "            nn.Conv2d(width * 2, 1, 4, 1, 0, bias=False), nn.Sigmoid())\n"
        "    def forward(self, x):\n        return self.main(x).view(-1, 1).squeeze(1)\n"
        "g, d = G(), D()\nfake = g(torch.randn(16, 100, 1, 1))\nd(fake.detach())\n"
    )
    first, second = (shapecalc.check(text, member=name) for name in ("G", "D"))
    assert [r.totals and r.totals.params for r in (first, second)] == [2_930_176, 136_448]
    assert str(second.layers[0].output) == "16x16x3"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("i = Input((9, 9, 1))\nx = Conv2D(2, 3)(i)\nreturn Model(i, x)\n", ""),
        ("i = Input((9, 9, 1))\nx = Conv2D(2, 3)(i)\nreturn x\n", ""),
        ("x = Sequential([Input((9, 9, 1)), Conv2D(2, 3)])\nbreak\n", "break is in no loop here"),
        ("def f():\n    continue\nfor i in range(3):\n    f()\n", "continue is in no loop here"),
    ],
)
def test_what_ends_nothing_is_the_end_of_what_was_pasted_or_an_error(text: str, said: str) -> None:
    report = shapecalc.check(text)
    assert (report.ok, said in "".join(d.message for d in report.diagnostics)) == (not said, True), report.diagnostics
    assert said or (report.totals and report.totals.params == 20)


def test_a_window_is_as_wide_as_the_image_and_not_as_high() -> None:
    text = (
        "class Net(nn.Module):\n    def forward(self, x):\n        x = F.relu(x)\n"
        "        return F.avg_pool2d(x, x.size(3))\nNet()(torch.ones(1, 4, 18, 6))\n"
    )
    report = shapecalc.check(text)
    assert (report.ok, str(report.layers[-1].output)) == (True, "1x3x4")


def test_positions_that_become_images_are_another_size_than_the_values_that_arrive() -> None:
    text = IN_FORWARD.format("x = self.c(x); return x.view(-1, x.size(2) * x.size(3))")
    (found,) = shapecalc.check(text, input="6x6x8").diagnostics
    assert (found.code, "claimed to give 1x1x36, and gives 1x1x288" in found.message) == ("SHP301", True)


CHAIN = (
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.c = nn.Conv2d(4, 8, 1)\n"
)
CALLED = "Net()(torch.ones(1, 4, 9, 6))\n"


def test_channels_that_are_joined_are_split_by_their_sum() -> None:
    text = f"{CHAIN}    def forward(self, x):\n        return torch.cat([x, self.c(x)], 1).chunk(2, 1)[0]\n{CALLED}"
    assert str(shapecalc.check(text).layers[-1].output) == "6x9x6"


def test_flattening_with_the_batch_is_an_error() -> None:
    text = f"{CHAIN}    def forward(self, x):\n        return torch.flatten(self.c(x))\n{CALLED}"
    assert "does not flatten the axes from 1 on" in shapecalc.check(text).diagnostics[0].message


def test_iterations_that_are_left_out_make_no_layers() -> None:
    text = (
        "layers = []\nfor i in range(5):\n    if i == 1:\n        continue\n    if i == 3:\n        break\n"
        "    layers.append(nn.Conv2d(4, 4, 1))\nnn.Sequential(*layers)(torch.ones(1, 4, 9, 6))\n"
    )
    assert [layer.kind for layer in shapecalc.check(text).layers] == ["INPUT", "CONV", "CONV"]


def test_notes_are_of_the_network_that_has_the_layer() -> None:
    text = (
        f"{CHAIN}    def forward(self, x):\n        return self.c(x) * 2\n{CALLED}"
        "class Other(Net):\n    def forward(self, x):\n        return self.c(x)\n"
        "Other()(torch.ones(1, 4, 9, 6))\n"
    )
    found = [shapecalc.check(text, member=name).diagnostics for name in ("Net", "Other")]
    assert [len(one) for one in found] == [1, 0]


def test_where_a_comprehension_breaks_off_its_names_are_gone_at_once() -> None:
    text = "def f(a):\n    return a\nx = [f() for self in (1, 2)]\n"
    program = NetworkProgram(Places(text))
    with pytest.raises(NotRead) as kept:  # which keeps all frames, as a cycle of objects may
        program.run(ast.parse(text).body)
    assert "f needs a" in str(kept.value)
    assert program.scope is program.module
