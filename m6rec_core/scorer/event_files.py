"""The learning curve as event files, which TensorBoard shows: `tensorboard --logdir RUN/tensorboard`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.framework.summary_pb2 import SummaryMetadata

from m6rec_core.scorer.training_state import Epoch

# what the library of TensorBoard, which is not needed to write, calls a scalar
_SCALAR = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))


class EventFiles:
    """Writes each epoch of a curve once, however often the whole curve is told."""

    def __init__(self, folder: Path) -> None:
        self._writer = tf.summary.create_file_writer(str(folder))
        self._written = 0

    def __call__(self, epochs: Sequence[Epoch]) -> None:
        """Adds the epochs that are not in the file yet: loss, validation NDCG@10 and seconds."""
        with self._writer.as_default():
            for epoch in epochs[self._written :]:
                for name, value in (
                    ("loss", epoch.loss),
                    ("validation ndcg@10", epoch.validation_ndcg),
                    ("seconds", epoch.seconds),
                ):
                    if np.isfinite(value):
                        tf.summary.write(
                            name, tf.constant(value, tf.float32), epoch.epoch, metadata=_SCALAR
                        )
        self._written = len(epochs)
        self._writer.flush()
