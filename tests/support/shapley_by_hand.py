"""Shapley values by their definition, one order and one call at a time."""

from itertools import permutations as all_orders

import numpy as np


def brute_force(predict, row, background):
    """Mean gain of each feature over every order and every background row, one call at a time."""
    n = len(row)
    total = np.zeros(n)
    orders = list(all_orders(range(n)))
    for start in background:
        for order in orders:
            point = start.copy()
            for feature in order:
                before = predict(point[None])[0]
                point[feature] = row[feature]
                total[feature] += predict(point[None])[0] - before
    return total / (len(orders) * len(background))
