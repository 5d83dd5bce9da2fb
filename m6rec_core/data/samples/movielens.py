"""MovieLens "latest-small" of 2016: 100,004 ratings of 9,066 films by 671 people."""

from pathlib import Path

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset, load_dataset
from m6rec_core.progress import Progress, silent

FOLDER = Path(__file__).parent / "movielens"
RATINGS_FILE = FOLDER / "ratings.parquet"
FILMS_FILE = FOLDER / "films.parquet"
NOTICE_FILE = FOLDER / "NOTICE"
NAME = "MovieLens"


def load_movielens(*, config: Config | None = None, progress: Progress = silent) -> Dataset:
    """Ratings from 0.5 to 5 with their times; films with title, year and genres.

    Licence and citation stand in the file NOTICE beside the data.
    """
    return load_dataset(RATINGS_FILE, items=FILMS_FILE, config=config, name=NAME, progress=progress)
