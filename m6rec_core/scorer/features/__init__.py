"""The named inputs of the scorer, one family of features per file."""

from m6rec_core.scorer.features.feature import Feature

__all__ = ["Feature"]
