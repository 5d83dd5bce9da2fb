"""M6-Rec: recommendation from similarities, with a neural scorer and explanations that are measured."""

__version__ = "0.1.0"

# For processes that compute: no chatter of the libraries, and equal sums on every run
LIBRARY_ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
