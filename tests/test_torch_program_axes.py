"""Programs of PyTorch along all axes of their tensors: parameters and sizes are those of PyTorch 2.14."""

from __future__ import annotations

import pytest

import shapecalc
from tests.torch_program import NET, check, figures


@pytest.mark.parametrize(
    ("made", "forward", "size", "params", "output"),
    [
        pytest.param(
            "s.r = nn.LSTM(16, 32, num_layers=2, batch_first=True, bidirectional=True); s.f = nn.Linear(64, 5)",
            "x, (h, c) = s.r(x); return s.f(x[:, -1, :])",
            "10, 16",
            38_213,
            "1x1x5",
            id="both directions of an LSTM",
        ),
        pytest.param(
            "s.r = nn.GRU(16, 32, batch_first=True); s.f = nn.Linear(32, 5)",
            "_, h = s.r(x); return s.f(h[-1])",
            "10, 16",
            4_965,
            "1x1x5",
            id="the state of a GRU",
        ),
        pytest.param(
            "s.e = nn.GRU(8, 16, batch_first=True); s.d = nn.GRU(8, 16, batch_first=True); s.o = nn.Linear(16, 8)",
            "_, h = s.e(x); y, h = s.d(x[:, :5], h); return s.o(y)",
            "12, 8",
            2_632,
            "8x5",
            id="a decoder that begins with a state",
        ),
        pytest.param(
            "s.e = nn.Embedding(100, 16); s.r = nn.LSTM(16, 8, batch_first=True); s.o = nn.Linear(8, 3)",
            "x, _ = s.r(s.e(x.long())); return s.o(x[:, -1])",
            "10",
            2_459,
            "1x1x3",
            id="words",
        ),
        pytest.param(
            "s.a = nn.Linear(16, 32); s.n = nn.LayerNorm(32); s.b = nn.Linear(32, 7)",
            "return s.b(F.relu(s.n(s.a(x))))",
            "10, 16",
            839,
            "7x10",
            id="Linear and LayerNorm of the last axis",
        ),
        pytest.param(
            "s.m = nn.LayerNorm((10, 16)); s.n = nn.LayerNorm(16, bias=False); s.b = nn.Linear(16, 7)",
            "return s.b(s.n(s.m(x)))",
            "10, 16",
            455,
            "7x10",
            id="LayerNorm of two axes",
        ),
        pytest.param(
            "s.a = nn.Linear(16, 32); s.n = nn.BatchNorm1d(10); s.g = nn.GroupNorm(2, 10); s.b = nn.Linear(32, 7)",
            "return s.b(s.g(s.n(s.a(x))))",
            "10, 16",
            815,
            "7x10",
            id="norms of channels after Linear",
        ),
        pytest.param(
            "s.a = nn.Linear(16, 32); s.c = nn.Conv1d(32, 8, 3)",
            "x = s.a(x.permute(0, 2, 1)); return s.c(x.transpose(1, 2))",
            "16, 10",
            1_320,
            "8x8",
            id="a convolution between",
        ),
        pytest.param(
            "s.c = nn.Conv2d(3, 8, 3, 2, 1); s.a = nn.Linear(64, 32); s.b = nn.Linear(256, 10)",
            "n, c, h, w = s.c(x).shape; x = s.c(x).permute(0, 2, 1, 3).reshape(n, h, c * w); "
            "return s.b(s.a(x).view(n, -1))",
            "3, 16, 16",
            4_874,
            "1x10",
            id="sizes that are computed",
        ),
        pytest.param(
            "s.q = nn.Linear(32, 32); s.k = nn.Linear(32, 32); s.o = nn.Linear(32, 6)",
            "b, n, d = x.shape; q = s.q(x).view(b, n, 4, 8).transpose(1, 2); "
            "k = s.k(x).view(b, n, 4, 8).transpose(1, 2); "
            "a = F.softmax(torch.matmul(q, k.transpose(-2, -1)) / 8**0.5, dim=-1); "
            "return s.o((a @ q).transpose(1, 2).contiguous().view(b, n, d))",
            "10, 32",
            2_310,
            "6x10",
            id="attention with heads",
        ),
        pytest.param(
            "s.f = nn.Conv2d(16, 2, 1); s.v = nn.Conv2d(16, 16, 1); s.g = nn.Parameter(torch.zeros(1))",
            "b, c, h, w = x.size(); q = s.f(x).view(b, -1, w * h); "
            "a = torch.bmm(q.permute(0, 2, 1), q).softmax(-1); "
            "return s.g * torch.bmm(s.v(x).view(b, -1, w * h), a.permute(0, 2, 1)).view(b, c, h, w) + x",
            "16, 8, 8",
            307,
            "8x8x16",
            id="attention of an image",
        ),
        pytest.param(
            "s.a = nn.Linear(32, 32)",
            "s_ = torch.einsum('bid,bjd->bij', s.a(x), x); return torch.einsum('bij,bjd->bid', s_.softmax(-1), x)",
            "10, 32",
            1_056,
            "32x10",
            id="einsum",
        ),
        pytest.param(
            "s.a = nn.Conv2d(4, 4, 3, padding=1); s.b = nn.Conv2d(8, 2, 3)",
            "z = torch.cat((x, s.a(x)), dim=2); z = torch.cat((z, z), dim=-1); return s.b(torch.cat([z, z], 1))",
            "4, 6, 8",
            294,
            "14x10x2",
            id="joins along every axis",
        ),
        pytest.param(
            "s.a = nn.Conv2d(4, 4, 3, padding=1); s.b = nn.Conv2d(8, 6, 3)",
            "p, q = x.chunk(2, dim=1); l, r = torch.cat([s.a(p), q], 1).chunk(2, dim=3); "
            "t, u, v = torch.split(s.b(l), [2, 2, 2], dim=1); return t * u + v",
            "8, 6, 8",
            586,
            "2x4x2",
            id="parts along every axis",
        ),
        pytest.param(
            "s.a = nn.Linear(8, 6); s.c = nn.Conv2d(4, 3, 2)",
            "y = F.glu(s.a(x), dim=-1); return s.c(torch.stack([y, y, y], dim=2))",
            "4, 8",
            105,
            "2x2x3",
            id="a stack, and what is gated",
        ),
        pytest.param(
            "s.a = nn.Linear(48, 5); s.b = nn.Linear(8, 4); s.c = nn.Linear(5 * 4, 3)",
            "return s.b(x.flatten(1, 2)).sum(1), s.c(nn.Flatten(1)(s.a(nn.Flatten(2)(x))))",
            "4, 6, 8",
            344,
            "1x3",
            id="axes that are made one",
        ),
        pytest.param(
            "s.e = nn.Conv2d(3, 20, 8, 8); s.n = nn.LayerNorm(20); s.t = nn.Linear(16, 16); "
            "s.c = nn.Linear(20, 20); s.h = nn.Linear(20, 7)",
            "x = s.e(x).flatten(2).transpose(1, 2); x = x + s.t(s.n(x).transpose(1, 2)).transpose(1, 2); "
            "return s.h((x + s.c(s.n(x))).mean(1))",
            "3, 32, 32",
            4_739,
            "1x1x7",
            id="a mixer",
        ),
        pytest.param(
            "s.d = nn.Conv2d(16, 16, 7, padding=3, groups=16); s.n = nn.LayerNorm(16); s.p = nn.Linear(16, 16); "
            "s.g = nn.Parameter(1e-6 * torch.ones((16)))",
            "y = s.p(s.n(s.d(x).permute(0, 2, 3, 1))); y = s.g * y if s.g is not None else y; "
            "return x + y.permute(0, 3, 1, 2)",
            "16, 8, 8",
            1_120,
            "8x8x16",
            id="channels at the end",
        ),
        pytest.param(
            "s.w = nn.Parameter(torch.ones(16)); s.b = nn.Parameter(torch.zeros(16)); s.c = nn.Conv2d(16, 8, 2, 2)",
            "u = x.mean(1, keepdim=True); v = (x - u).pow(2).mean(1, keepdim=True); "
            "x = (x - u) / torch.sqrt(v + 1e-6); return s.c(s.w[:, None, None] * x + s.b[:, None, None])",
            "16, 8, 8",
            552,
            "4x4x8",
            id="a norm of its own",
        ),
        pytest.param(
            "s.e = nn.Conv2d(3, 24, 8, 8); s.t = nn.Parameter(torch.zeros(1, 1, 24)); "
            "s.p = nn.Parameter(torch.randn(1, 17, 24) * 0.02); s.h = nn.Linear(24, 9)",
            "x = s.e(x).flatten(2).transpose(1, 2); "
            "x = torch.cat([s.t.expand(x.shape[0], -1, -1), x], dim=1) + s.p; return s.h(x[:, 0])",
            "3, 32, 32",
            5_289,
            "1x1x9",
            id="tokens and positions",
        ),
        pytest.param(
            "s.g = nn.Parameter(torch.ones(1, 3, 1, 1)); s.c = nn.Conv2d(3, 8, 3)",
            "return s.c(x * s.g + s.g) * s.c(s.g * x)",
            "3, 8, 8",
            227,
            "6x6x8",
            id="weights that are read twice",
        ),
        pytest.param(
            "s.g = nn.Parameter(torch.ones(4, 1, 1)); s.c = nn.Conv2d(4, 8, 3)",
            "return s.c(x * s.g)",
            "1, 8, 8",
            300,
            "6x6x8",
            id="weights that make a tensor larger",
        ),
        pytest.param(
            "s.w = nn.Parameter(torch.empty(5, 16).uniform_(-1, 1)); s.b = nn.Parameter(torch.Tensor(5)); "
            "s.v = nn.Parameter(torch.randn(5, 3))",
            "return F.linear(x, s.w, s.b) @ s.v",
            "10, 16",
            100,
            "3x10",
            id="products with weights",
        ),
        pytest.param(
            "s.c = nn.Conv2d(3, 8, 3); s.a = nn.Parameter(torch.tensor(0.5)); "
            "s.register_buffer('mean', torch.zeros(1, 3, 1, 1))",
            "return s.c(x - s.mean) * torch.sigmoid(s.a)",
            "3, 8, 8",
            225,
            "6x6x8",
            id="buffers",
        ),
        pytest.param(
            "s.a = nn.Linear(20, 8); s.d = nn.Linear(8, 20)",
            "h = s.a(x); return s.d(h + torch.randn_like(h) * torch.exp(h.div(2))), s.d(torch.randn(x.size(0), 8))",
            "20",
            348,
            "1x1x20",
            id="noise of a size",
        ),
        pytest.param(
            "s.f = nn.Linear(6, 16); s.u = nn.ConvTranspose2d(16, 4, 5); s.c = nn.Conv2d(16, 3, 1)",
            "z = s.f(x); return s.u(z.view(z.size(0), 16, 1, 1)), s.c(z.unsqueeze(-1).unsqueeze(-1))",
            "6",
            1_767,
            "1x1x3",
            id="a row that becomes an image",
        ),
        pytest.param(
            "s.c = nn.Conv2d(4, 1, 1); s.d = nn.Conv2d(4, 4, (6, 1)); s.e = nn.Conv2d(4, 2, 3)",
            "y = x * torch.sigmoid(s.c(x)) + s.d(x); "
            "return s.e(y - y.mean(dim=1, keepdim=True)), s.c(s.c(x).expand(-1, 4, -1, -1))",
            "4, 6, 8",
            179,
            "8x6x1",
            id="sizes that are repeated",
        ),
        pytest.param(
            "s.a = nn.Linear(4, 3); s.b = nn.Linear(8, 3); s.c = nn.Conv1d(4, 3, 3)",
            "return s.a(x.mean(3).mean(2)), s.b(x.mean(1).mean(1)), s.c(x.max(dim=2)[0]), s.a(torch.amax(x, (2, 3)))",
            "4, 6, 8",
            81,
            "1x1x3",
            id="one value of several",
        ),
        pytest.param(
            "s.a = nn.Conv2d(4, 1, 1); s.b = nn.Linear(8, 3); s.c = nn.Conv1d(6, 5, 3)",
            "y = s.a(x).squeeze(1); return s.b(y), s.c(y)",
            "4, 6, 8",
            127,
            "6x5",
            id="an axis of one",
        ),
        pytest.param(
            "s.a = nn.Conv2d(8, 2, 3)",
            "return s.a(F.pad(x, (1, 2, 0, 0, 1, 3), 'constant', 0))",
            "4, 6, 8",
            146,
            "9x4x2",
            id="channels of zeros",
        ),
        pytest.param(
            "s.m = nn.Linear(16, 5)",
            "x = torch.roll(x, (1, 1), (1, 2)); return s.m(torch.cat([x[:, 0::2, 0::2, :], x[:, 1::2, 0::2, :]], 1))",
            "8, 8, 16",
            85,
            "5x4x8",
            id="every second row and channel",
        ),
        pytest.param(
            "l = nn.Conv2d(3, 3, 3, padding=1); s.a = nn.ModuleList([copy.deepcopy(l) for _ in range(3)]); "
            "s.b = nn.ModuleList([l] * 2)",
            "y = [x := m(x) for m in s.a] + [x := m(x) for m in s.b]; return x",
            "3, 8, 8",
            336,
            "8x8x3",
            id="copies",
        ),
        pytest.param(
            "s.a = weight_norm(nn.Conv2d(3, 8, 3)); s.b = spectral_norm(nn.Conv2d(8, 8, 3)); "
            "s.c = weight_norm(nn.ConvTranspose2d(8, 5, 3)); s.d = weight_norm(nn.Linear(6, 4), dim=None)",
            "return s.d(s.c(s.b(s.a(x))))",
            "3, 8, 8",
            1_218,
            "4x6x5",
            id="norms of weights",
        ),
        pytest.param(
            "s.f = nn.Sequential(); s.f.add_module('{0}:conv'.format(1), nn.Conv2d(3, 4, 3)); "
            "s.f.add_module('n_{:02d}'.format(2), nn.ReLU())",
            "return s.f(x)",
            "3, 8, 8",
            112,
            "6x6x4",
            id="names that are filled in",
        ),
        pytest.param(
            "s.a = nn.Conv2d(8, 2, 3)",
            "return s.a(torch.cat([x, x], 1))",
            "4, 6, 8",
            146,
            "6x4x2",
            id="an input as wide as the channels that a layer expects",
        ),
    ],
)
def test_sizes_and_parameters_are_those_of_pytorch(
    made: str, forward: str, size: str, params: int, output: str
) -> None:
    assert figures(made, forward, size) == (params, output)


def test_a_normalisation_of_one_axis_may_read_rows_of_values() -> None:
    text = "nn.Sequential(nn.BatchNorm1d(10), nn.Linear(10, 2))"
    (found,) = shapecalc.check(text).diagnostics
    assert found.help[0] == "give --input 1x1x10, which fits"
    assert shapecalc.check(text, input="1x1x10").to_dict()["totals"]["params"] == 20 + 22


@pytest.mark.parametrize(
    ("made", "size", "instead"),
    [
        ("s.f = nn.Linear(3, 5)", "3, 16, 32", "x.permute(0, 2, 3, 1)"),
        ("s.f = nn.LayerNorm(3)", "3, 16, 32", "x.permute(0, 2, 3, 1)"),
        ("s.f = nn.Linear(16, 5)", "16, 32", "x.transpose(1, 2)"),
        ("s.f = nn.Linear(1536, 5)", "3, 16, 32", "torch.flatten(x, 1)"),
    ],
)
def test_what_is_written_instead_makes_a_layer_of_the_last_axis_fit(made: str, size: str, instead: str) -> None:
    (found,) = check(made, "return s.f(x)", size).diagnostics
    assert any(instead in text for text in found.help)
    assert check(made, f"x = {instead}; return s.f(x)", size).ok


def test_words_are_as_many_as_the_example_has_and_else_it_is_said_how_to_give_one() -> None:
    made = "s.e = nn.Embedding(100, 8); s.f = nn.Linear(8, 2)"
    text = NET.format(made, "return s.f(s.e(x)).flatten(-2)", "1")
    example = "net(torch.randn(1, 1))"
    for words in ("torch.randint(0, 100, (2, 20))", "torch.randint(100, size=(2, 20))", "torch.zeros(1, 20).long()"):
        report = shapecalc.check(text.replace(example, f"net({words})"))
        assert (report.ok, str(report.layers[-1].output)) == (True, "1x40")
    (found,) = shapecalc.check(text.replace(example, "")).diagnostics
    assert "torch.zeros(1, 20).long()" in found.help[0]


def test_a_dropout_of_rows_keeps_its_rate() -> None:
    layers = "nn.Flatten(), nn.Dropout2d(0.0), nn.Dropout2d(0.25), nn.Dropout2d()"
    report = shapecalc.check(
        f"import torch\nfrom torch import nn\nnet = nn.Sequential({layers})\nnet(torch.randn(1, 3, 8, 8))\n"
    )
    assert [layer["arguments"]["p"] for layer in report.to_dict()["layers"][2:]] == [0, 0.25, 0.5]
