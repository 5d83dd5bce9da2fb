"""The network as a drawing: boxes and arrows in DOT."""

from collections.abc import Mapping, Sequence
from typing import Any

from m6rec_core.figures.text import counted, cut
from m6rec_core.figures.theme import Theme


def architecture_dot(layers: Sequence[Mapping[str, Any]], theme: Theme) -> str:
    """The network as DOT text, the input on the left: for `st.graphviz_chart`.

    A layer has `name`, `kind`, `output_shape`, `parameters`, `activation`; with `inputs`, a list of
    layer names, the edges come from there, otherwise from the layer before.
    """
    lines = [
        "digraph network {",
        f'rankdir=LR; bgcolor="transparent"; nodesep=0.3; ranksep=0.35; fontcolor="{theme.text}";',
        f'node [shape=box style="rounded" fontname="sans-serif" fontsize=11 color="{theme.primary}" '
        f'fontcolor="{theme.text}" margin="0.14,0.08"];',
        f'edge [color="{theme.muted}" arrowsize=0.7];',
    ]
    for at, layer in enumerate(layers):
        lines.append(f"{_quoted(str(layer['name']))} [label={_node_label(layer)}];")
        before = [layers[at - 1]["name"]] if at else []
        for source in layer.get("inputs", before):
            lines.append(f"{_quoted(str(source))} -> {_quoted(str(layer['name']))};")
    return "\n".join([*lines, "}"])


def architecture_finding(layers: Sequence[Mapping[str, Any]]) -> str:
    """The finding in a sentence."""
    parameters = sum(int(layer.get("parameters") or 0) for layer in layers)
    return f"{counted(len(layers), 'layer')} with {counted(parameters, 'weight')} in all."


def _node_label(layer: Mapping[str, Any]) -> str:
    kind = str(layer.get("kind") or "")
    activation = layer.get("activation")
    shape = [str(size) for size in layer.get("output_shape") or () if size is not None]
    parameters = int(layer.get("parameters") or 0)
    second = " · ".join(part for part in (kind, " × ".join(shape), activation) if part)
    third = [counted(parameters, "weight")] if parameters else []
    return _quoted("\n".join([cut(str(layer["name"])), second, *third]))


def _quoted(text: str) -> str:
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{safe}"'
