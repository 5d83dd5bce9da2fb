"""`tune`: what it prints and leaves behind, and what it refuses."""

import json
import tomllib

import pandas as pd
import pytest

import command_line

from .test_mistakes import assert_refused

WORDS = ("--parts", "network", "--trials", "2", "--sampler", "random")


def tune(events, out, *words):
    settings = (word for option in command_line.TINY for word in ("--set", option))
    return command_line.run("tune", "--interactions", events, "--out", out, *settings, *words)


@pytest.fixture(scope="module")
def tuned(make_once, shop_files):
    """Folder with a tuning `t` of two trials and with `tune.json`, what `tune --json` printed."""

    def fill(folder):
        folder.mkdir()
        done = tune(shop_files / "events.csv", folder / "t", *WORDS, "--json")
        assert done.code == 0, done.err
        (folder / "tune.json").write_text(done.out)

    return make_once("shop-tuning", fill)


def test_the_document_tells_the_best_trial_and_what_it_began_with(tuned):
    told = json.loads((tuned / "tune.json").read_text())
    assert (told["trials"], told["sampler"], told["parts"]) == (2, "random", ["network"])
    assert told["usual"]["options"]["scorer.hidden"] == "8"
    assert told["best"]["measured"]["accuracy"] >= told["usual"]["measured"]["accuracy"]
    trials = pd.read_csv(tuned / "t" / "trials.csv")
    assert trials["validation_ndcg@10"].max() == told["best"]["measured"]["accuracy"]


def test_the_best_options_are_a_file_for_the_training(tuned):
    told = json.loads((tuned / "tune.json").read_text())
    read = tomllib.loads((tuned / "t" / "best.toml").read_text())
    assert read["ranking"]["candidates"] == 30  # given
    found = read["scorer"].get("learning_rate", 0.004)
    assert found == told["best"]["options"]["scorer.learning_rate"]  # searched


def test_another_search_in_the_same_folder_is_refused(tuned, shop_files):
    done = tune(shop_files / "events.csv", tuned / "t", *WORDS[:-1], "tpe")
    assert_refused(done, "begun with another 'sampler'", "new folder")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--sampler", "grid"), ("tpe, nsga2, random", "'grid'")),
        (("--parts", "network,colour"), ("similarity, features, network", "'colour'")),
        (("--trials", "0"), ("between 1 and 1,000",)),
        (("--second-goal", "fame"), ("accuracy, novelty, latency", "'fame'")),
    ],
)
def test_what_is_not_known_is_refused(shop_files, tmp_path, words, said):
    assert_refused(tune(shop_files / "events.csv", tmp_path / "t", *words), *said)
    assert not (tmp_path / "t").exists()
