"""All options of a run: one frozen dataclass per step, read from TOML and from `key=value` words."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from m6rec_core.config_values import checked, flat, read_toml, unknown_key
from m6rec_core.errors import ConfigError


def option(
    default: Any,
    help: str,
    *,
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """A field of a configuration with its explanation and its permitted values."""
    about = {"help": help, "choices": choices, "low": low, "high": high}
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class ReadingConfig:
    """How a text file is to be read; auto: seen from its bytes."""

    header: str = option(
        "auto", "whether the first line names the columns", choices=("auto", "yes", "no")
    )
    separator: str = option(
        "auto",
        "what stands between two cells",
        choices=("auto", "comma", "semicolon", "tab", "pipe", "double colon"),
    )
    encoding: str = option(
        "auto",
        "how the bytes stand for characters",
        choices=("auto", "utf-8", "utf-16", "gb18030", "latin-1"),
    )
    decimal: str = option("auto", "the decimal sign of numbers", choices=("auto", "point", "comma"))


@dataclass(frozen=True)
class MappingConfig:
    """Which column of the events plays which role; empty: guessed; '-': no column does."""

    user_id: str = option("", "column that holds the user's id")
    item_id: str = option("", "column that holds the item's id")
    event: str = option("", "column that holds the kind of event")
    value: str = option("", "column that holds the rating or the weight")
    timestamp: str = option("", "column that holds the time of the event")
    session: str = option("", "column that stands in for the user where there is none")
    user_attributes: str = option(
        "", "columns of the events that describe the user, parted by commas"
    )
    item_attributes: str = option(
        "", "columns of the events that describe the item, parted by commas"
    )
    users_id: str = option("", "column of the files about users that holds the user's id")
    items_id: str = option("", "column of the files about items that holds the item's id")


@dataclass(frozen=True)
class DataConfig:
    """What is kept of the events, in the order of the cleaning steps, and what they mean."""

    earliest: str = option("1970-01-01", "earliest possible time; events before it are dropped")
    latest: str = option("", "latest possible time; empty: a day after the file was read")
    rating_low: float = option(0.0, "lowest valid rating; 0 with rating_high 0: read off the data")
    rating_high: float = option(0.0, "highest valid rating; 0: read off the data")
    negative_values: str = option(
        "cancellation",
        "amounts below zero: an event of the kind 'cancellation', or kept, or dropped",
        choices=("cancellation", "keep", "drop"),
    )
    positive_from: float = option(0.0, "lower ratings become events of 'low_rating'; 0: none do")
    bots: bool = option(False, "drop users with an impossible number of events per day")
    duplicates: bool = option(True, "drop rows that repeat another one in every column")
    double_clicks: float = option(
        0.0, "drop the same event within so many seconds of the one before; 0: none", low=0.0
    )
    repeats: str = option(
        "last",
        "how repeated events of one kind on one item combine: the last one stays, with its own value, "
        "or the sum, the largest, the number or its logarithm as the value; all: each stays",
        choices=("last", "sum", "max", "count", "log_count", "all"),
    )
    minimum_user_events: int = option(1, "users with fewer events are dropped", low=1, high=1000)
    minimum_item_events: int = option(1, "items with fewer events are dropped", low=1, high=1000)
    normalise: str = option(
        "none",
        "values on a common scale: all to 0–1, each user's to 0–1, or distance from the user's mean",
        choices=("none", "min_max", "per_user", "z_score"),
    )
    event_weights: str = option(
        "", "weight of each kind of event, as 'view=1,cart=3,purchase=5'; empty: usual weights"
    )
    half_life_days: float = option(
        0.0, "days in which the weight of an event halves; 0: it never fades", low=0.0
    )
    target: str = option(
        "", "kind of event to be predicted; empty: the kind with the largest weight"
    )


@dataclass(frozen=True)
class SplitConfig:
    """What is held out for the final evaluation, before anything is learned."""

    strategy: str = option(
        "none",
        "none: learn from everything; leave_last_out: each user's last item is the test; "
        "global_time: the latest events are the test; random: a random share is the test",
        choices=("none", "leave_last_out", "global_time", "random"),
    )
    test_share: float = option(0.2, "share held out by global_time and random", low=0.01, high=0.9)


def _exponent(help: str) -> Any:
    return option(-1.0, f"{help}; below 0: usual", low=-1.0, high=2.0)


@dataclass(frozen=True)
class SimilarityConfig:
    """The collaborative filter behind the scorer."""

    basis: str = option(
        "both",
        "whose likeness counts: items alike, users alike, or both",
        choices=("item", "user", "both"),
    )
    measure: str = option(
        "auto",
        "how likeness is computed; auto: the best of a short list on validation; tanimoto, euclidean, "
        "adjusted_cosine and pearson compare ratings or weights, all others who has what",
        choices=(
            *("auto", "degree", "cosine", "jaccard", "asymmetric_cosine", "conditional", "lift"),
            *("rp3beta", "tanimoto", "euclidean", "adjusted_cosine", "pearson"),
        ),
    )
    weighting: str = option(
        "none",
        "weight of what is in common; with measure auto, tfidf and bm25 hold in every trial",
        choices=("none", "tfidf", "bm25"),
    )
    neighbours: int = option(0, "neighbours kept per row (K); 0: usual for the measure", high=2000)
    pool: int = option(
        50_000,
        "most users that a user is compared with; where there are more, so many stand for all",
        low=100,
    )
    shrinkage: float = option(
        0.0,
        "pulls the likeness of rows with little in common to zero; 0: usual for the measure",
        low=0.0,
        high=10_000.0,
    )
    power: float = option(
        0.0, "power that the likeness is raised to; 0: usual for the measure", low=0.0, high=10.0
    )
    common_exponent: float = _exponent(
        "measures degree and rp3beta: how much a busy user (a popular item) in common counts less"
    )
    own_exponent: float = _exponent(
        "measures degree and rp3beta: by which power of its degree a row itself is held back"
    )
    other_exponent: float = _exponent(
        "measures degree and asymmetric_cosine: the same for the row that it is like"
    )


@dataclass(frozen=True)
class SignalsConfig:
    """Further scores that become features beside the two collaborative filters."""

    ridge: bool = option(True, "sparse ridge weights between items (local EASE)")
    spectral: bool = option(True, "low-pass filter on the leading singular vectors")
    factors: bool = option(True, "implicit matrix factorisation")
    random_walk: bool = option(True, "random walk item-user-item with popularity penalty (RP3beta)")
    order: bool = option(True, "order and time of events, where there are timestamps")
    content: bool = option(
        True, "likeness of items by their attributes and texts, where there are any"
    )
    learned: bool = option(
        False, "likeness of items learned by a small convolutional network from who has them"
    )
    attributes: bool = option(True, "match between attributes and the user's history")
    own_attributes: bool = option(
        False, "each category, number and missing value of users and items as a feature of its own"
    )


@dataclass(frozen=True)
class ScorerConfig:
    """The network and how it is trained."""

    network: str = option("mlp", "kind of network", choices=("mlp", "cnn", "gru", "additive"))
    hidden: str = option("64,32", "units of the hidden layers, from the input on")
    dropout: float = option(0.1, "share of hidden units switched off in training", low=0, high=0.9)
    epochs: int = option(12, "most passes over the training lists", low=1, high=200)
    patience: int = option(3, "epochs without a better validation NDCG@10 before stopping", low=1)
    learning_rate: float = option(0.004, "peak learning rate", low=1e-6, high=1.0)
    weight_decay: float = option(1e-4, "decoupled weight decay of AdamW", low=0.0, high=1.0)
    batch_size: int = option(0, "users per training step; 0: by the size of the data", high=4096)
    loss: str = option(
        "listwise",
        "loss of the main head: softmax over each user's list, or of every pair by itself",
        choices=("listwise", "cross_entropy", "squared_error"),
    )
    held_out: str = option(
        "auto",
        "items held out to learn from: a user's latest, those of a period, random; auto: like the test",
        choices=("auto", "latest", "period", "random"),
    )
    negatives: str = option(
        "mixed",
        "what a positive is told from: hard: the other candidates; random: random items; mixed: both; "
        "popularity: candidates, and random items drawn by popularity, so that it is no reason",
        choices=("mixed", "hard", "random", "popularity"),
    )
    heads: str = option(
        "", "further kinds of events that are predicted along, parted by commas; all: every kind"
    )
    heads_loss: str = option(
        "listwise",
        "loss of these heads",
        choices=("listwise", "cross_entropy", "squared_error"),
    )
    heads_weight: float = option(
        0.3, "weight α of the loss of each of these heads beside the main loss", low=0, high=100
    )
    rating_weight: float = option(
        0.3,
        "weight β of the rating error beside the main loss, where there are ratings",
        low=0,
        high=100,
    )
    training_users: int = option(30_000, "most users in the training lists", low=10)


@dataclass(frozen=True)
class RankingConfig:
    """From similarities to a list."""

    candidates: int = option(200, "items per user that the scorer looks at", low=10, high=5000)
    list_length: int = option(20, "length of a stored list", low=1, high=1000)


@dataclass(frozen=True)
class ExplanationConfig:
    """How contributions are computed."""

    background: int = option(200, "rows that stand for 'an average pair'", low=10, high=1000)
    permutations: int = option(4, "orders of the features that are averaged", low=2, high=1000)
    sample: int = option(500, "pairs behind the global importance", low=10, high=20_000)


@dataclass(frozen=True)
class Config:
    """Everything that decides a run, apart from the data."""

    seed: int = option(0, "seed of every random choice", low=0, high=2**31 - 1)
    reading: ReadingConfig = field(default_factory=ReadingConfig)
    mapping: MappingConfig = field(default_factory=MappingConfig)
    data: DataConfig = field(default_factory=DataConfig)
    split: SplitConfig = field(default_factory=SplitConfig)
    similarity: SimilarityConfig = field(default_factory=SimilarityConfig)
    signals: SignalsConfig = field(default_factory=SignalsConfig)
    scorer: ScorerConfig = field(default_factory=ScorerConfig)
    ranking: RankingConfig = field(default_factory=RankingConfig)
    explanation: ExplanationConfig = field(default_factory=ExplanationConfig)

    @classmethod
    def from_sources(cls, toml_file: Path | None = None, words: Iterable[str] = ()) -> Self:
        """Reads a TOML file, then `section.key=value` words, which win."""
        values: dict[str, Any] = {}
        if toml_file is not None:
            values.update(flat(read_toml(toml_file)))
        for word in words:
            key, equals, text = word.partition("=")
            if not equals:
                raise ConfigError(
                    f"'{word}' is not of the form key=value. Write for example seed=1."
                )
            values[key.strip()] = text.strip()
        return cls.from_flat(values)

    @classmethod
    def from_flat(cls, values: Mapping[str, Any]) -> Self:
        """Builds a configuration from `{"scorer.epochs": 5, …}`; texts are converted to the type."""
        known = dict(options())
        sections: dict[str, dict[str, Any]] = {}
        for key, value in values.items():
            if key not in known:
                raise ConfigError(unknown_key(key, known))
            section, _, name = key.rpartition(".")
            sections.setdefault(section, {})[name] = checked(key, value, known[key])
        parts: dict[str, Any] = sections.pop("", {})
        for part in dataclasses.fields(cls):
            if part.name in sections:
                kind = part.default_factory
                assert callable(kind)
                parts[part.name] = kind(**sections[part.name])
        return cls(**parts)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The configuration that `to_dict` wrote."""
        return cls.from_flat(flat(values))

    def to_dict(self) -> dict[str, Any]:
        """Plain nested values, as they stand in a TOML or JSON file."""
        return dataclasses.asdict(self)

    def to_flat(self) -> dict[str, Any]:
        """`{"seed": 0, "scorer.epochs": 12, …}`; `from_flat` gives the same configuration back."""
        return flat(self.to_dict())


def options() -> Iterator[tuple[str, "dataclasses.Field[Any]"]]:
    """Every option as (`section.key`, field), in the order of the steps."""
    for part in dataclasses.fields(Config):
        if part.metadata:
            yield part.name, part
        elif callable(part.default_factory):
            for inner in dataclasses.fields(part.default_factory()):
                yield f"{part.name}.{inner.name}", inner
