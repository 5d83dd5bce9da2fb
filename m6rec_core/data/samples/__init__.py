"""The data sets that come with M6-Rec: one real, one made with a known truth."""

from collections.abc import Callable, Mapping

from m6rec_core.data.dataset import Dataset
from m6rec_core.errors import DataError


def _movielens() -> Dataset:
    from m6rec_core.data.samples.movielens import load_movielens

    return load_movielens()


def _shop() -> Dataset:
    from m6rec_core.data.samples.shop import make_shop

    return make_shop().dataset


SAMPLES: Mapping[str, Callable[[], Dataset]] = {"movielens": _movielens, "shop": _shop}


def load_sample(name: str) -> Dataset:
    """The sample of this name; raises `DataError` that lists the names when there is none."""
    if name not in SAMPLES:
        raise DataError(f"There is no sample '{name}'. Take one of {', '.join(SAMPLES)}.")
    return SAMPLES[name]()
