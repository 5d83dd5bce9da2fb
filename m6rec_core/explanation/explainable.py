"""What an explanation asks of a recommender, and no more."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from m6rec_core.config import Config
from m6rec_core.data.attributes import AttributeTable
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.data.interactions import Interactions
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.similarity.protocol import ScoreModel

Array = npt.NDArray[np.float32]


class Ranked(Protocol):
    """Lists of a block of users."""

    @property
    def item_row(self) -> Rows: ...

    @property
    def score(self) -> Array: ...

    @property
    def source(self) -> tuple[str, ...]: ...


class Explainable(Protocol):
    """What an explanation asks of a recommender."""

    @property
    def config(self) -> Config: ...

    @property
    def interactions(self) -> Interactions: ...

    @property
    def items(self) -> AttributeTable | None: ...

    @property
    def titles(self) -> npt.NDArray[np.object_]: ...

    @property
    def folder(self) -> Path | None: ...

    @property
    def about(self) -> Mapping[str, Any]: ...

    @property
    def features(self) -> tuple[Feature, ...]: ...

    @property
    def models(self) -> Mapping[str, ScoreModel]: ...

    @property
    def popularity(self) -> npt.NDArray[Any]: ...

    @property
    def background(self) -> Array: ...

    @property
    def population(self) -> Array: ...

    def histories(self, user_ids: Sequence[str]) -> Histories: ...

    def recommend(self, histories: Histories, n: int = 20) -> Ranked: ...

    def pair_features(self, histories: Histories, item_row: Rows) -> Array: ...

    def score_features(self, features: Array) -> Array: ...
