"""Options of the smallest training that still has every part of a run."""

TINY = {
    "seed": 1,
    "split.strategy": "leave_last_out",
    "scorer.epochs": 2,
    "scorer.hidden": "8",
    "ranking.candidates": 30,
    "similarity.measure": "degree",
    "explanation.background": 20,
    "explanation.permutations": 4,
    "explanation.sample": 20,
}
