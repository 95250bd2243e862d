import numpy as np
import pytest

from marketwake.event_study.diagnostics import _tail, diagnosed


def test_the_chi_square_tail_has_the_published_quantiles() -> None:
    # Table of the chi-square distribution, 24 degrees of freedom: 36.415 at 5 %, 42.980 at 1 %,
    # 13.848 at 95 %.
    assert _tail(36.415) == pytest.approx(0.05, abs=1e-5)
    assert _tail(42.980) == pytest.approx(0.01, abs=1e-5)
    assert _tail(13.848) == pytest.approx(0.95, abs=1e-5)
    assert _tail(0.0) == 1.0


def test_noise_passes_and_what_is_not_noise_does_not() -> None:
    random = np.random.default_rng(3)
    noise = random.normal(size=2000)
    figures = diagnosed(noise, noise)
    assert figures["ljung_box_p"] > 0.01
    assert figures["arch_lm_p"] > 0.01
    assert figures["durbin_watson"] == pytest.approx(2, abs=0.1)
    assert figures["excess_kurtosis"] == pytest.approx(0, abs=0.4)
    persistent = np.convolve(noise, [1, 0.5])[:2000]
    # A moving average of 0.5 has an autocorrelation of 0.5/(1 + 0.25) = 0.4, and Durbin-Watson is
    # about 2 (1 - 0.4).
    figures = diagnosed(persistent, persistent)
    assert figures["autocorrelation"] == pytest.approx(0.4, abs=0.05)
    assert figures["durbin_watson"] == pytest.approx(1.2, abs=0.1)
    assert figures["ljung_box_p"] < 1e-6
    clustered = noise * np.repeat(random.choice([0.5, 2.0], 20), 100)
    assert diagnosed(clustered, clustered)["arch_lm_p"] < 1e-6


def test_residuals_that_do_not_move_are_not_diagnosed() -> None:
    assert diagnosed(np.full(100, 1e-18), np.full(100, 0.01))["ljung_box_p"] is None
    assert diagnosed(np.arange(10.0), np.arange(10.0))["arch_lm_p"] is None
