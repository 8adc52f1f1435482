"""SHP511: what a printed model leaves out."""

from shapecalc.rules.rule import Example, Rule


class NotPrinted(Rule):
    """A printed model leaves out what the network needs, and it is assumed.

    Why: a summary prints volumes and parameters, but no strides, and of most branches not what they read; print(model)
    shows modules, but not the order in which `forward` calls them. What follows from the sizes is read; where two
    filters explain a row, both are named and the first is taken.

    Instead: nothing where the assumption is right. Else write the network as a diagram, or give the model itself: a
    `.keras`, `.onnx` or `.pt2` file says everything.
    """

    severity = "note"
    bad = (
        Example(
            "Layer (type)          Output Shape          Param #\n"
            "=====================================================\n"
            "conv (Conv2D)         (None, 26, 26, 32)    320\n"
            "=====================================================\n",
            file="summary.txt",
        ),
    )
    good = (
        Example(
            "Layer (type)          Output Shape          Param #\n"
            "=====================================================\n"
            "image (InputLayer)    [(None, 28, 28, 1)]   0\n"
            "conv (Conv2D)         (None, 26, 26, 32)    320\n"
            "=====================================================\n",
            file="summary.txt",
        ),
    )
