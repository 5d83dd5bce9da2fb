"""The columns of files of users, items and links."""

import pandas as pd
import pytest

from m6rec_core.config import Config
from m6rec_core.data.dataset import load_dataset
from m6rec_core.data.mapping import guess_table
from m6rec_core.errors import DataError


def sources(header: str, kind: str, separator: str = ",") -> dict[str, str]:
    return guess_table(header.split(separator), pd.DataFrame(), kind).sources()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("movieId,title,genres", {"item_id": "movieId", "title": "title", "category": "genres"}),
        (
            "item_id:token,movie_title:token_seq,release_year:token,class:token_seq",
            {"item_id": "item_id:token", "title": "movie_title:token_seq"},
        ),
        ("ITEM_ID,GENRES,DESCRIPTION", {"item_id": "ITEM_ID", "text": "DESCRIPTION"}),
        ("ItemId,IsHidden,Categories,Labels", {"item_id": "ItemId", "category": "Categories"}),
        ("objectID,name,image,categories", {"item_id": "objectID", "title": "name"}),
        (
            "news_id,category,subcategory,title,abstract,url",
            {"item_id": "news_id", "title": "title", "text": "abstract", "category": "category"},
        ),
        (
            "parent_asin,title,main_category,description,images",
            {"item_id": "parent_asin", "category": "main_category", "image_url": "images"},
        ),
        ("business_id,name,city,stars,categories", {"item_id": "business_id", "title": "name"}),
        ("ISBN;Book-Title;Book-Author;Image-URL-S", {"item_id": "ISBN", "title": "Book-Title"}),
        ("id,name,url", {"item_id": "id", "title": "name"}),
        ("title,id", {"item_id": "id", "title": "title"}),
        ("title,year", {"item_id": "title"}),
        ("商品ID,标题,类别,图片", {"item_id": "商品ID", "title": "标题", "image_url": "图片"}),
        ("the_product_key,label", {"item_id": "the_product_key"}),
    ],
)
def test_the_columns_of_a_file_of_items_are_understood(header, expected):
    found = sources(header, "items", ";" if ";" in header else ",")
    assert found.items() >= expected.items()
    assert next(iter(found)) == "item_id"


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("user_id,gender,age,occupation,zip_code", "user_id"),
        ("user_id:token,age:token,gender:token", "user_id:token"),
        ("USER_ID,AGE,GENDER", "USER_ID"),
        ("UserId,Labels,Comment", "UserId"),
        ("User-ID,Location,Age", "User-ID"),
        ("id,age", "id"),
        ("username,country", "username"),
        ("session_no,my_user_key", "my_user_key"),
        ("Kundennummer,Land", "Kundennummer"),
    ],
)
def test_the_ids_of_a_file_of_users_are_found(header, column):
    assert sources(header, "users") == {"user_id": column}


@pytest.mark.parametrize(
    ("header", "user", "friend", "weight"),
    [
        ("user_id,friend_id", "user_id", "friend_id", ""),
        ("userID,friendID", "userID", "friendID", ""),
        ("source_id:token,target_id:token", "source_id:token", "target_id:token", ""),
        ("trustor,trustee,trust", "trustor", "trustee", ""),
        ("follower_id,followee_id,weight", "follower_id", "followee_id", "weight"),
        ("weight,friend_id,user_id", "user_id", "friend_id", "weight"),
        ("user_id,user_id_2", "user_id", "user_id_2", ""),
        ("user1,user2", "user1", "user2", ""),
        ("from,to,strength", "from", "to", "strength"),
        ("source,target,value", "source", "target", "value"),
    ],
)
def test_the_two_ends_of_a_link_are_told_apart(header, user, friend, weight):
    found = sources(header.replace("trustor", "trustor_id"), "links")
    assert found["user_id"] == user.replace("trustor", "trustor_id")
    assert found["friend_id"] == friend
    if weight:
        assert found["weight"] == weight


def test_a_weight_of_words_is_no_weight():
    sample = pd.DataFrame({"user_id": ["a"], "friend_id": ["b"], "strength": ["strong"]})
    assert "weight" not in guess_table(list(sample), sample, "links").sources()


def test_in_a_file_of_items_without_a_header_the_ids_are_the_column_without_repeats():
    sample = pd.DataFrame({"column_1": ["news", "news"], "column_2": ["N1", "N2"]})
    found = guess_table(list(sample), sample, "items")
    assert found.id_column == "column_2"
    assert found.confidence["item_id"] <= 0.6
    assert found.reason["item_id"].startswith("guessed from its values")


def test_in_links_without_a_header_the_first_column_is_the_user():
    sample = pd.DataFrame(
        {"column_1": ["1", "1"], "column_2": ["2", "3"], "column_3": ["0.5", "1"]}
    )
    assert guess_table(list(sample), sample, "links").sources() == {
        "user_id": "column_1",
        "friend_id": "column_2",
    }


@pytest.mark.parametrize("kind", ["users", "items", "links"])
def test_missing_ids_are_answered_with_the_columns_present_and_a_name(kind):
    with pytest.raises(DataError) as caught:
        guess_table(["colour", "size"], pd.DataFrame(), kind)
    message = str(caught.value)
    assert f"The file of {kind} has no column with the " in message
    assert "Columns present: 'colour', 'size'." in message
    assert ("'item_id'" if kind == "items" else "'user_id'") in message


def test_a_missing_friend_is_answered_with_the_name_that_is_needed():
    with pytest.raises(DataError, match=r"ids of their friends.*'user_id', 'since'.*'friend_id'"):
        guess_table(["user_id", "since"], pd.DataFrame(), "links")


@pytest.mark.parametrize("header", ["movieId,title,genres", "title,genres,movieId"])
def test_the_order_of_the_columns_changes_nothing(header):
    assert sources(header, "items") == {
        "item_id": "movieId",
        "title": "title",
        "category": "genres",
    }


def test_a_named_column_holds_the_ids_whatever_the_names_say():
    found = guess_table(["id", "plu", "title"], pd.DataFrame(), "items", id_column="plu")
    assert found.sources() == {"item_id": "plu", "title": "title"}
    with pytest.raises(DataError, match=r"no column 'ean'.*'id', 'plu'.*`mapping\.items_id`"):
        guess_table(["id", "plu"], pd.DataFrame(), "items", id_column="ean")


def test_a_data_set_lines_files_up_by_the_columns_that_were_named(tmp_path):
    (tmp_path / "events.csv").write_text("user_id,item_id\na,x\nb,y\na,y\n")
    (tmp_path / "items.csv").write_text("id,plu,colour,label\n1,x,red,Boots\n2,y,blue,Hat\n")
    config = Config.from_flat({"mapping.items_id": "plu"})
    made = load_dataset(tmp_path / "events.csv", items=tmp_path / "items.csv", config=config)
    assert made.items is not None
    colour = dict(zip(made.items.ids.ids, made.items.texts("colour"), strict=True))
    assert colour == {"x": "red", "y": "blue"}
    assert sorted(made.items.titles()) == ["Boots", "Hat"]  # 'label' was understood as the title
