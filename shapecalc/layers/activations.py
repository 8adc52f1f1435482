"""Activations, a row each: functions of single values that own no weights."""

from __future__ import annotations

from shapecalc.core.families import Activation, layer_of
from shapecalc.core.layer import Kept, Rows, Run
from shapecalc.core.parameters import argument, real

RESULT = Kept(result=True)
"""What came out, and not what went in."""
LARGEST_POWER = 88
"""exp of it is the largest whole power that float32 holds."""
UNBOUNDED = 1e30
"""Larger than all values: what is not clipped."""
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""The two constants of Klambauer et al. 2017."""


def sigmoid(run: Run, x: Rows) -> Rows:
    """exp(x)/(1 + exp(x)) keeps the far tail, which the form with tanh rounds to 0."""
    np = run.np
    e = np.minimum(x, np.float32(LARGEST_POWER))
    np.exp(e, out=e)
    return np.divide(e, 1 + e, out=x)


def silu(run: Run, x: Rows) -> Rows:
    """By the root of exp(x), which stays a full number where exp(x) no longer is one."""
    np = run.np
    root = np.exp(np.minimum(x, np.float32(LARGEST_POWER)) * np.float32(0.5))
    x *= root / (1 + root * root)
    x *= root
    return x


def elu(run: Run, x: Rows, alpha: float) -> Rows:
    """The exponential is taken of what is negative only: it overflows elsewhere."""
    np = run.np
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


ROWS = (
    Activation(
        "RELU", "max(0, x).",
        lambda run, x: run.np.clip(x, 0, run.np.inf, out=x),  # NumPy's maximum with a number takes thrice as long
        aliases=("RECTIFIER",), onnx="Relu", keeps=RESULT,
    ),
    Activation(
        "RELU6", "min(max(0, x), 6).",
        lambda run, x: run.np.clip(x, 0, 6, out=x),
    ),
    Activation(
        "CLIP", "min(max(x, low), high), where each is given: `CLIP(-1, 1)` is Hardtanh.",
        lambda run, x, low, high: run.np.clip(x, low, high, out=x),
        aliases=("CLAMP",),
        arguments={
            "low": argument("low", real, -UNBOUNDED, ("min",)),
            "high": argument("high", real, UNBOUNDED, ("max",)),
        },
    ),
    Activation(
        "LRELU", "x where it is positive, slope · x elsewhere.",
        lambda run, x, slope: run.np.where(x > 0, x, slope * x),
        aliases=("LEAKYRELU", "LEAKY"),
        arguments={"slope": argument("slope", real, 0.01, ("negative_slope", "alpha"))},
        onnx="LeakyRelu", onnx_attributes={"alpha": "slope"},
    ),
    Activation(
        "ELU", "x where it is positive, alpha · (exp(x) − 1) elsewhere.",
        elu,
        arguments={"alpha": argument("alpha", real, 1.0, ("slope",))},
        onnx="Elu", onnx_attributes={"alpha": "alpha"},
    ),
    Activation(
        "SELU", "The scaled ELU, with the two constants of Klambauer et al. 2017.",
        lambda run, x: SELU_SCALE * elu(run, x, SELU_ALPHA),
        onnx="Selu",
    ),
    Activation(
        "GELU", "x · Φ(x), with the exact normal distribution function.",
        lambda run, x: 0.5 * x * (1 + run.erf(x * run.np.float32(0.5**0.5))),
        in_place_form=False,
    ),
    Activation(
        "SIGMOID", "1/(1 + exp(−x)).",
        sigmoid,
        aliases=("LOGISTIC", "SIGM"), onnx="Sigmoid", keeps=RESULT,
    ),
    Activation(
        "HSIGMOID", "min(max(0, x + 3), 6)/6.",
        lambda run, x: run.np.clip(x + 3, 0, 6) / 6,
        aliases=("HARDSIGMOID",), onnx="HardSigmoid", onnx_attributes={"alpha": 1 / 6, "beta": 0.5},
    ),
    Activation(
        "SILU", "x · sigmoid(x), also called swish.",
        silu,
        aliases=("SWISH",),
    ),
    Activation(
        "HSWISH", "x · min(max(0, x + 3), 6)/6.",
        lambda run, x: x * run.np.clip(x + 3, 0, 6) / 6,
        aliases=("HARDSWISH", "HARDSILU"), onnx="HardSwish",
    ),
    Activation(
        "MISH", "x · tanh(softplus(x)).",
        lambda run, x: x * run.np.tanh(run.np.logaddexp(x, 0)),
    ),
    Activation(
        "SOFTPLUS", "log(1 + exp(x)).",
        lambda run, x: run.np.logaddexp(x, 0),
        onnx="Softplus", in_place_form=False, precision="full",
    ),
    Activation(
        "ABS", "|x|: without its sign.",
        lambda run, x: run.np.abs(x),
        onnx="Abs", aliases=("ABSOLUTE",), backward_volumes=1,  # the signs
    ),
    Activation(
        "RESCALE", "scale · x + offset, with two numbers that are not trained, such as 1/255 and 0 for pixels.",
        lambda run, x, scale, offset: x * run.np.float32(scale) + run.np.float32(offset),
        aliases=("RESCALING",), keeps=Kept(),
        arguments={"scale": argument("scale", real, 1.0), "offset": argument("offset", real, 0.0)},
    ),
    Activation(
        "TANH", "The hyperbolic tangent.",
        lambda run, x: run.np.tanh(x),
        onnx="Tanh", keeps=RESULT,
    ),
)  # fmt: skip

LAYERS = tuple(layer_of(row, __name__) for row in ROWS)
"""The layer type of each row."""
globals().update({layer.__name__: layer for layer in LAYERS})  # where `pickle` looks for them
