"""A mistake of the caller: exit code 2 and one line that says what, where and how to mend it."""

import pytest

import command_line

HEADER = "user_id,item_id\n"
PAIRS = "".join(f"u{user},i{item}\n" for user in range(6) for item in range(user % 3, 5))


def assert_refused(done, *words):
    """Exit code 2, nothing on standard output, one line on standard error that has these words."""
    assert done.code == 2, done.err
    assert done.out == ""
    assert len(done.error_lines) == 1, done.err
    for word in words:
        assert word in done.error_lines[0]


@pytest.fixture
def events(tmp_path):
    """A small file without faults."""
    path = tmp_path / "events.csv"
    path.write_text(HEADER + PAIRS)
    return path


FILES = {
    "missing column": ("user_id,colour\nann,red\nbob,blue\n", ("item_id",)),
    "empty file": ("", ("events.csv",)),
    "header only": (HEADER, ("events.csv",)),
    "one single user": (HEADER + "ann,a\nann,b\nann,c\n", ("user",)),
}


@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_learned_from_is_refused(events, tmp_path, content, words):
    events.write_text(content)
    assert_refused(command_line.train(events, tmp_path / "run"), *words)
    assert not (tmp_path / "run").exists()


def test_a_missing_file_is_named(tmp_path):
    assert_refused(command_line.train(tmp_path / "nowhere.csv", tmp_path / "run"), "nowhere.csv")


SETTINGS = {
    "unknown key": ("scorer.epoch=3", ("scorer.epoch", "scorer.epochs")),
    "unknown choice": ("scorer.network=forest", ("scorer.network", "mlp")),
    "out of range": ("scorer.epochs=0", ("scorer.epochs", "1")),
    "no number": ("scorer.epochs=many", ("scorer.epochs", "many")),
    "no equals sign": ("seed", ("key=value",)),
    "unmapped column": ("mapping.user_id=visitor", ("visitor",)),
}


@pytest.mark.parametrize(("setting", "words"), SETTINGS.values(), ids=SETTINGS)
def test_a_wrong_setting_is_refused(events, tmp_path, setting, words):
    assert_refused(command_line.train(events, tmp_path / "run", settings=(setting,)), *words)


@pytest.mark.parametrize("command", ["recommend", "score", "evaluate", "explain", "export"])
def test_a_run_that_is_not_there_is_named(events, tmp_path, command):
    words = {
        "recommend": ("--all", "--out", tmp_path / "out.csv"),
        "score": ("--pairs", events, "--out", tmp_path / "out.csv"),
        "evaluate": ("--test", events),
        "explain": ("--user", "u1", "--item", "i1"),
        "export": ("--out", tmp_path / "bundle"),
    }[command]
    assert_refused(command_line.run(command, tmp_path / "no-such-run", *words), "no-such-run")


def test_a_test_file_without_items_is_refused(shop_run, tmp_path):
    (tmp_path / "test.csv").write_text("user_id,colour\nann,red\n")
    done = command_line.run("evaluate", shop_run / "run", "--test", tmp_path / "test.csv")
    assert_refused(done, "item_id")


def test_a_damaged_run_is_refused(shop_run, tmp_path):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in (shop_run / "run").rglob("*"):
        target = damaged / path.relative_to(shop_run / "run")
        target.mkdir() if path.is_dir() else target.write_bytes(path.read_bytes())
    with (damaged / "scorer.tflite").open("r+b") as file:
        file.seek(200)
        file.write(b"damage")
    done = command_line.run("recommend", damaged, "--all", "--out", tmp_path / "out.csv")
    assert_refused(done, "scorer.tflite")
