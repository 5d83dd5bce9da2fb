"""The order of the parts, and what is said of them, worked by hand."""

import numpy as np

from m6rec_core.figures import ablation


def test_parts_stand_by_what_they_add_and_idle_ones_are_named():
    lines = [
        {"title": "item", "adds": -0.01, "low": -0.02, "high": 0.0},
        {"title": "items alike", "adds": 0.2, "low": 0.1, "high": 0.3},
        {"title": "user", "adds": 0.05, "low": None, "high": None},
    ]
    info = ablation.additions_info(0.25, lines)
    assert info.titles == ("items alike", "user", "item")
    assert info.adds.tolist() == [0.2, 0.05, -0.01]
    assert np.isnan(info.low).tolist() == [False, True, False]
    assert ablation.additions_finding(info) == (
        "Without 'items alike' the lists lose 0.200 of their NDCG@10 of 0.250; 'item' could be left out "
        "on these data."
    )
    assert (
        ablation.additions_finding(ablation.additions_info(0.25, [])) == "No part was taken away."
    )
