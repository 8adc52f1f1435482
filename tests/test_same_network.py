"""Random networks, each written as a diagram, as a program of PyTorch and as one of Keras, are read alike."""

from __future__ import annotations

import pytest

from tests.fuzz.same_network import Reading, difference


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_three_texts_of_a_network_are_read_alike(first: int) -> None:
    for seed in range(first, first + 10):
        assert not difference(seed)


def test_another_layer_makes_another_reading() -> None:
    net = "INPUT(8x8x3) => ADD[CONV(3, 3, P=1) | ]"
    for other in (
        "INPUT(8x8x3) => CONV(3, 3, P=1)",
        net + " => POOL(1)",
        net + " => CONV(3, 1)",
        "INPUT(8x8x3) => FCC",
    ):
        assert Reading.of(other) != Reading.of(net)
