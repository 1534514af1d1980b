"""``python -m neumf.recommend``: a saved model at work."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.model.parameters import Architecture
from neumf.protocol.problem import ItemSets
from neumf.recommend import command
from neumf.saved_model import output, recommender
from neumf.saved_model.contents import SavedModel
from neumf.saved_model.display import describe
from neumf.saved_model.folder import MANIFEST, TENSORS, write
from neumf.saved_model.recommender import Recommender
from tests.neumf.commands import Command, commanded
from tests.neumf.saved_model.models import FACTS, JSON, objects, random_model

SHAPE = Architecture(n_users=5, n_items=8, predictive_factors=4, mlp_layers=1)
WELL_KNOWN = {
    "trained_on": "the training part of the split",
    "metrics": {
        "validation": {"nDCG@10": 0.41234},
        "test": {"nDCG@10": {"mean": 0.4, "low": 0.38, "high": 0.42}},
    },
    "data": {"terms": "free for research"},
}
TITLES = objects([f"Film {k}, The" for k in range(6)] + ["", "bell\a"])
MODEL = random_model(SHAPE, titles=TITLES, facts=WELL_KNOWN)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """The command, in a folder with the model ``m``, and ``words`` whose ids are strings."""
    monkeypatch.chdir(tmp_path)
    write(Path("m"), MODEL)
    names = objects(["alice", "bob", "carol", "dan", "7"])
    items = objects([f"i{k}" for k in range(8)])
    write(Path("words"), random_model(SHAPE, user_ids=names, item_ids=items))
    return commanded(command, "neumf.recommend", monkeypatch, capsys)


def lines_of(model: SavedModel, user: int, k: int) -> list[str]:
    table = Recommender(model).recommend(user, k)
    assert table.titles is not None
    rows = zip(table.ranks, table.scores, table.items, table.titles, strict=True)
    width = max(len(str(item)) for item in table.items)
    return [
        f"{rank:4d}  {score:9.4f}  {item!s:<{width}}  {title}".rstrip()
        for rank, score, item, title in rows
    ]


def test_it_prints_a_list_a_user_with_titles(run: Command) -> None:
    said = run("m", "--user", "2", "--user", "1", "--top", "3")
    assert (said.code, said.err) == (0, [])
    expected = ["user 2", *lines_of(MODEL, 2, 3), "user 1", *lines_of(MODEL, 1, 3)]
    assert said.out == [line.replace("\a", r"\x07") for line in expected]


def test_a_terminal_is_not_obeyed(run: Command) -> None:
    """A title may hold anything."""
    said = run("m", "--user", "1", "--user", "2", "--user", "3", "--top", "8")
    assert any(line.endswith(r"bell\x07") for line in said.out)


def test_ids_are_what_they_are_in_the_data(run: Command) -> None:
    """7 is a string where others are."""
    said = run("words", "--user", "7", "--top", "1")
    item = Recommender.load("words").recommend("7", 1).items[0]
    assert said.out[0] == "user 7"
    assert item in said.out[1]


def test_items_alike(run: Command) -> None:
    said = run("m", "--similar", "10", "--similar", "20", "--top", "2")
    table = Recommender(MODEL).similar([10, 20], 2)
    assert said.out[0] == "like item 10"
    assert said.out[3] == "like item 20"
    found = [line.split()[2] for line in said.out if not line.startswith("like")]
    assert found == [str(item) for item in table.items]


def test_titles_may_come_from_a_file(run: Command) -> None:
    """In the place of the model's."""
    Path("items.csv").write_text("item,title\n" + "".join(f"i{k},Song {k}\n" for k in range(8)))
    said = run("words", "--user", "bob", "--top", "1", "--titles", "items.csv")
    item = Recommender.load("words").recommend("bob", 1).items[0]
    assert said.out[1].endswith(f"  {item}  Song {item[1:]}")
    said = run("m", "--user", "1", "--titles", "items.csv")
    assert (said.code, len(said.err)) == (2, 1)


def test_json_is_the_last_line(run: Command) -> None:
    for flag, of, table in (
        ("--user", "user", Recommender(MODEL).recommend(2, 3)),
        ("--similar", "like", Recommender(MODEL).similar(2 * 10, 3)),
    ):
        owner = 2 if of == "user" else 20
        summary = json.loads(run("m", flag, str(owner), "--top", "3", "--json").out[-1])
        (found,) = summary["lists"]
        assert found[of] == owner
        assert [row["item"] for row in found["items"]] == table.items.tolist()
        assert [row["score"] for row in found["items"]] == table.scores.tolist()
        assert [row["rank"] for row in found["items"]] == [1, 2, 3]
    assert json.loads(run("m", "--json").out[-1]) == {"facts": WELL_KNOWN}


def test_without_a_question_it_says_what_the_model_is(run: Command) -> None:
    assert run("m").out == [
        "m: <NeuMF of made up: 5 users, 8 items>",
        "trained on the training part of the split",
        "validation nDCG@10 0.4123",
        "test nDCG@10 0.4000 [0.3800, 0.4200]",
        "terms: free for research",
    ]
    assert run("words").out == ["words: <NeuMF of made up: 5 users, 8 items>"]


@given(FACTS | st.fixed_dictionaries({"metrics": JSON, "data": JSON, "trained_on": JSON}))
def test_whatever_its_facts_are_it_is_described(facts: dict[str, Any]) -> None:
    """Nothing in them is a traceback, or moves the cursor."""
    with redirect_stdout(io.StringIO()) as out:
        describe(Recommender(replace(MODEL, facts=facts)), Path("m"))
    assert all(line.isprintable() for line in out.getvalue().split("\n"))


class TestEveryone:
    """``--all --output FILE``."""

    @pytest.mark.parametrize("model", ["m", "words"])
    def test_csv_and_parquet_hold_what_the_lists_hold(self, model: str, run: Command) -> None:
        for name in ("lists.csv", "lists.parquet"):
            said = run(model, "--all", "--output", name, "--top", "4", "--json")
            assert (said.code, said.err) == (0, [])
            asked = Recommender.load(model)
            expected = asked.recommend(asked.user_ids, 4).frame()
            assert said.out[0].startswith(f"5 users, {len(expected)} rows in {name}: ")
            assert said.out[0].endswith(" users a second")
            summary = json.loads(said.out[-1])
            assert (summary["users"], summary["rows"]) == (5, len(expected))
        ids = {"user": asked.user_ids.dtype, "item": asked.item_ids.dtype}
        csv = pd.read_csv("lists.csv", dtype=ids, keep_default_na=False)
        parquet = pd.read_parquet("lists.parquet")
        for frame in (csv, parquet):
            pd.testing.assert_frame_equal(frame, expected, check_dtype=False, rtol=1e-6)
        assert (csv["score"].to_numpy(np.float32) == parquet["score"].to_numpy()).all()

    def test_interrupted_leaves_the_old_file_and_nothing_else(
        self, run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        Path("lists.csv").write_text("old")

        class Interrupted:
            def __init__(self, path: Path, _: object) -> None:
                path.write_text("half")

            def write_table(self, _: object) -> None:
                raise KeyboardInterrupt

        monkeypatch.setitem(output.WRITERS, ".csv", Interrupted)
        assert run("m", "--all", "--output", "lists.csv").code == 130
        assert Path("lists.csv").read_text() == "old"
        assert {path.name for path in tmp_path.iterdir()} == {"m", "words", "lists.csv"}

    def test_users_without_a_list_may_come_first(
        self, run: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Those who have seen everything, a block of their own."""
        seen = ItemSets(np.array([0, 8, 8, 8, 8, 8]), np.arange(8, dtype=np.int32))
        words = Recommender.load("words").model
        write(Path("words"), replace(words, seen=seen))
        monkeypatch.setattr(recommender, "BLOCK", 1)
        for name in ("lists.csv", "lists.parquet"):
            assert run("words", "--all", "--output", name, "--top", "1").code == 0
        users = ["bob", "carol", "dan", "7"]
        assert pd.read_csv("lists.csv")["user"].tolist() == users
        assert pd.read_parquet("lists.parquet")["user"].tolist() == users

    def test_chosen_lists_too_can_be_a_file(self, run: Command) -> None:
        assert run("m", "--user", "3", "--top", "2", "--output", "one.csv").code == 0
        assert pd.read_csv("one.csv")["user"].tolist() == [3, 3]
        assert run("m", "--similar", "20", "--top", "2", "--output", "two.csv").code == 0
        assert pd.read_csv("two.csv")["like"].tolist() == [20, 20]


def test_an_unknown_user_gets_what_is_popular_if_asked_for(run: Command) -> None:
    said = run("words", "--user", "zoe", "--user", "bob", "--fallback", "--top", "2")
    assert said.code == 0
    assert said.out[0] == "user zoe is unknown: what most users have seen, and how many"
    assert said.out[1] == "user zoe"
    seen = Recommender.load("words").model.seen
    most = int(np.bincount(seen.items, minlength=8).max())
    assert said.out[2].split()[:2] == ["1", f"{most}.0000"]


def test_unknown_users_of_any_kind_can_be_written(run: Command) -> None:
    """Numbers beyond 64 bits and words, where ids are numbers."""
    users = ["--user", "9" * 30, "--user", "bob", "--user", "1"]
    assert run("m", *users, "--fallback", "--top", "1").code == 0
    assert run("m", *users, "--fallback", "--top", "1", "--output", "a.parquet").code == 0
    assert pd.read_parquet("a.parquet")["user"].tolist() == ["9" * 30, "bob", "1"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("none --user 1", "none: holds no model (there is no none/model.json)"),
        ("m --user 9", "unknown user 9: the model knows 5 users, 1 to 5; with fallback"),
        ("m --user bob", "unknown user 'bob': user ids are whole numbers here, such as 1; with"),
        ("words --user bop", "unknown user 'bop'; did you mean 'bob'?; with fallback"),
        ("words --similar x9", "unknown item 'x9'"),
        ("m --user 1 --top 0", "top = 0: must be at least 1"),
        ("m --all", "--all needs --output FILE.csv or FILE.parquet"),
        ("m --all --user 1 --output a.csv", "give one of --user, --all and --similar"),
        ("m --user 1 --similar 10", "give one of --user, --all and --similar"),
        ("m --all --output a.txt", "output = 'a.txt': must end in .csv or .parquet"),
        ("m --all --output d.csv", "d.csv: is a directory; give a file in it"),
        ("m --all --output m/model.json/a.csv", "a.csv: cannot be written"),
        ("cut --user 1", "cut/model.safetensors: is not the file that was saved"),
        ("bad --user 1", "bad/model.json: is not JSON"),
        ("m --users 1", "No such option '--users'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments: str, line: str, run: Command) -> None:
    """And nothing is written."""
    Path("d.csv").mkdir()
    for name, file in (("cut", TENSORS), ("bad", MANIFEST)):
        write(Path(name), MODEL)
        path = Path(name) / file
        path.write_bytes(path.read_bytes()[:-9])
    before = {str(path) for path in Path().rglob("*")}
    said = run(*arguments.split())
    assert (said.code, said.out) == (2, [])
    (error,) = said.err
    assert error.startswith("error: ")
    assert line in error
    assert {str(path) for path in Path().rglob("*")} == before
