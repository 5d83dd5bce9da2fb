"""Why this item for this user: the score taken apart, the evidence behind it, and how far to trust it."""

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.explanation import trust as checks
from m6rec_core.explanation import words
from m6rec_core.explanation.attribution import Attribution
from m6rec_core.explanation.effects import Effects, history_effects
from m6rec_core.explanation.evidence import Evidence, Witnesses
from m6rec_core.explanation.explainable import Array, Explainable
from m6rec_core.explanation.explainers import Explainer, explainer_of
from m6rec_core.explanation.importance import Importance, global_importance
from m6rec_core.explanation.pair_explanation import PairExplanation, Part, PastItem
from m6rec_core.explanation.removal import Removals
from m6rec_core.explanation.sanity import stored_randomisation
from m6rec_core.explanation.trust import Trust
from m6rec_core.scorer.features.feature import Feature

__all__ = ["Importance", "PairExplanation", "explain_pair", "global_importance"]

BACKGROUNDS = 5  # over which the stability is measured
STABILITY_PERMUTATIONS = 2  # orders per background row, for each of them

Values = npt.NDArray[np.float64]


def explain_pair(
    recommender: Explainable, user_id: str, item_id: str, *, checked: bool = True, seed: int = 0
) -> PairExplanation:
    """Explains the score of one item for one user.

    Unknown users and items, and users whose list comes from popularity, are told so in words; there is
    nothing to take apart then. `checked` also measures stability and the effect of deleting history
    items, which costs several times the explanation itself.
    """
    histories = recommender.histories([user_id])
    item_row = recommender.interactions.items.row_of(item_id)
    ranked = recommender.recommend(histories, n=recommender.config.ranking.list_length)
    on_list = ranked.item_row[0].tolist()
    rank = on_list.index(item_row) + 1 if item_row in on_list and item_row >= 0 else None
    if item_row == schema.NO_ROW or ranked.source[0] != schema.SCORER:
        return _by_popularity(recommender, user_id, item_id, rank)
    return _by_scorer(
        _Pair.of(recommender, histories, item_row), user_id, item_id, rank, checked, seed
    )


@dataclass(frozen=True, eq=False)
class _Pair:
    """A known user and a known item: `row` (1, F) holds the raw features of the pair."""

    recommender: Explainable
    history: Histories
    item_row: int
    row: Array
    explainer: Explainer

    @classmethod
    def of(cls, recommender: Explainable, history: Histories, item_row: int) -> "_Pair":
        wanted = np.array([[item_row]], dtype=np.int32)
        row = recommender.pair_features(history, wanted)[0]
        return cls(recommender, history, item_row, row, explainer_of(recommender))

    @property
    def features(self) -> tuple[Feature, ...]:
        return self.explainer.cast.features

    def attribution(self, background: Array, *, permutations: int, seed: int) -> Attribution:
        return self.explainer.explain(self.row, background, permutations=permutations, seed=seed)

    def evidence(self, contributions: Values) -> tuple[Evidence, ...]:
        models, items = self.recommender.models, self.recommender.items
        witnesses = Witnesses(self.history, self.item_row, models=models, items=items)
        return tuple(
            witnesses.of(feature, float(contribution))
            for feature, contribution in zip(self.features, contributions, strict=True)
        )

    @property
    def removals(self) -> Removals:
        return Removals(self.recommender, self.history, self.item_row)

    def trust(self, found: Attribution, on_history: Values, *, checked: bool, seed: int) -> Trust:
        score, background = float(found.scores[0]), self.recommender.background
        score_range = np.ptp(np.append(self.recommender.score_features(background), score))
        error = float(found.additivity_error()[0] / max(score_range, 1e-12))
        if not checked:
            return checks.judged(additivity_error=error)
        return checks.judged(
            additivity_error=error,
            stability=self._stability(seed),
            deletion=checks.deletion(self.removals.scores, score, on_history, seed=seed),
            randomisation=stored_randomisation(self.recommender.folder),
        )

    def _stability(self, seed: int) -> float:
        population, size = self.recommender.population, len(self.recommender.background)
        runs = []
        for run in range(1, BACKGROUNDS + 1):
            rng = np.random.default_rng([seed, run])
            drawn = population[
                rng.choice(len(population), min(size, len(population)), replace=False)
            ]
            found = self.attribution(drawn, permutations=STABILITY_PERMUTATIONS, seed=seed + run)
            runs.append(found.values[0])
        return checks.ranking_stability(runs)


def _by_scorer(
    pair: _Pair, user_id: str, item_id: str, rank: int | None, checked: bool, seed: int
) -> PairExplanation:
    recommender = pair.recommender
    permutations = recommender.config.explanation.permutations
    started = time.perf_counter()
    found = pair.attribution(recommender.background, permutations=permutations, seed=seed)
    seconds = time.perf_counter() - started
    evidence = pair.evidence(found.values[0])
    laid = np.zeros(len(pair.history.item_row))
    for one in evidence:
        laid += 0.0 if one.history is None else one.history
    effects = history_effects(pair.removals, laid)
    item_ids = recommender.interactions.items.ids_of(pair.history.item_row)
    titles = recommender.titles
    neighbours = [len(one.neighbours) for one in evidence if one.neighbours is not None]
    return PairExplanation(
        user_id=user_id,
        item_id=item_id,
        title=str(titles[pair.item_row]),
        score=float(found.scores[0]),
        rank=rank,
        source=schema.SCORER,
        base=found.base,
        features=pair.features,
        values=pair.explainer.cast.shown(pair.row)[0],
        contributions=found.values[0],
        standard_error=found.standard_error[0],
        parts=tuple(_parts(one, item_ids) for one in evidence),
        history=_past_items(item_ids, effects),
        reasons=words.reasons(
            pair.features,
            found.values[0],
            history_titles=titles[pair.history.item_row].tolist(),
            history_contributions=effects.supporting,
            neighbours=max(neighbours, default=0),
        ),
        trust=pair.trust(found, effects.strength, checked=checked, seed=seed),
        method=pair.explainer.method,
        seconds=seconds,
    )


def _past_items(item_ids: npt.NDArray[np.object_], effects: Effects) -> tuple[PastItem, ...]:
    strength = effects.strength
    return tuple(
        PastItem(
            item_id=str(item_ids[entry]),
            strength=float(strength[entry]),
            laid=float(effects.laid[entry]),
            taken=float(effects.taken[entry]),
            alone=float(effects.alone[entry]),
            rank_without=int(effects.rank_without[entry]),
        )
        for entry in np.lexsort((-effects.laid, -strength))
    )


def _by_popularity(
    recommender: Explainable, user_id: str, item_id: str, rank: int | None
) -> PairExplanation:
    """Score and base are the item's popularity, 0 for an unknown item; nothing is taken apart."""
    item_row = recommender.interactions.items.row_of(item_id)
    known_user = user_id in recommender.interactions.users
    score, reason = 0.0, "the item is not known: it is on no list"
    if item_row != schema.NO_ROW:
        score = float(recommender.popularity[item_row])
        place = 1 + int((recommender.popularity > score).sum())
        who = "the history is too short" if known_user else "the user is not known"
        reason = words.popularity_reason(
            users=_audience(recommender, item_row), place=place, who=who
        )
    nothing = np.zeros(0)
    return PairExplanation(
        user_id=user_id,
        item_id=item_id,
        title=str(recommender.titles[item_row]) if item_row != schema.NO_ROW else item_id,
        score=score,
        rank=rank,
        source=schema.POPULARITY,
        base=score,
        features=(),
        values=nothing,
        contributions=nothing,
        standard_error=nothing,
        parts=(),
        history=(),
        reasons=(reason,),
        trust=checks.not_explained(f"the scorer was not asked: {reason.partition(':')[0]}"),
    )


def _audience(recommender: Explainable, item_row: int) -> int:
    interactions = recommender.interactions
    return len(np.unique(interactions.user_row[interactions.item_row == item_row]))


def _parts(evidence: Evidence, item_ids: npt.NDArray[np.object_]) -> tuple[Part, ...]:
    """Users alike where they may be shown, history items otherwise."""
    if evidence.neighbours is not None:
        names = [f"similar user {number}" for number in range(1, len(evidence.neighbours) + 1)]
        return _largest_first(schema.USER_ID, names, evidence.neighbours)
    if evidence.history is not None:
        parts = _largest_first(schema.ITEM_ID, item_ids, evidence.history)
        return tuple(part for part in parts if part.contribution)
    return ()


def _largest_first(
    kind: str, names: "npt.NDArray[np.object_] | list[str]", contributions: Values
) -> tuple[Part, ...]:
    order = np.argsort(-contributions, kind="stable")
    return tuple(Part(kind, str(names[place]), float(contributions[place])) for place in order)
