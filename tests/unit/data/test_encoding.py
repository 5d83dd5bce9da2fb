"""Attributes as numbers: worked by hand, and against scikit-learn's own encoders."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import MultiLabelBinarizer, OneHotEncoder, StandardScaler

from m6rec_core.data.attributes import AttributeTable, attribute_table
from m6rec_core.data.encoding import EncodedColumn, encode, text_themes
from m6rec_core.data.ids import IdMap

TALES = [
    "a long tale of a house by the sea and the storm",
    "the storm at sea and a ship far from the house",
    "a ship sails over the quiet sea into the night",
    "how to bake bread with salt and flour at home",
    "bread and flour and salt make a simple meal at home",
    None,
]


def table(**columns: list) -> AttributeTable:
    n = len(next(iter(columns.values())))
    ids = [f"i{row}" for row in range(n)]
    frame = pd.DataFrame({"id": ids, **columns}, dtype="str")
    return attribute_table(frame, IdMap.in_given_order(ids), "id")


def by_name(made: AttributeTable) -> dict[str, list[float]]:
    found = encode(made)
    assert found.matrix.shape == (len(made), len(found.columns))
    names = [column.name for column in found.columns]
    assert len(set(names)) == len(names)
    return dict(zip(names, found.matrix.toarray().T.tolist(), strict=True))


def test_a_number_is_standardised_and_its_missing_values_are_flagged():
    assert by_name(table(price=["1", "3", None])) == {
        "price": [-1.0, 1.0, 0.0],
        "price is missing": [0.0, 0.0, 1.0],
    }


def test_numbers_agree_with_the_standard_scaler():
    numbers = np.random.default_rng(3).normal(50, 12, 40)
    found = by_name(table(weight_kg=[repr(float(n)) for n in numbers]))
    expected = StandardScaler().fit_transform(numbers[:, None])[:, 0]
    assert found["weight_kg"] == pytest.approx(expected, abs=1e-5)


def test_categories_are_one_hot_and_rare_ones_are_pooled():
    colours = ["red"] * 5 + ["blue"] * 6 + ["mauve", "teal", None]
    found = by_name(table(colour=colours))
    assert found == {
        "colour is blue": [0.0] * 5 + [1.0] * 6 + [0.0] * 3,
        "colour is red": [1.0] * 5 + [0.0] * 9,
        "colour is another one": [0.0] * 11 + [1.0, 1.0, 0.0],
        "colour is missing": [0.0] * 13 + [1.0],
    }


def test_categories_without_rare_ones_agree_with_the_one_hot_encoder():
    colours = np.random.default_rng(4).choice(["red", "green", "blue"], 60)
    found = encode(table(colour=colours.tolist())).matrix.toarray()
    expected = OneHotEncoder(sparse_output=False).fit_transform(colours[:, None])
    assert np.array_equal(found, expected)


def test_multi_values_are_many_hot_and_two_rare_labels_of_a_row_are_one():
    tags = ["war|drama"] * 5 + ["drama|opera|mime", "mime"]
    assert by_name(table(tags=tags)) == {
        "tags has drama": [1.0] * 6 + [0.0],
        "tags has war": [1.0] * 5 + [0.0, 0.0],
        "tags has another one": [0.0] * 5 + [1.0, 1.0],
    }


def test_multi_values_agree_with_the_binarizer():
    rng = np.random.default_rng(5)
    tags = [sorted(set(rng.choice(list("abcd"), 2))) for _ in range(80)]
    found = encode(table(tags=["|".join(one) for one in tags])).matrix.toarray()
    assert np.array_equal(found, MultiLabelBinarizer().fit_transform(tags))


def test_of_many_labels_the_most_frequent_keep_their_own_column():
    labels = [f"c{n:02d}" for n in range(60) for _ in range(10 if n < 50 else 6)]
    names = list(by_name(table(brand=labels)))
    assert names == [*(f"brand is c{n:02d}" for n in range(50)), "brand is another one"]


def test_a_text_is_its_tfidf_reduced_by_a_truncated_svd():
    made = table(text=TALES)
    themes, names = text_themes(made, "text")
    weights = TfidfVectorizer(min_df=2).fit_transform([tale or "" for tale in TALES])
    expected = TruncatedSVD(5, random_state=0).fit_transform(weights)
    assert np.abs(themes) == pytest.approx(np.abs(expected), abs=1e-4)
    # what the themes keep are the likenesses of the texts
    full = (weights @ weights.T).toarray()
    assert themes @ themes.T == pytest.approx(full, abs=0.02)
    assert len(names) == 5
    assert not themes[5].any()


def test_a_theme_is_named_by_its_heaviest_words_and_counts_them_positive():
    found = by_name(table(text=["red fox"] * 6 + ["blue whale"] * 7 + ["blue whale red fox"]))
    first = next(name for name in found if "whale" in name and "blue" in name)
    assert first.startswith("text: ")
    assert all(weight > 0 for weight in found[first][6:13])


def test_each_column_keeps_the_group_it_came_from():
    made = table(
        title=["A"] * 10 + ["B"] * 5, price=[str(n) for n in range(15)], colour=["x", "y", "z"] * 5
    )
    found = encode(made)
    assert found.columns == (
        EncodedColumn("price", "price", "number"),
        EncodedColumn("colour is x", "colour", "category"),
        EncodedColumn("colour is y", "colour", "category"),
        EncodedColumn("colour is z", "colour", "category"),
    )
    assert found.of_group("colour").toarray()[:3].tolist() == np.eye(3).tolist()


def test_what_is_the_same_for_all_or_not_there_gives_no_column():
    made = table(year=["1999"] * 9, shop=["one"] * 9, empty=[None] * 9, text=["solo"] + [None] * 8)
    names = [column.name for column in encode(made).columns]
    assert names == ["text is missing"]


def test_the_same_table_gives_the_same_themes_and_they_cannot_be_changed():
    first, _ = text_themes(table(text=TALES), "text")
    again, _ = text_themes(table(text=TALES), "text")
    assert np.array_equal(first, again)
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 1.0
