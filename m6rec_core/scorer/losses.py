"""What training makes small, over lists of items: one list per user, with a mark on the held-out items."""

from collections.abc import Callable, Mapping
from typing import Any

import keras


def listwise_softmax(scores: Any, is_positive: Any, in_list: Any) -> Any:
    """Mean cross-entropy between the softmax over a user's list and the user's positives.

    `scores`, `is_positive` and `in_list` are (users, slots) floats, the last two of 0 and 1. Each user
    counts once, whatever the number of positives; users without a positive in the list count nothing.
    Source: Cao et al., "Learning to rank: from pairwise approach to listwise approach", ICML 2007.
    """
    ops = keras.ops
    masked = scores - (1.0 - in_list) * 1e9
    log_share = masked - ops.logsumexp(masked, axis=1, keepdims=True)
    positives = is_positive * in_list
    count = ops.sum(positives, axis=1)
    per_user = -ops.sum(log_share * positives, axis=1) / ops.maximum(count, 1.0)
    return ops.sum(per_user) / ops.maximum(ops.sum(ops.cast(count > 0, scores.dtype)), 1.0)


def cross_entropy(scores: Any, is_positive: Any, in_list: Any) -> Any:
    """Mean over the pairs in the lists of the cross-entropy of sigmoid(score) and the mark."""
    ops = keras.ops
    # log(1 + e^s) - s·y, written so that large scores do not overflow
    each = ops.softplus(scores) - scores * is_positive
    return ops.sum(each * in_list) / ops.maximum(ops.sum(in_list), 1.0)


def squared_error(scores: Any, is_positive: Any, in_list: Any) -> Any:
    """Mean over the pairs in the lists of the squared distance of the score from the mark, 0 or 1."""
    ops = keras.ops
    each = ops.square(scores - is_positive)
    return ops.sum(each * in_list) / ops.maximum(ops.sum(in_list), 1.0)


def rating_error(predicted: Any, rating: Any, has_rating: Any) -> Any:
    """Mean squared error of normalised ratings over the slots that have one; 0 when none has."""
    return squared_error(predicted, rating, has_rating)


OF_LISTS: Mapping[str, Callable[[Any, Any, Any], Any]] = {
    "listwise": listwise_softmax,
    "cross_entropy": cross_entropy,
    "squared_error": squared_error,
}
