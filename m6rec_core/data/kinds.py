"""Kinds of behaviour in the spellings of many systems, and what one event of each usually weighs."""

from collections.abc import Mapping
from dataclasses import dataclass

from m6rec_core import schema
from m6rec_core.data.aliases import plain_name


@dataclass(frozen=True)
class Kind:
    """One kind of behaviour: what an event of it says of the taste, and how systems spell it.

    `weight` 0: it says nothing; below 0: it speaks against the item. `spellings` are plain names.
    """

    weight: float
    spellings: tuple[str, ...]


_SPELLINGS: Mapping[str, tuple[float, str]] = {
    schema.VIEW: (
        1,
        "view views viewed pv pageview viewitem detailpageview browse productview "
        "productdetailview detail visit open 浏览 ansicht vue",
    ),
    "click": (1, "click clicks clicked tap select selectitem clk 点击"),
    "play": (
        1,
        "play plays played playstart listen listened stream watch 播放 watched mediaplay "
        "read reads dwell",
    ),
    "complete": (3, "complete completed mediacomplete playcomplete finish finished playend"),
    schema.CART: (
        3,
        "cart carts addtocart cartadd addcart basket addtobasket atc begincheckout "
        "checkout 加购 warenkorb panier carrito",
    ),
    "favourite": (
        3,
        "fav favs favorite favourite addtofavorites wishlist addtowishlist bookmark "
        "bookmarked save saved collect star 收藏",
    ),
    "like": (3, "like likes liked thumbsup upvote love heart 点赞"),
    "share": (4, "share shares shared retweet repost forward 分享"),
    "comment": (3, "comment comments commented reply review reviewed 评论"),
    "follow": (4, "follow follows followed subscribe subscribed join 关注"),
    "install": (4, "install installed download downloaded signup register"),
    schema.PURCHASE: (
        5,
        "purchase purchases purchased purchasecomplete buy buys bought order orders "
        "ordered transaction transactions conversion conversions convert sale sold rent "
        "rented booked booking 购买 下单 kauf achat compra",
    ),
    schema.RATING: (5, "rating ratings rate rated 评分"),
    schema.INTERACTION: (5, "interaction interactions"),
    "impression": (
        0,
        "impression impressions impressed exposure exposures exposed expose show shown "
        "display displayed viewitemlist imp 曝光",
    ),
    "dislike": (
        -1,
        "dislike dislikes disliked thumbsdown downvote hide hidden block blocked mute "
        "report notinterested hate 不感兴趣 点踩",
    ),
    "skip": (-1, "skip skips skipped skipnext 跳过"),
    "undo": (
        -1,
        "undo unlike unfollow unsubscribe uninstall unfavorite unfavourite unfav "
        "removefromwishlist unsave unstar 取消收藏 取消关注",
    ),
    "remove_from_cart": (
        -1,
        "removefromcart cartremove removecart deletefromcart removefrombasket",
    ),
    "cancellation": (
        -1,
        "cancellation cancellations cancel cancelled canceled cancelorder return returns "
        "returned refund refunds refunded 退货 退款 取消",
    ),
    "low_rating": (-1, "lowrating lowratings"),
}
KINDS: Mapping[str, Kind] = {
    name: Kind(weight, tuple(words.split())) for name, (weight, words) in _SPELLINGS.items()
}
UNKNOWN_KIND_WEIGHT = 1.0
_KIND_OF: Mapping[str, str] = {
    spelling: name for name, kind in KINDS.items() for spelling in kind.spellings
}
_SPELLED_OUT = (
    *("add_to_cart", "add_to_wishlist", "remove_from_cart", "page_view", "view_item", "low_rating"),
    *("begin_checkout", "thumbs_up", "thumbs_down", "not_interested"),
)
USUAL_WEIGHTS: Mapping[str, float] = {
    spelling: KINDS[_KIND_OF[plain_name(spelling)]].weight
    for spelling in (*_KIND_OF, *_SPELLED_OUT)
}


def known_kind(name: str) -> str:
    """The kind of behaviour that an event's name spells; empty when it is none that we know.

    >>> known_kind("AddToCart"), known_kind("pv"), known_kind("teleport")
    ('cart', 'view', '')
    """
    return _KIND_OF.get(plain_name(name), "")


def usual_weight(name: str) -> float:
    """What an event of this name weighs when the analyst has not said so; 1 for an unknown one.

    >>> usual_weight("Purchase Complete"), usual_weight("exposure"), usual_weight("teleport")
    (5.0, 0.0, 1.0)
    """
    kind = known_kind(name)
    return float(KINDS[kind].weight) if kind else UNKNOWN_KIND_WEIGHT


def weight_of(name: str, given: Mapping[str, float]) -> float:
    """The weight that was given for this name, else for the kind that it spells, else the usual one.

    >>> weight_of("AddToCart", {"cart": 4.0}), weight_of("addtocart", {"addtocart": 2.0, "cart": 4.0})
    (4.0, 2.0)
    """
    if name in given:
        return given[name]
    kind = known_kind(name)
    return given[kind] if kind in given else usual_weight(name)
