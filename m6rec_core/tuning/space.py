"""Which options are searched, and between which values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from m6rec_core.config import Config, options
from m6rec_core.tuning.plan import FEATURES, NETWORK, SIMILARITY

READS_SEQUENCES: Final = ("cnn", "gru")


@dataclass(frozen=True)
class Dimension:
    """One option: `values` it may take (`is_ordered`: neighbours are alike), or a range of numbers.

    `low` to `high`, `is_log`: even on the logarithm.
    """

    key: str
    values: tuple[Any, ...] = ()
    is_ordered: bool = False
    low: float = 0.0
    high: float = 0.0
    is_log: bool = False

    def holding(self, value: Any) -> "Dimension":
        """The same dimension, widened so that it holds this value."""
        if not self.values:
            return replace(self, low=min(self.low, value), high=max(self.high, value))
        if value in self.values:
            return self
        longer = (*self.values, value)
        return replace(self, values=tuple(sorted(longer)) if self.is_ordered else longer)


_OF_SIMILARITY: Final = (
    Dimension("similarity.basis", ("item", "user", "both")),
    Dimension("similarity.measure"),  # whatever the configuration permits
    Dimension("similarity.neighbours", (0, 50, 100, 200, 400, 800), is_ordered=True),
    Dimension("similarity.shrinkage", (0.0, 5.0, 20.0, 80.0, 300.0), is_ordered=True),
)
_OF_THE_NETWORK: Final = (
    Dimension("scorer.network"),
    Dimension("scorer.hidden", ("32", "64,32", "128,64", "128,64,32")),
    Dimension("scorer.dropout", low=0.0, high=0.5),
    Dimension("scorer.learning_rate", low=3e-4, high=3e-2, is_log=True),
    Dimension("scorer.weight_decay", low=1e-6, high=1e-2, is_log=True),
)


def dimensions(
    parts: tuple[str, ...], base: Config, *, has_time: bool, has_attributes: bool
) -> tuple[Dimension, ...]:
    """The options of these parts, each holding its value in `base`; what the data lack is left out."""
    known = dict(options())
    flat = base.to_flat()
    lacking = {
        "signals.order": not has_time,
        "signals.attributes": not has_attributes,
        "signals.content": not has_attributes,
    }
    switches = [Dimension(key, (True, False)) for key in known if key.startswith("signals.")]
    of_part = {
        SIMILARITY: _OF_SIMILARITY,
        FEATURES: tuple(one for one in switches if not lacking.get(one.key)),
        NETWORK: _OF_THE_NETWORK,
    }
    wanted = [one for part in of_part if part in parts for one in of_part[part]]
    found = [
        replace(one, values=known[one.key].metadata["choices"])
        if not one.values and known[one.key].metadata.get("choices")
        else one
        for one in wanted
    ]
    return tuple(one.holding(flat[one.key]) for one in found)


def is_possible(flat: Mapping[str, Any]) -> bool:
    """Whether these options go together: networks over the history read the likeness of items."""
    return not (flat["scorer.network"] in READS_SEQUENCES and flat["similarity.basis"] == "user")


def title(key: str) -> str:
    """An option in words.

    >>> title("similarity.neighbours"), title("signals.random_walk")
    ('neighbours', 'random walk')
    """
    return key.rpartition(".")[2].replace("_", " ")
