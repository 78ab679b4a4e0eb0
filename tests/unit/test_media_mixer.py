"""The gain matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from appliance.media.mixer import Mixer, ratio_of


def said(*levels: int) -> NDArray[np.int16]:
    return np.array(levels, np.int16)[:, np.newaxis] * np.ones((1, 160), np.int16)


def heard(mixer: Mixer, rx: NDArray[np.int16]) -> list[int]:
    tx = np.zeros_like(rx)
    mixer.mix(rx, tx)
    assert (tx == tx[:, :1]).all()
    return [int(value) for value in tx[:, 0]]


def test_without_a_path_nothing_is_done() -> None:
    tx = said(5, 5)
    assert not Mixer(2).mix(said(1, 2), tx)
    assert tx[:, 0].tolist() == [5, 5]


def test_a_bridge_is_exact_and_private() -> None:
    mixer = Mixer(4)
    mixer.connect((0, 2))
    assert heard(mixer, said(12345, 7, -32768, 9)) == [-32768, 0, 12345, 0]


def test_three_people_each_hear_the_other_two() -> None:
    mixer = Mixer(4)
    mixer.connect((0, 1, 3))
    assert heard(mixer, said(100, 20, 5000, 3)) == [23, 103, 0, 120]


def test_connecting_anew_ends_the_old_bridge() -> None:
    mixer = Mixer(3)
    mixer.connect((0, 1))
    mixer.connect((1, 2))
    assert heard(mixer, said(1, 2, 3)) == [0, 3, 2]


def test_a_monitor_hears_and_is_not_heard() -> None:
    mixer = Mixer(3)
    mixer.connect((0, 1))
    mixer.set_path(2, 0, 1.0)
    mixer.set_path(2, 1, 0.5)
    assert heard(mixer, said(100, 40, 999)) == [40, 100, 120]
    mixer.set_path(2, 0, 0.0)
    assert heard(mixer, said(100, 40, 999)) == [40, 100, 20]


def test_isolating_the_last_path_makes_it_idle_again() -> None:
    mixer = Mixer(2)
    mixer.connect((0, 1))
    mixer.isolate(1)
    assert not mixer.mix(said(1, 2), said(0, 0))


def test_sums_are_held_at_full_scale() -> None:
    mixer = Mixer(3)
    mixer.connect((0, 1, 2))
    assert heard(mixer, said(30000, 30000, -30000)) == [0, 0, 32767]
    assert heard(mixer, said(-30000, -30000, 30000)) == [0, 0, -32768]


def test_port_gains_both_ways() -> None:
    mixer = Mixer(2)
    mixer.set_port_gains(0, ratio_of(6.0206), ratio_of(-6.0206))
    rx, tx = said(1000, 1000), said(1000, 1000)
    mixer.correct_rx(rx)
    mixer.correct_tx(tx)
    assert rx[:, 0].tolist() == [2000, 1000]
    assert tx[:, 0].tolist() == [500, 1000]
    loud = said(30000, -30000)
    mixer.correct_rx(loud)
    assert loud[:, 0].tolist() == [32767, -30000]
