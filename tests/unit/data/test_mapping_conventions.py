"""The headers of systems and public data sets, each with a few invented rows."""

import csv
from dataclasses import dataclass

import pandas as pd
import pytest

from m6rec_core.data.aliases import ALIASES, known_names, plain_name
from m6rec_core.data.mapping import guess_mapping

ROLES = ("user_id", "item_id", "event", "value", "timestamp", "session")


@dataclass(frozen=True)
class Convention:
    """A file as this system writes it, and its columns in the order of `ROLES` (`.` for none)."""

    name: str
    columns: str
    lines: tuple[str, ...]
    separator: str = ","

    def frame(self) -> pd.DataFrame:
        header, *rows = csv.reader(self.lines, delimiter=self.separator)
        return pd.DataFrame(rows, columns=header, dtype="str").replace("", None)

    def expected(self) -> dict[str, str]:
        named = zip(ROLES, self.columns.split(), strict=True)
        return {role: column for role, column in named if column != "."}


CONVENTIONS = (
    Convention(
        "MovieLens csv",
        "userId movieId . rating timestamp .",
        ("userId,movieId,rating,timestamp", "1,31,2.5,1260759144", "1,1029,3.0,1260759179"),
    ),
    Convention(
        "MovieLens 1M with names",
        "UserID MovieID . Rating Timestamp .",
        ("UserID\tMovieID\tRating\tTimestamp", "1\t1193\t5\t978300760", "1\t661\t3\t978302109"),
        separator="\t",
    ),
    Convention(
        "TensorFlow Datasets MovieLens",
        "user_id movie_id . user_rating timestamp .",
        (
            "movie_id,movie_title,user_id,user_rating,raw_user_age,user_zip_code,timestamp",
            "357,One Flew (1975),138,4.0,46,53211,879024327",
            "709,Strictly Ballroom,92,2.0,32,80525,875654590",
        ),
    ),
    Convention(
        "MovieTweetings",
        "user_id movie_id . rating rating_timestamp .",
        ("user_id,movie_id,rating,rating_timestamp", "1,0114508,8,1381006850", "2,7,9,1381006851"),
    ),
    Convention(
        "RecBole atomic file",
        "user_id:token item_id:token . rating:float timestamp:float .",
        (
            "user_id:token\titem_id:token\trating:float\ttimestamp:float",
            "196\t242\t3\t881250949",
            "186\t302\t3\t891717742",
        ),
        separator="\t",
    ),
    Convention(
        "RecBole sessions",
        ". item_id:token . . timestamp:float session_id:token",
        (
            "session_id:token\titem_id_list:token_seq\titem_id:token\ttimestamp:float",
            "1\t7 8 9\t12\t881250949",
            "2\t7 9\t14\t891717742",
        ),
        separator="\t",
    ),
    Convention(
        "RecTools",
        "user_id item_id . weight datetime .",
        (
            "user_id,item_id,weight,datetime",
            "176549,9506,11,2021-05-11",
            "699317,1659,8,2021-05-29",
        ),
    ),
    Convention(
        "Microsoft Recommenders",
        "userID itemID . rating timestamp .",
        ("userID,itemID,rating,timestamp", "196,242,3.0,881250949", "186,302,3.0,891717742"),
    ),
    Convention(
        "LibRecommender",
        "user item . label time .",
        ("user,item,label,time,sex", "4617,296,2,964138229,F", "1298,208,4,974849526,M"),
    ),
    Convention("Cornac", "user item . rating time .", ("user,item,rating,time", "a,x,4,978300760")),
    Convention("Surprise", "uid iid . r_ui . .", ("uid,iid,r_ui", "196,242,3.0", "186,302,4.0")),
    Convention(
        "Elliot with names",
        "userId itemId . rating timestamp .",
        ("userId\titemId\trating\ttimestamp", "1\t2\t5\t978300760"),
        separator="\t",
    ),
    Convention("Evidently", "user_id item_id . target . .", ("user_id,item_id,target", "1,9,5")),
    Convention(
        "Amazon Personalize",
        "USER_ID ITEM_ID EVENT_TYPE EVENT_VALUE TIMESTAMP .",
        (
            "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP,IMPRESSION",
            "u1,i7,watch,0.7,1604188800,i7|i8|i9",
            "u2,i8,click,,1604188900,i8|i9",
        ),
    ),
    Convention(
        "Gorse",
        "UserId ItemId FeedbackType Value Timestamp .",
        (
            "FeedbackType,UserId,ItemId,Value,Timestamp,Comment",
            "star,bob,vuejs:vue,1,2022-02-24T12:01:30Z,",
            "read,amy,gorse:gorse,1,2022-02-25T08:10:00Z,",
        ),
    ),
    Convention(
        "Algolia",
        "userToken objectID eventType . timestamp .",
        (
            "userToken,objectID,eventName,eventType,timestamp",
            "user-1,black-shirt,Product Detail Page Viewed,click,2023-01-01T00:00:00Z",
            "user-2,red-shirt,Product Purchased,conversion,2023-01-01T00:05:00Z",
        ),
    ),
    Convention(
        "Google Retail",
        "visitorId productId eventType . eventTime .",
        (
            "eventType,visitorId,eventTime,productId,productQuantity",
            "detail-page-view,v1,2020-01-01T03:33:33.000001Z,p7,1",
            "purchase-complete,v2,2020-01-01T03:35:33.000001Z,p8,2",
        ),
    ),
    Convention(
        "Google Analytics 4",
        "user_pseudo_id item_id event_name . event_timestamp ga_session_id",
        (
            "event_date,event_timestamp,event_name,user_pseudo_id,ga_session_id,item_id",
            "20210131,1612069510766593,page_view,1026454.4,661,GGO-1",
            "20210131,1612069510766999,add_to_cart,1026454.5,662,GGO-2",
        ),
    ),
    Convention(
        "OTTO",
        ". aid type . ts session",
        (
            "session,aid,ts,type",
            "12899779,59625,1661724000278,clicks",
            "12899780,1142000,1661724000378,carts",
            "12899780,582732,1661724058352,orders",
        ),
    ),
    Convention(
        "RetailRocket",
        "visitorid itemid event . timestamp .",
        (
            "timestamp,visitorid,event,itemid,transactionid",
            "1433221332117,257597,view,355908,",
            "1433224214164,992329,addtocart,248676,",
            "1433222276276,599528,transaction,356475,4000",
        ),
    ),
    Convention(
        "Tianchi mobile",
        "user_id item_id behavior_type . time .",
        (
            "user_id,item_id,behavior_type,user_geohash,item_category,time",
            "10001082,285259775,1,97lk14c,4076,2014-12-08",
            "10001082,4368907,4,,5503,2014-12-12",
        ),
    ),
    Convention(
        "REES46",
        "user_id product_id event_type . event_time user_session",
        (
            "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session",
            "2019-10-01 00:00:00 UTC,view,44600062,2103,,shiseido,35.79,541312140,72d76fde-8bb3",
            "2019-10-01 00:00:01 UTC,cart,3900821,2053,water_heater,aqua,33.20,554748717,9333dfbd-b87a",
        ),
    ),
    Convention(
        "MIND made long",
        "user_id news_id . label time .",
        (
            "impression_id,user_id,time,news_id,label",
            "1,U13740,11/11/2019 9:05:58 AM,N55689,1",
            "1,U13740,11/11/2019 9:05:58 AM,N35729,0",
        ),
    ),
    Convention(
        "Online Retail",
        "CustomerID StockCode . Quantity InvoiceDate .",
        (
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            "536365,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom",
            "C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527,United Kingdom",
        ),
    ),
    Convention(
        "Online Retail II",
        "CustomerID StockCode . Quantity InvoiceDate .".replace("CustomerID", "Customer_ID"),
        (
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer_ID,Country",
            "489434,85048,15CM BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom",
        ),
    ),
    Convention(
        "H&M",
        "customer_id article_id . . t_dat .",
        (
            "t_dat,customer_id,article_id,price,sales_channel_id",
            "2018-09-20,000058a1,0663713001,0.0508,2",
            "2018-09-20,000058a1,0541518023,0.0304,2",
        ),
    ),
    Convention(
        "Ta Feng",
        "CUSTOMER_ID PRODUCT_ID . AMOUNT TRANSACTION_DT .",
        (
            "TRANSACTION_DT,CUSTOMER_ID,AGE_GROUP,PIN_CODE,PRODUCT_SUBCLASS,PRODUCT_ID,AMOUNT,ASSET,"
            "SALES_PRICE",
            "11/1/2000,01104905,45-49,115,110411,4710199010372,2,24,30",
        ),
    ),
    Convention(
        "Dunnhumby",
        "household_key PRODUCT_ID . QUANTITY . .",
        (
            "household_key,BASKET_ID,PRODUCT_ID,QUANTITY,SALES_VALUE,STORE_ID",
            "2375,26984851472,1004906,1,1.39,364",
            "2375,26984851472,1033142,1,0.82,364",
        ),
    ),
    Convention(
        "Amazon reviews 2018",
        "reviewerID asin . overall unixReviewTime .",
        (
            "overall,verified,reviewTime,reviewerID,asin,reviewerName,reviewText,unixReviewTime",
            '5.0,True,"11 4, 2012",A3R5OBKS7OM2IR,0000143502,Rebecca,Great book,1351987200',
        ),
    ),
    Convention(
        "Amazon reviews 2023",
        "user_id parent_asin . rating timestamp .",
        (
            "rating,title,text,asin,parent_asin,user_id,timestamp,helpful_vote,verified_purchase",
            "5.0,Such a scent,Love it,B00YQ6X8EO,B00YQ6X8EO,AGKHLEW2,1588687728923,0,True",
            "4.0,Works well,Fine,B081TJ8YS3,B081TJ8YS4,AGKHLEW2,1588615855070,1,True",
        ),
    ),
    Convention(
        "Steam recommendations",
        "user_id app_id . hours date .",
        (
            "app_id,helpful,funny,date,is_recommended,hours,user_id,review_id",
            "975370,0,0,2022-12-12,true,36.3,51580,0",
            "304390,4,0,2017-02-17,false,11.5,2586,1",
        ),
    ),
    Convention(
        "Yelp",
        "user_id business_id . stars date .",
        (
            "review_id,user_id,business_id,stars,useful,funny,cool,text,date",
            "KU_O5udG,mh_-eMZ6,XQfwVwDr,3.0,0,0,0,If you decide,2018-07-07 22:09:11",
        ),
    ),
    Convention(
        "Last.fm HetRec",
        "userID artistID . weight . .",
        ("userID\tartistID\tweight", "2\t51\t13883", "2\t52\t11690"),
        separator="\t",
    ),
    Convention(
        "Goodreads",
        "user_id book_id . rating date_added .",
        (
            "user_id,book_id,review_id,is_read,rating,date_added",
            "8842281e,24375664,5cd41656,True,5,2017-08-30",
        ),
    ),
    Convention(
        "goodbooks-10k", "user_id book_id . rating . .", ("user_id,book_id,rating", "1,258,5")
    ),
    Convention(
        "Book-Crossing",
        "User-ID ISBN . Book-Rating . .",
        (
            '"User-ID";"ISBN";"Book-Rating"',
            '"276725";"034545104X";"0"',
            '"276726";"0155061224";"5"',
        ),
        separator=";",
    ),
    Convention(
        "KuaiRec",
        "user_id video_id . watch_ratio timestamp .",
        (
            "user_id,video_id,play_duration,video_duration,time,date,timestamp,watch_ratio",
            "0,3649,13838,10867,2020-07-05 00:08:23.438,20200705,1593878903.438,1.27",
            "0,9598,13665,10984,2020-07-05 00:13:41.297,20200705,1593879221.297,1.24",
        ),
    ),
    Convention(
        "Foursquare",
        "userId venueId . . utcTimestamp .",
        (
            "userId,venueId,venueCategory,latitude,longitude,utcTimestamp",
            "470,49bbd6c0,Arts Store,40.719,-74.002,2012-04-03T18:00:09",
        ),
    ),
    Convention(
        "Globo news",
        "user_id click_article_id . . click_timestamp session_id",
        (
            "user_id,session_id,session_start,session_size,click_article_id,click_timestamp",
            "0,1506825423271737,1506825423000,2,157541,1506826828020",
        ),
    ),
    Convention(
        "Diginetica, mostly without a user",
        ". itemId . . eventdate sessionId",
        (
            "sessionId;userId;itemId;timeframe;eventdate",
            "1;;81766;526309;2016-05-09",
            "1;;31331;1031018;2016-05-09",
            "2;77;32118;243569;2016-05-09",
        ),
        separator=";",
    ),
    Convention(
        "Food.com",
        "user_id recipe_id . rating date .",
        ("user_id,recipe_id,date,rating,review", "38094,40893,2003-02-17,4,Great with a salad"),
    ),
    Convention(
        "BeerAdvocate",
        "review_profilename beer_beerid . review_overall review_time .",
        (
            "brewery_id,review_time,review_overall,review_aroma,review_profilename,beer_beerid",
            "10325,1234817823,1.5,2,stcules,47986",
        ),
    ),
    Convention(
        "Chinese",
        "用户ID 商品ID 行为类型 评分 时间戳 会话ID",
        ("用户ID,商品ID,行为类型,评分,时间戳,会话ID", "10,77,购买,5,1511544070,3"),
    ),
    Convention(
        "German",
        "Kundennummer Artikelnummer Ereignis Menge Zeitpunkt .",
        (
            "Kundennummer;Artikelnummer;Ereignis;Menge;Zeitpunkt",
            "K-7;0815;Kauf;1,5;2024-01-31 10:00",
        ),
        separator=";",
    ),
    Convention(
        "French",
        "id_client id_produit Événement Quantité Horodatage .",
        (
            "id_client;id_produit;Événement;Quantité;Horodatage",
            "7;0815;achat;1;2024-01-31T10:00:00",
        ),
        separator=";",
    ),
    Convention(
        "Spanish",
        "id_usuario id_producto . Valoración Fecha .",
        ("id_usuario,id_producto,Valoración,Fecha", "7,0815,4,2024-01-31"),
    ),
)
each = pytest.mark.parametrize("convention", CONVENTIONS, ids=lambda convention: convention.name)


@each
def test_the_columns_are_understood(convention):
    frame = convention.frame()
    assert guess_mapping(list(frame.columns), frame).sources() == convention.expected()


@each
def test_the_order_of_the_columns_changes_nothing(convention):
    frame = convention.frame()
    columns = list(frame.columns)
    half = len(columns) // 2
    for order in (columns[::-1], columns[half:] + columns[:half]):
        found = guess_mapping(order, frame[order])
        assert found.sources() == convention.expected(), order


@each
def test_every_guess_says_how_sure_it_is_and_why(convention):
    frame = convention.frame()
    found = guess_mapping(list(frame.columns), frame)
    for role in found.sources():
        assert 0 < found.confidence[role] <= 1
        assert found.reason[role]


@each
def test_the_names_prove_that_the_first_line_is_a_header(convention):
    names, values = list(convention.frame().columns), list(convention.frame().iloc[0].dropna())
    assert known_names(names) >= 2
    assert known_names(values) <= 1


def test_names_are_known_without_case_accents_and_marks():
    assert [
        plain_name(name) for name in ("User-ID", "﻿user id", "ＵＳＥＲ＿ＩＤ", "user_id:token")
    ] == [
        *("userid", "userid", "userid", "userid"),
    ]


def test_every_alias_is_a_plain_name_and_stands_once_per_role():
    for role, names in ALIASES.items():
        assert [name for name in names if plain_name(name) != name] == [], role
        assert len(names) == len(set(names)), role
