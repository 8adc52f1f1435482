"""The arithmetic of windows beside the positions themselves, written down one by one."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from shapecalc.core.window import Window, tiling

small = st.integers(1, 9)
windows = st.builds(
    Window,
    extent=small,
    stride=small,
    before=st.integers(0, 4),
    after=st.integers(0, 4),
    dilation=st.integers(1, 7),
    rounding=st.just("floor"),
)


@given(windows, st.integers(1, 60), st.data())
def test_unread_positions_are_those_that_no_tap_of_no_window_meets(
    window: Window, size: int, data: st.DataObject
) -> None:
    assume(window.slack(size) >= 0)
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.integers(first, size - 1))
    starts = range(-window.before, size + window.after - window.effective + 1, window.stride)
    met = {start + tap * window.dilation for start in starts for tap in range(window.extent)}
    assert tiling(size, window, (first, last)).unread == len(set(range(first, last + 1)) - met)
