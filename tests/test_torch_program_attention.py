"""Attention, encoders of transformers and functions with weights of the program: figures of PyTorch 2.14."""

from __future__ import annotations

import pytest

from tests.torch_program import check


@pytest.mark.parametrize(
    ("made", "forward", "size", "params", "output"),
    [
        pytest.param(
            "s.n = nn.LayerNorm(24); s.a = nn.MultiheadAttention(24, 3, dropout=0.1, batch_first=True)",
            "y = s.n(x); a, _ = s.a(y, y, y, need_weights=False); return x + a",
            "17, 24",
            2_448,
            "24x17",
            id="attention of a sequence to itself",
        ),
        pytest.param(
            "s.q = nn.Linear(32, 32); s.a = nn.MultiheadAttention(32, 4, bias=False, batch_first=True)",
            "return s.a(s.q(x[:, :4]), x, x)[0]",
            "10, 32",
            5_152,
            "32x4",
            id="attention to another sequence",
        ),
        pytest.param(
            "s.a = nn.MultiheadAttention(32, 4); s.o = nn.Linear(32, 3)",
            "x = x.transpose(0, 1); y, _ = s.a(x, x, x); return s.o(y.transpose(0, 1))",
            "10, 32",
            4_323,
            "3x10",
            id="attention with the batch second",
        ),
        pytest.param(
            "l = nn.TransformerEncoderLayer(d_model=32, nhead=4, dim_feedforward=64, batch_first=True, "
            "activation='gelu'); s.t = nn.TransformerEncoder(l, num_layers=2, norm=nn.LayerNorm(32))",
            "return s.t(x).mean(dim=1)",
            "10, 32",
            17_152,
            "1x1x32",
            id="an encoder",
        ),
        pytest.param(
            "s.t = nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, norm_first=True), 3); "
            "s.o = nn.Linear(32, 3)",
            "return s.o(s.t(x.permute(1, 0, 2))[0])",
            "10, 32",
            412_611,
            "1x1x3",
            id="an encoder with norms before",
        ),
        pytest.param(
            "s.t = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)",
            "return s.t(x)",
            "10, 32",
            8_544,
            "32x10",
            id="one layer of an encoder",
        ),
        pytest.param(
            "s.q = nn.Linear(32, 96); s.o = nn.Linear(32, 6)",
            "B, T, C = x.shape; q, k, v = (t.view(B, T, 4, 8).transpose(1, 2) for t in s.q(x).split(32, dim=2)); "
            "return s.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))",
            "10, 32",
            3_366,
            "6x10",
            id="scaled products",
        ),
        pytest.param(
            "s.w = nn.Parameter(torch.ones(16)); s.b = nn.Parameter(torch.zeros(16))",
            "return F.layer_norm(F.layer_norm(x, (16,)), (16,), s.w, s.b, 1e-6)",
            "10, 16",
            32,
            "16x10",
            id="norms with weights of the program",
        ),
        pytest.param(
            "s.w = nn.Parameter(torch.randn(4, 3, 3, 3)); s.b = nn.Parameter(torch.zeros(4)); "
            "s.v = nn.Parameter(torch.randn(4, 1, 3, 3))",
            "x = F.conv2d(x, s.w * 0.5, s.b, stride=2, padding=1); return F.conv2d(x, s.v, None, 1, 1, 1, 4)",
            "3, 8, 8",
            148,
            "4x4x4",
            id="convolutions with weights of the program",
        ),
        pytest.param(
            "s.c = nn.Conv2d(8, 4, 1, bias=False); s.w = nn.Parameter(torch.rand(4, 8))",
            "N, C = x.shape[:2]; a = F.softmax(s.c(x).view(N, 4, -1), dim=1); "
            "v = a @ x.view(N, C, -1).transpose(1, 2) - a.sum(-1, keepdim=True) * s.w; return v.flatten(1)",
            "8, 6, 6",
            64,
            "1x32",
            id="sums of residuals",
        ),
        pytest.param(
            "s.a = nn.Conv2d(8, 8, 1); s.w = nn.Parameter(torch.ones(2))",
            "w = F.relu(s.w); w = w / (torch.sum(w, dim=0) + 1e-4); return w[0] * s.a(x) + w[1] * x",
            "8, 6, 6",
            74,
            "6x6x8",
            id="weights that are normalised",
        ),
        pytest.param(
            "s.f = nn.Linear(6, 16); s.u = nn.ConvTranspose2d(16, 6, 1)",
            "z = s.f(x); z = z + z.data.new(z.size()).normal_(); y = F.relu(z.view(-1, 16, 1, 1)); "
            "return s.u(y).view(x.size())",
            "6",
            214,
            "1x1x6",
            id="noise, and an image of one position after an activation",
        ),
    ],
)
def test_sizes_and_parameters_are_those_of_pytorch(
    made: str, forward: str, size: str, params: int, output: str
) -> None:
    report = check(made, forward, size)
    assert [d.message for d in report.diagnostics if d.code in ("SHP020", "SHP507") and "made" in d.message] == []
    assert (report.totals and report.totals.params, str(report.layers[-1].output)) == (params, output)


@pytest.mark.parametrize(
    ("made", "forward", "said"),
    [
        ("s.a = nn.MultiheadAttention(32, 4)", "return s.a(x, x, x)[0]", "and it is the first"),
        ("s.a = nn.MultiheadAttention(30, 3, batch_first=True)", "return s.a(x, x, x)[0]", "of 30 values"),
        ("s.t = nn.TransformerEncoderLayer(32, 4)", "return s.t(x)", "and it is the first"),
        (
            "s.a = nn.MultiheadAttention(32, 4, batch_first=True)",
            "return s.a(x, helpers.key(x), x)[0]",
            "helpers.key(x)",
        ),
    ],
)
def test_attention_whose_axes_are_not_known_is_an_error(made: str, forward: str, said: str) -> None:
    (error,) = [d for d in check(made, forward, "10, 32").diagnostics if d.severity == "error"]
    assert (error.code, said in error.message) == ("SHP020", True), error.message


def test_the_layer_that_an_encoder_copies_is_one_more_where_the_model_has_it() -> None:
    made = "s.l = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True); s.t = nn.TransformerEncoder(s.l, 2)"
    report = check(made, "return s.t(x)", "10, 32")
    message = "self.l is made and reads nothing: its parameters are not counted"
    assert message in [d.message for d in report.diagnostics]
    assert report.totals
    assert report.totals.params == 2 * 8_544
