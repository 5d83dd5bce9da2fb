"""The names that other systems, and four more languages, give to the columns that we know.

Names stand in their plain form (`plain_name`). Each role has tiers: names that leave no doubt, names
that usually mean it, and names that mean it when nothing better is there.

Sources: the documented formats of MovieLens, RecBole, RecTools, Microsoft Recommenders, LibRecommender,
Cornac, Elliot, Surprise, Evidently, Amazon Personalize, Gorse, Algolia, Google Retail, and the headers
of the public data sets OTTO, RetailRocket, Taobao, Tianchi, REES46, MIND, Online Retail, H&M, Ta Feng,
Dunnhumby, Amazon reviews, Steam, Yelp, Last.fm, Goodreads, Book-Crossing, KuaiRec, Foursquare, Globo.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final

from m6rec_core import schema

SESSION: Final = "session"

_MOST_NAMES = 1 << 15  # of a wide table: each name is looked at for each role
_TYPED_HEADER = re.compile(r":(?:token|token_seq|float|float_seq)$")
_MARKS = re.compile(r"[\W_\u0300-\u036f]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_WORDS: Mapping[str, tuple[str, ...]] = {
    schema.USER_ID: (
        "userid userids useridx userindex uid usertoken visitorid 用户id customerid "
        "customernumber customerno reviewerid memberid 会员id userpseudoid householdkey "
        "用户编号 会员编号 客户id 客户编号 nutzerid benutzerid kundenid kundennummer kundennr "
        "idutilisateur utilisateurid idclient idusuario usuarioid idcliente clienteid "
        "numeroclient",
        "user users customer visitor member accountid clientid buyerid shopperid viewerid "
        "readerid playerid personid profileid listenerid consumerid subscriberid "
        "fullvisitorid reviewer usr userkey userhash 用户 用户名 会员 客户 顾客 nutzer "
        "benutzer kunde utilisateur usuario cliente custid userno usernumber viewer shopper",
        "username userlogin profilename reviewprofilename account client buyer reader player person deviceid cookieid "
        "anonymousid household householdid playlistid author authorid email useremail "
        "customeremail reviewername u",
    ),
    schema.ITEM_ID: (
        "itemid itemids itemidx itemindex iid objectid parentasin asin productid movieid "
        "articleid stockcode sku skuid newsid videoid trackid songid bookid isbn isbn13 "
        "businessid gameid appid 商品id 商品编号 物品id 产品id 视频id 文章id 电影id "
        "artikelnummer artikelnr artikelid produktid produktnummer idproduit produitid "
        "idarticle idproducto productoid idarticulo idpelicula codigoproducto",
        "item items product aid contentid goodsid adid recipeid mid animeid beerid venueid "
        "hotelid restaurantid poiid locationid courseid jobid artistid albumid "
        "showid filmid docid documentid photoid postid storyid podcastid episodeid listingid "
        "offerid creativeid campaignid goodid merchandiseid trackuri spuid 商品 物品 产品 "
        "电影 artikel produkt produit producto articulo clickarticleid productcode itemcode "
        "productno itemno productnumber",
        "movie article song track artist video news book game film pelicula itemname "
        "productname moviename movietitle gamename url gametitle songtitle songname trackname "
        "artistname booktitle i title content page pageurl recipe restaurant hotel venue",
    ),
    SESSION: (
        "sessionid session usersession usersessionid gasessionid 会话id sitzungid",
        "visitid visit 会话 sitzung sesion idsession idsesion sitzungsid",
    ),
    schema.EVENT: (
        "event eventtype feedbacktype behaviortype behaviourtype interactiontype",
        "eventname behavior behaviour action actiontype eventkind feedback 行为 行为类型 事件 "
        "事件类型 ereignis ereignistyp evenement evento typeevenement tipoevento aktion "
        "accion useraction activity activitytype interaction engagementtype eventcategory",
        "type kind actionname signal verb typ 类型",
    ),
    schema.VALUE: (
        "rating ratings eventvalue stars star overall userrating rui bookrating movierating "
        "starrating reviewrating reviewscore 评分 reviewoverall ratingscore bewertung "
        "valoracion calificacion puntuacion",
        "value score label preference weight target note 打分 分数 playcount plays "
        "listencount watchratio watchtime dwelltime playduration hours hoursplayed playtime "
        "playtimeforever reward strength relevance grade points myscore",
        "quantity qty count counts amount 数量 次数 menge anzahl quantite cantidad units "
        "times frequency duration views clicks clicked isclick isclicked isrecommended liked "
        "islike reordered",
    ),
    schema.TIMESTAMP: (
        "timestamp eventtime eventtimestamp unixreviewtime timestampms utctime "
        "timestampmicros unixtimestamp unixtime utctimestamp 时间戳 zeitstempel horodatage "
        "ratingtimestamp interactiontime reviewtimestamp",
        "time datetime ts timems timemillis createdat clicktimestamp invoicedate reviewtime "
        "eventdate orderdate purchasedate ratingdate 时间 zeitpunkt zeit fechahora dateheure "
        "transactiondt logtime transactiondate visittime epoch clicktime playedat occurredat "
        "tdat",
        "date created dateadded dateupdated day 日期 datum fecha hora updatedat modified "
        "reviewdate dt addedat creationdate heure",
    ),
    schema.TITLE: (
        "title itemtitle producttitle movietitle booktitle songtitle 标题 titel titre titulo "
        "productname itemname moviename gamename",
        "name artistname trackname 商品名称 名称 bezeichnung artikelname headline label nom "
        "nombre primarytitle originaltitle gametitle",
    ),
    schema.TEXT: (
        "text description abstract summary overview 描述 beschreibung plot",
        "descripcion body comment content synopsis details 简介 resume",
    ),
    schema.CATEGORY: (
        "category categories genres genre categorycode 类别 类目 kategorie categorie "
        "categoria itemcategory productcategory 分类 maincategory",
        "categoryid department section topic subcategory producttype tags 类目id",
    ),
    schema.IMAGE_URL: (
        "imageurl image imageuri imageurls posterurl picture 图片 thumbnailurl",
        "img imgurl images poster photo thumbnail bild bildurl pictureurl",
    ),
    schema.FRIEND_ID: (
        "friendid frienduserid followeeid followedid trusteeid targetuserid targetid touserid "
        "useridto userid2 trustid followingid trustedid",
        "friend followee followed trustee target to dst destination neighbourid neighborid "
        "user2 好友id 好友 freund ami amigo",
    ),
    schema.WEIGHT: (
        "weight strength trust trustvalue closeness gewicht poids peso",
        "score value similarity count",
    ),
}
TIERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    role: tuple(tuple(tier.split()) for tier in tiers) for role, tiers in _WORDS.items()
}
ALIASES: Mapping[str, tuple[str, ...]] = {
    role: tuple(chain.from_iterable(tiers)) for role, tiers in TIERS.items()
}


def word_set(*texts: str) -> frozenset[str]:
    """The words of some texts.

    >>> sorted(word_set("pv buy", "cart"))
    ['buy', 'cart', 'pv']
    """
    return frozenset(chain.from_iterable(text.split() for text in texts))


RATING_NAMES: Final = word_set(
    _WORDS[schema.VALUE][0], "score label preference target note grade myscore 打分 分数"
) - word_set("eventvalue")
AMOUNT_NAMES: Final = word_set(
    "weight playcount plays listencount watchratio watchtime dwelltime playduration hours",
    "hoursplayed playtime playtimeforever quantity qty count counts amount 数量 次数 menge anzahl",
    "quantite cantidad units times frequency duration views clicks price",
)
# Names of the first user in a table of links, where the plain ones are missing
LINK_STARTS: Final = (
    *("followerid", "follower", "trusterid", "trustorid", "fromuserid", "useridfrom", "userid1"),
    *("user1", "sourceuserid", "sourceid", "source", "from", "src"),
)


@lru_cache(_MOST_NAMES)
def plain_name(column: str) -> str:
    """A column's name without case, accents, marks and RecBole's type.

    >>> plain_name("user_id:token"), plain_name("EVENT_TYPE"), plain_name("Événement")
    ('userid', 'eventtype', 'evenement')
    """
    untyped = without_type(column.strip().lstrip("\ufeff"))
    return _MARKS.sub("", unicodedata.normalize("NFKD", untyped)).casefold()


def without_type(column: str) -> str:
    """A column's name without the type that RecBole's atomic files append.

    >>> without_type("genres:token_seq"), without_type("ratio 1:2")
    ('genres', 'ratio 1:2')
    """
    return _TYPED_HEADER.sub("", column)


@lru_cache(_MOST_NAMES)
def words_of(column: str) -> tuple[str, ...]:
    """The words that a column's name is made of.

    >>> words_of("user_pseudoId:token"), words_of("clickArticleID")
    (('user', 'pseudo', 'id'), ('click', 'article', 'id'))
    """
    parted = _CAMEL.sub(" ", without_type(column.strip()))
    return tuple(word for part in re.split(r"[\W_]+", parted) if (word := plain_name(part)))


def is_typed(column: str) -> bool:
    """Whether a name carries the type of a RecBole header: such a cell is never a value.

    >>> is_typed("user_id:token"), is_typed("user_id")
    (True, False)
    """
    return _TYPED_HEADER.search(column.strip()) is not None


def known_names(columns: Iterable[str]) -> int:
    """How many of these cells are names of columns that we know.

    Kinds of things (`book`, `news`) are names and likely values, too: one alone proves no header.

    >>> known_names(["userId", "movieId", "4.5"])
    2
    """
    return sum(is_typed(column) or plain_name(column) in _ALL for column in columns)


_ALL = word_set(*chain.from_iterable(_WORDS.values())) | frozenset(LINK_STARTS)
