"""Numbers as texts, with a decimal point or a decimal comma, made floats."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

_DECIMAL_COMMA = r"[-+]?\d*,\d+"


def to_numbers(texts: pd.Series) -> npt.NDArray[np.float64]:
    """(n,) the numbers of a column of texts; NaN where missing or not a finite number.

    A comma counts as the decimal sign when no text of the column holds a point.

    >>> to_numbers(pd.Series(["4.5", "good", None, "inf"])).tolist()
    [4.5, nan, nan, nan]
    >>> to_numbers(pd.Series(["3,5", "4"])).tolist()
    [3.5, 4.0]
    """
    numbers = _fast(texts)
    if numbers is None:
        cells = texts.astype("str").str.strip()
        if not cells.str.contains(".", regex=False).any():
            has_comma = cells.str.fullmatch(_DECIMAL_COMMA).fillna(False).astype(bool)
            cells = cells.mask(has_comma, cells.str.replace(",", ".", regex=False))
        numbers = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _fast(texts: pd.Series) -> npt.NDArray[np.float64] | None:
    """All texts at once; None when a single one is not a plain number."""
    try:
        cells = pa.array(texts, type=pa.string(), from_pandas=True)
        cast = cells.cast(pa.float64())
        return np.array(cast.to_numpy(zero_copy_only=False), dtype=np.float64)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return None


def has_decimal_commas(texts: pd.Series) -> bool:
    """Whether a column writes 3,5 for three and a half: a comma in one text, a point in none.

    >>> has_decimal_commas(pd.Series(["3,5", "4"])), has_decimal_commas(pd.Series(["3.5", "1,000"]))
    (True, False)
    """
    cells = texts.dropna().astype("str").str.strip()
    has_points = bool(cells.str.contains(".", regex=False).any())
    return not has_points and bool(cells.str.fullmatch(_DECIMAL_COMMA).any())


def number_sql(column: str, *, decimal_comma: bool = False) -> str:
    """DOUBLE expression: the number in a VARCHAR column; NULL when it is none, or not finite."""
    plain = f"replace({column}, ',', '.')" if decimal_comma else column
    number = f"try_cast({plain} as DOUBLE)"
    return f"case when isfinite({number}) then {number} end"
