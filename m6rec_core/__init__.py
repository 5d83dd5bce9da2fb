"""M6-Rec: recommendation from similarities, with a neural scorer and explanations that are measured."""

__version__ = "0.1.0"
