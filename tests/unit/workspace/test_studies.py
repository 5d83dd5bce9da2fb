"""Studies are kept by what they depend on, and found again by it."""

from dataclasses import replace
from pathlib import Path

from m6rec_core.workspace.runs import RunRecord
from m6rec_core.workspace.studies import keep_study, read_study, study_key

RUN = RunRecord("a", "d", "n", 0.0, {"seed": 1, "split.strategy": "none"}, {}, Path())
SETTINGS = {"measure": "cosine", "neighbours": 5}


def test_a_study_is_read_as_it_was_kept(tmp_path):
    assert read_study(tmp_path, "key") is None
    keep_study(tmp_path, "key", {"ndcg": [0.1, 0.25]})
    assert read_study(tmp_path, "key") == {"ndcg": [0.1, 0.25]}


def test_runs_on_the_same_events_share_a_study_and_others_do_not():
    key = study_key(RUN, "print", "item", SETTINGS)
    again = replace(RUN, run_id="b", config={**RUN.config, "scorer.epochs": 3})
    assert study_key(again, "print", "item", SETTINGS) == key
    others = [
        study_key(RUN, "other print", "item", SETTINGS),
        study_key(RUN, "print", "user", SETTINGS),
        study_key(RUN, "print", "item", {**SETTINGS, "neighbours": 6}),
        study_key(replace(RUN, config={**RUN.config, "seed": 2}), "print", "item", SETTINGS),
        study_key(
            replace(RUN, config={**RUN.config, "split.strategy": "random"}),
            "print",
            "item",
            SETTINGS,
        ),
    ]
    assert len({key, *others}) == 6
