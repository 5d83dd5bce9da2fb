"""M6-Rec: recommendation from similarities, with a neural scorer and explanations that are measured."""

import os

__version__ = "0.1.0"

# before TensorFlow is opened anywhere: no chatter, and sums in the same order on every run
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
