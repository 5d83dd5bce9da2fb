"""The command line: `python -m m6rec_core COMMAND …`; `--help` explains each command."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from m6rec_core import commands
from m6rec_core.config import options
from m6rec_core.errors import M6RecError

MISTAKE = 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the words in one line."""

    def error(self, message: str) -> "argparse.NoReturn":  # type: ignore[name-defined]
        self.exit(MISTAKE, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it is done, 2 with one line on standard error when it cannot be."""
    given = _parser().parse_args(words)
    try:
        given.run(given)
    except M6RecError as error:
        return _refuse(" ".join(str(error).split()))
    except KeyboardInterrupt:
        return _refuse("Stopped; nothing was written.")
    except MemoryError:
        return _refuse("The memory was not enough. Use fewer candidates, or a part of the data.")
    except BrokenPipeError:
        sys.stderr.close()
        return MISTAKE
    except OSError as error:
        return _refuse(f"'{error.filename}': {error.strerror}. Check the path and the disk.")
    return 0


def _refuse(line: str) -> int:
    print(line, file=sys.stderr)
    return MISTAKE


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m m6rec_core",
        description="Recommendation from similarities, with a neural scorer and measured explanations.",
        epilog="Tables are csv, tsv, jsonl or parquet; '.gz' may follow.",
    )
    kinds = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(kinds)
    _add_tune(kinds)
    _add_recommend(kinds)
    _add_score(kinds)
    _add_evaluate(kinds)
    _add_explain(kinds)
    _add_export(kinds)
    return parser


def _command(
    kinds: "argparse._SubParsersAction[_Parser]", name: str, help: str
) -> argparse.ArgumentParser:
    parser = kinds.add_parser(
        name, help=help, description=help, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=getattr(commands, name))
    if name not in ("train", "tune"):
        parser.add_argument("folder", type=Path, metavar="DIR", help="a run directory")
    return parser


def _add_train(kinds: "argparse._SubParsersAction[_Parser]") -> None:
    parser = _command(kinds, "train", "Learn from a table of interactions; write a run directory.")
    _add_data_and_options(parser)
    parser.add_argument(
        "--run", dest="folder", type=Path, required=True, metavar="DIR", help="must not exist yet"
    )
    _add_json(parser)


def _add_tune(kinds: "argparse._SubParsersAction[_Parser]") -> None:
    parser = _command(
        kinds, "tune", "Search options that do better on validation; the test is never looked at."
    )
    _add_data_and_options(parser)
    parser.add_argument("--trials", type=int, default=30, help="settings to try (default 30)")
    parser.add_argument(
        "--sampler",
        default="tpe",
        help="tpe (Bayesian, default), nsga2 (genetic) or random",
    )
    parser.add_argument(
        "--parts",
        default="similarity,features,network",
        help="what is searched (default similarity,features,network)",
    )
    parser.add_argument(
        "--second-goal",
        metavar="GOAL",
        help="novelty or latency beside accuracy: gives a front instead of one best trial",
    )
    parser.add_argument(
        "--pruning",
        default="median",
        help="median (default), hyperband or none: stop trials that fall behind",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="new, or of the same tuning: it goes on",
    )
    _add_json(parser)


def _add_data_and_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--interactions", type=Path, nargs="+", required=True, metavar="F", help="events"
    )
    parser.add_argument("--users", type=Path, nargs="+", metavar="F", help="attributes of users")
    parser.add_argument("--items", type=Path, nargs="+", metavar="F", help="attributes of items")
    parser.add_argument("--links", type=Path, nargs="+", metavar="F", help="links between users")
    parser.add_argument("--config", type=Path, metavar="F.toml", help="options as a TOML file")
    parser.add_argument(
        "--set",
        dest="settings",
        nargs="+",
        action="extend",
        default=[],
        metavar="key=value",
        help="options of the list below; they win over the file",
    )
    parser.epilog = "options of --set and --config:\n" + "\n".join(_option_lines())


def _option_lines() -> list[str]:
    return [
        f"  {key} = {about.default!r}\n      {about.metadata['help']}" for key, about in options()
    ]


def _add_recommend(kinds: "argparse._SubParsersAction[_Parser]") -> None:
    parser = _command(kinds, "recommend", "Write the best items of users, ranked.")
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--all", action="store_true", help="every user of the training data")
    who.add_argument("--users", type=Path, metavar="F", help="a table with a column of user ids")
    parser.add_argument("-n", type=int, default=20, help="items per user (default 20)")
    parser.add_argument("--include-seen", action="store_true", help="also items of the history")
    _add_out(parser)


def _add_score(kinds: "argparse._SubParsersAction[_Parser]") -> None:
    parser = _command(kinds, "score", "Score single pairs of user and item.")
    parser.add_argument(
        "--pairs", type=Path, required=True, metavar="F", help="table with user_id and item_id"
    )
    _add_out(parser)


def _add_evaluate(kinds: "argparse._SubParsersAction[_Parser]") -> None:
    parser = _command(
        kinds, "evaluate", "Measure on held-out events: full ranking, seen items masked."
    )
    parser.add_argument("--test", type=Path, required=True, metavar="F", help="held-out events")
    parser.add_argument("--k", default="10,20", help="lengths of the lists (default 10,20)")
    _add_json(parser)


def _add_explain(kinds: "argparse._SubParsersAction[_Parser]") -> None:
    parser = _command(kinds, "explain", "Say why an item is recommended to a user.")
    parser.add_argument("--user", required=True, metavar="U", help="user id")
    parser.add_argument("--item", required=True, metavar="I", help="item id")
    _add_json(parser)


def _add_export(kinds: "argparse._SubParsersAction[_Parser]") -> None:
    parser = _command(
        kinds,
        "export",
        "Write a bundle that serves without TensorFlow: light model, features, ids.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="BUNDLE", help="a new folder")


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="F", help="table to write")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document and nothing else"
    )


if __name__ == "__main__":
    sys.exit(main())
