"""The PNG writer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.media import picture, png


@settings(max_examples=20)
@given(st.integers(1, 40), st.sampled_from([1, 2, 255, 256, 257, 600]), st.integers(0, 2**32))
@pytest.mark.clause("M-OUTPUT-IMAGE")
def test_round_trip(width: int, height: int, seed: int) -> None:
    """What is written is read back, pixel for pixel, also across the bands it is written in."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    decoded = picture.decode(png.encode(pixels))
    assert not isinstance(decoded, str)
    assert np.array_equal(decoded.frame.to_ndarray(format="rgb24"), pixels)
