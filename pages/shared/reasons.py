"""One line in plain words per item of a list: quick sampled contributions, and the history behind them."""

import numpy as np

from m6rec_core.data.histories import Histories
from m6rec_core.explanation.evidence import Witnesses
from m6rec_core.explanation.explainers import explainer_of
from m6rec_core.explanation.words import reasons
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.features.feature import Feature

BACKGROUND_ROWS = 20  # enough for the order of the groups; the page Why uses all of them


def of_list(recommender: Recommender, user_id: str, item_row: tuple[int, ...]) -> tuple[str, ...]:
    """The strongest reason of each item, for a user with a history."""
    history = recommender.histories([user_id])
    wanted = np.array([item_row], dtype=np.int32)
    rows = recommender.pair_features(history, wanted)[0]
    step = max(1, len(recommender.background) // BACKGROUND_ROWS)
    explainer = explainer_of(recommender)
    found = explainer.explain(rows, recommender.background[::step], permutations=2, seed=0)
    return tuple(
        _of_item(recommender, explainer.cast.features, history, row, contributions)
        for row, contributions in zip(item_row, found.values, strict=True)
    )


def _of_item(
    recommender: Recommender,
    features: tuple[Feature, ...],
    history: Histories,
    item_row: int,
    contributions: "np.typing.NDArray[np.float64]",
) -> str:
    witnesses = Witnesses(history, item_row, models=recommender.models, items=recommender.items)
    on_history, neighbours = np.zeros(len(history.item_row)), 0
    for feature, contribution in zip(features, contributions, strict=True):
        evidence = witnesses.of(feature, float(contribution))
        if evidence.history is not None:
            on_history += evidence.history
        if evidence.neighbours is not None:
            neighbours = max(neighbours, len(evidence.neighbours))
    items = recommender.items
    titles = recommender.interactions.items.ids if items is None else items.titles()
    return reasons(
        features,
        contributions,
        history_titles=titles[history.item_row].tolist(),
        history_contributions=on_history,
        neighbours=neighbours,
    )[0]
