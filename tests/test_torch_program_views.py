"""Programs of PyTorch whose axes are split, joined with the batch, or moved: figures of PyTorch 2.14."""

from __future__ import annotations

import pytest

from tests.torch_program import check, figures


@pytest.mark.parametrize(
    ("made", "forward", "size", "params", "output"),
    [
        pytest.param(
            "s.a = nn.Linear(16, 6); s.n = nn.BatchNorm1d(6); s.b = nn.Linear(6, 5)",
            "b, t, c = x.shape; y = F.relu(s.n(s.a(x.contiguous().view(-1, c)))); return s.b(y).view(b, t, 5)",
            "10, 16",
            149,
            "5x10",
            id="rows of all images",
        ),
        pytest.param(
            "s.a = nn.Linear(16, 5)",
            "b, t, c = x.shape; return s.a(x.reshape(b * t, c)).reshape(b, t, -1).transpose(1, 2)",
            "10, 16",
            85,
            "10x5",
            id="rows by a product",
        ),
        pytest.param(
            "s.r = nn.LSTM(16, 8); s.f = nn.Linear(8, 5)",
            "y, _ = s.r(x.permute(1, 0, 2)); return s.f(F.relu(y)).permute(1, 0, 2)",
            "10, 16",
            877,
            "5x10",
            id="steps before the batch",
        ),
        pytest.param(
            "s.q = nn.Linear(32, 96, bias=False); s.o = nn.Linear(32, 6)",
            "B, N, C = x.shape; q, k, v = s.q(x).reshape(B, N, 3, 4, 8).permute(2, 0, 3, 1, 4); "
            "return s.o(((q @ k.transpose(-2, -1)).softmax(-1) @ v).transpose(1, 2).reshape(B, N, C))",
            "10, 32",
            3_270,
            "6x10",
            id="query, key and value in one",
        ),
        pytest.param(
            "s.q = nn.Linear(32, 96); s.o = nn.Linear(32, 6)",
            "B, N, C = x.shape; y = s.q(x).reshape(B, N, 3, 4, 8).permute(2, 0, 3, 1, 4); "
            "return s.o((y[0] * 0.5 @ y[1].transpose(-2, -1) @ y.unbind(0)[2]).transpose(1, 2).flatten(2))",
            "10, 32",
            3_366,
            "6x10",
            id="query, key and value one by one",
        ),
        pytest.param(
            "s.e = nn.Linear(192, 24); s.n = nn.LayerNorm(24)",
            "b, c, h, w = x.shape; "
            "x = x.reshape(b, c, h // 8, 8, w // 8, 8).permute(0, 2, 4, 3, 5, 1).reshape(b, (h // 8) * (w // 8), -1); "
            "return s.n(s.e(x))",
            "3, 32, 32",
            4_680,
            "24x16",
            id="patches",
        ),
        pytest.param(
            "s.a = nn.Conv2d(4, 3, 3)",
            "n, c, h, w = x.shape; "
            "return s.a(x.view(n, 4, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3).reshape(n, 4, h * 2, w * 2))",
            "16, 6, 6",
            111,
            "10x10x3",
            id="pixels that are shuffled by hand",
        ),
        pytest.param(
            "s.b = nn.Conv2d(16, 2, 1)",
            "b, c, h, w = x.shape; return s.b(x.view(b, 2, 16, 2, 2).transpose(1, 2).reshape(b, 16, 2, 4))",
            "8, 4, 4",
            34,
            "4x2x2",
            id="groups that are no channels",
        ),
        pytest.param(
            "s.a = nn.Conv2d(8, 8, 1, groups=2)",
            "n, c, h, w = x.size(); "
            "return s.a(x.view(n, 2, c // 2, h, w).permute(0, 2, 1, 3, 4).contiguous().view(n, -1, h, w))",
            "8, 6, 6",
            40,
            "6x6x8",
            id="groups of channels",
        ),
        pytest.param(
            "s.r = nn.LSTM(16, 8, batch_first=True); s.o = nn.Linear(8, 3)",
            "h0 = torch.zeros(1, x.size(0), 8); _, (h, _) = s.r(x, (h0, h0)); return s.o(h.view(-1, 8))",
            "10, 16",
            859,
            "1x1x3",
            id="the state by view",
        ),
        pytest.param(
            "s.i = nn.Linear(16, 8); s.r = nn.GRU(16, 8, batch_first=True); s.o = nn.Linear(8, 3)",
            "h = torch.tanh(s.i(x.mean(1))).unsqueeze(0); y, _ = s.r(x, h); return s.o(y)",
            "10, 16",
            787,
            "3x10",
            id="a state that a layer gives",
        ),
        pytest.param(
            "s.r = nn.RNN(16, 8, 2, batch_first=True, nonlinearity='relu'); s.o = nn.Linear(8, 3)",
            "y, h = s.r(x); return s.o(h[-1])",
            "10, 16",
            379,
            "1x1x3",
            id="a RNN with relu",
        ),
        pytest.param(
            "s.e = nn.Embedding(50, 12); s.p = nn.Embedding(20, 12); s.f = nn.Linear(12, 2)",
            "x = x.long(); B, T = x.shape; return s.f(s.e(x) + s.p(torch.arange(T, device=x.device)))",
            "10",
            866,
            "2x10",
            id="positions by number",
        ),
        pytest.param(
            "s.a = nn.Linear(8, 3); s.b = nn.Linear(6, 3)",
            "return s.a(x.norm(2, 1)), s.b(torch.norm(x, 2, 3)), s.a(x.std(2, True))",
            "4, 6, 8",
            48,
            "3x4",
            id="norms, and where their axis is",
        ),
        pytest.param(
            "s.c = nn.Conv1d(1, 4, 3); s.a = nn.Linear(10, 5)",
            "return s.c(x.unsqueeze(1)).sum(1), s.a(F.avg_pool1d(x.unsqueeze(1), 2).squeeze(1))",
            "20",
            71,
            "1x5",
            id="one axis more",
        ),
        pytest.param(
            "s.a = nn.Conv2d(8, 8, 1)",
            "return torch.max(x, torch.min(x, s.a(x)))",
            "8, 6, 6",
            72,
            "6x6x8",
            id="the larger of two",
        ),
        pytest.param(
            "s.d = nn.Conv2d(3, 3, 3, 2, 1)",
            "y = F.interpolate(s.d(x), scale_factor=2); "
            "y = F.interpolate(y, size=x.shape[2:]) if y.shape[2:] != x.shape[2:] else s.d(y); "
            "return x + y if x.dim() == 4 and y is not None else y",
            "3, 9, 9",
            84,
            "9x9x3",
            id="sizes that are compared",
        ),
        pytest.param(
            "s.p = nn.ParameterList([nn.Parameter(torch.ones(1, 3, 1, 1)) for _ in range(3)]); "
            "s.q = nn.ParameterDict({'a': nn.Parameter(torch.zeros(3, 8, 8))})",
            "for p in s.p: x = x * p\n        return x + s.q['a']",
            "3, 8, 8",
            201,
            "8x8x3",
            id="weights in lists",
        ),
        pytest.param(
            "s.g = nn.Conv1d(1, 1, 1); s.c = nn.Conv1d(1, 4, 3)",
            "y = x * 1; y.unsqueeze_(1); z = F.relu(y); z.add_(s.g(y)); return s.c(z)",
            "20",
            18,
            "18x4",
            id="what is changed in its place",
        ),
        pytest.param(
            "s.a = nn.Linear(16, 8); s.d = nn.Dropout2d(0.3)",
            "return F.dropout2d(s.d(s.a(x)), 0.5)",
            "10, 16",
            136,
            "8x10",
            id="channels that are dropped of a sequence",
        ),
        pytest.param(
            "p = nn.ParameterList([nn.Parameter(torch.ones(8))]); s.a = copy.deepcopy(p); s.b = copy.deepcopy(p)",
            "return x * s.a[0] * s.b[0]",
            "10, 8",
            16,
            "8x10",
            id="copies of weights",
        ),
    ],
)
def test_sizes_and_parameters_are_those_of_pytorch(
    made: str, forward: str, size: str, params: int, output: str
) -> None:
    assert figures(made, forward, size) == (params, output)


@pytest.mark.parametrize(
    ("forward", "size", "said"),
    [
        ("return s.a(x.view(4, -1))", "4, 8, 8", "what x.view(4, -1) gives is not known"),
        (
            "return x * s.a(x.mean((2, 3)))",
            "8, 8, 8",
            "is of tensors of 4 and 2 axes, whose batches are not the same axis",
        ),
        ("return s.r(x)[0]", "10, 8", "GRU without batch_first=True reads the batch as its second axis"),
        ("return s.r(x.permute(1, 0, 2), helpers.state(x))[0]", "10, 8", "what helpers.state(x) gives is not known"),
        (
            "a, b = x.split([3, 4], dim=1); return s.a(a)",
            "10, 8",
            "x.split([3, 4], dim=1) is of 7, and this axis has 10",
        ),
        ("return x.masked_fill(s.a(x) > 0.5, 0)", "10, 8", "what s.a(x) > 0.5 gives is not known"),
        ("return nn.Conv1d(8, 4, 1)(x)", "8", "Conv1d reads a tensor of 3 axes, and this one has 2"),
        ("return nn.BatchNorm2d(8)(x)", "8", "BatchNorm2d reads a tensor of 4 axes, and this one has 2"),
        ("return s.a(x.mean(0))", "10, 8", "which axes x.mean(0) leaves is not known"),
        ("return torch.cat([x, s.a(x)])", "10, 8", "axis 0 is not known to be that of the channels"),
    ],
)
def test_what_becomes_of_the_batch_is_known_or_an_error(forward: str, size: str, said: str) -> None:
    made = "s.a = nn.Linear(8, 8); s.r = nn.GRU(8, 8)"
    (error,) = [d for d in check(made, forward, size).diagnostics if d.severity == "error"]
    assert (error.code, said in error.message) == ("SHP020", True), error.message
