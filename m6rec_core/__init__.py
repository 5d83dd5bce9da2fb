"""M6-Rec: recommendation from similarities, with a neural scorer and explanations that are measured."""

import os

__version__ = "0.1.0"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is opened anywhere
