"""Command lines that are mistakes in the folder of :mod:`tests.search.refused_world`."""

from __future__ import annotations

from typing import NamedTuple

from tests.specials import SPECIALS

FUNCTIONS = {
    "search.run": "run",
    "search.confirm": "confirm",
    "search.replay": "replay",
    "search.init": "init",
    "search.dashboard": "dashboard",
    "reports.build": "build",
    "reports.results": "results",
    "studies.copy": "copy",
    "neumf.train": "command",
    "neumf.recommend": "command",
    "neumf.baselines.__main__": "command",
    "neumf.draws": "command",
}
"""A command's module, and its function there."""

LONG = "9" * 5000
SECRET = "hunter2"


class Mistake(NamedTuple):
    """A command line, and what the line that refuses it must say."""

    command: str
    arguments: tuple[str, ...]
    said: str


def of(command: str, said: str, *arguments: str) -> Mistake:
    return Mistake(command, arguments, said)


def train(said: str, *arguments: str) -> Mistake:
    return of("neumf.train", said, "--data", "blocks.csv", "--candidates", "10", *arguments)


def recommend(said: str, *arguments: str) -> Mistake:
    return of("neumf.recommend", said, *arguments)


def stored(said: str, database: str) -> list[Mistake]:
    """A database, for commands that read one; ``said`` is what the first says."""
    url = f"sqlite:///{database}"
    return [
        of("reports.build", said, "blocks", "--storage", url),
        of("search.replay", "", "blocks", "--trial", "0", "--storage", url),
        of("search.run", "", "blocks.toml", "--storage", url, "--no-report", "--trials", "9"),
    ]


PLACES = [kind.replace(" ", "-") for kind in SPECIALS if kind != "a name that is too long"]
SERVER = f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/db"

MISTAKES = [
    # data files
    *(of("neumf.train", name, "--data", name) for name in PLACES),
    of("neumf.train", "File name too long", "--data", LONG),
    of("neumf.train", "is empty", "--data", "empty.csv"),
    of("neumf.train", "has a header and no rows", "--data", "head.csv"),
    of("neumf.train", "only one column", "--data", "one.csv"),
    of("neumf.train", "only one user (1)", "--data", "lonely.csv"),
    of("neumf.train", "1 row has no user", "--data", "gap.csv"),
    of("neumf.train", "is neither UTF-8 text", "--data", "utf16.csv"),
    of("neumf.train", "is neither UTF-8 text", "--data", "binary.csv"),
    of("neumf.train", "cannot be read (", "--data", "cut.csv.gz"),
    of("neumf.train", "cannot be read as Parquet (", "--data", "bad.parquet"),
    of("neumf.train", "at most 20,000 are read", "--data", "wide.csv"),
    of("neumf.train", "row 3 is not a number", "--data", "long.csv"),
    of("neumf.train", r"\x1b[2J.csv: only one column", "--data", "\x1b[2J.csv"),
    of("neumf.train", "half.test.rating", "--data", "half.train.rating"),
    of("neumf.train", r"data 'caf\udce9.csv': is not UTF-8", "--data", "caf\udce9.csv"),
    of("search.init", r"data 'caf\udce9.csv': is not UTF-8", "caf\udce9.csv"),
    of("neumf.train", "~no-such/x.csv: no such file", "--data", "~no-such/x.csv"),
    of("neumf.train", "did you mean 'ml-100k'", "--data", "ml-100K"),
    of("neumf.train", "give a data set's name or a file", "--data", " "),
    of("search.init", "is empty", "empty.csv", "--output", "new.toml"),
    of("search.init", "no such file", "nowhere.csv"),
    of("search.init", "File name too long", LONG),
    of("search.init", "is already there", "blocks.csv"),
    of("search.init", "must end in .toml", "blocks.csv", "--output", "blocks.txt"),
    of("search.init", "is a directory", "blocks.csv", "--output", "folder.toml"),
    of(
        "search.init", "no column 'who'", "blocks.csv", "--output", "n.toml", "--user-column", "who"
    ),
    of("neumf.baselines.__main__", "is empty", "--data", "empty.csv"),
    of("neumf.draws", "only one user", "--data", "lonely.csv"),
    of("search.run", "nowhere.csv: no such file", "blocks.toml", "--data", "nowhere.csv"),
    # arguments
    train("no column 'who' among", "--user-column", "who"),
    train("neither a header nor a position", "--user-column", LONG),
    train("user = 9, but its columns are 0 to 2", "--user-column", "9"),
    train("needs a rating column", "--min-rating", "4"),
    train("must be a finite number", "--min-rating", "nan"),
    train("--min-rating", "--min-rating", "four"),
    train("must be a positive number", "--candidates", "0"),
    train("must be a positive number", "--candidates", LONG),
    train("has only 40 items", "--candidates", "40"),
    train("--seed", "--seed", LONG),
    train("--seed", "--seed", "1.5"),
    train("epochs = 0", "--epochs", "0"),
    train("lr = nan", "--lr", "nan"),
    train("lr = -1.0", "--lr", "-1"),
    train("dropout = 1.0", "--dropout", "1"),
    train("must be even", "--predictive-factors", "7"),
    train("batch_size = 10000000000", "--batch-size", "10000000000"),
    train("mlp_layers = 99", "--mlp-layers", "99"),
    train("is not one of 'adam', 'sgd'", "--optimizer", "sdg"),
    train("unknown engine", "--engine", "fast"),
    train("unknown device", "--device", "tpu"),
    train("--split", "--split", "loo"),
    train("Did you mean one of: '--epochs'", "--epoch", "3"),
    train("unexpected extra argument", "more"),
    train("Not a directory", "--save", "blocks.csv"),
    train(r"holds '\x1b[2J.csv'", "--save", "."),
    train("Not a directory", "--save", "a-pipe"),
    train("symbolic links", "--save", "a-link-to-itself"),
    of("neumf.draws", "--draws", "--data", "blocks.csv", "--draws", "1"),
    of("search.run", "--trials 0", "blocks.toml", "--trials", "0"),
    of("search.run", "--trials", "blocks.toml", "--trials", LONG),
    of("search.run", "--workers 100000", "blocks.toml", "--workers", "100000"),
    of("search.run", "--timeout nan", "blocks.toml", "--timeout", "nan"),
    of("search.run", "seed = -1", "blocks.toml", "--seed", "-1"),
    of("search.run", "--memory-per-trial", "blocks.toml", "--memory-per-trial", "lots"),
    of("search.run", "name = ''", "blocks.toml", "--name", ""),
    of("search.confirm", "--top 0", "blocks.toml", "--top", "0"),
    of("search.confirm", "--seeds 1", "blocks.toml", "--seeds", "1"),
    of("search.confirm", "to confirm", "blocks.toml", "--storage", "sqlite:///none.db"),
    of("search.replay", "--trial", "blocks.toml"),
    of("search.replay", "99", "blocks", "--trial", "99", "--storage", "sqlite:///studies.db"),
    of("search.dashboard", "--port", "--port", "70000"),
    of("search.dashboard", "did you mean", "block", "--storage", "sqlite:///studies.db"),
    of("reports.build", "name studies, or ask for all", "--all", "blocks"),
    of("reports.build", "no study", "--all", "--storage", "sqlite:///none.db"),
    of("reports.results", "is sealed", "blocks", "--storage", "sqlite:///studies.db"),
    # the search's own
    *(
        of("search.run", said, "blocks.toml", *arguments)
        for said, *arguments in (
            ("--trials -3", "--trials", "-3"),
            ("many", "--trials", "many"),
            ("--workers 0", "--workers", "0"),
            ("--epochs 0", "--epochs", "0"),
            ("--timeout -1", "--timeout", "-1"),
            ("--checkpoint-every nan", "--checkpoint-every", "nan"),
            ("--checkpoint-every -1", "--checkpoint-every", "-1"),
            ("--checkpoints blocks.csv: is a file", "--checkpoints", "blocks.csv"),
            ("--twins -1", "--twins", "-1"),
            ("'--twins': '1.5'", "--twins", "1.5"),
            ("--twins 100000", "--twins", "100000"),
            ("--audit -1", "--audit", "-1"),
            ("is not UTF-8", "--data", "caf\udce9.csv"),
            ("is not UTF-8", "--user-column", "caf\udce9"),
            ("fast", "--engine", "fast"),
            ("tpu", "--device", "tpu"),
            ("cuda", "--device", "cuda", "--engine", "fused"),
            ("--trials", "--trails", "3"),
            ("did you mean 'ml-100k'", "--data", "ml-100K"),
            ("is empty", "--data", "empty.csv"),
            ("only one item ('i1')", "--data", "same.csv"),
            ("bad.parquet", "--data", "bad.parquet"),
            ("sqlite:///results.db", "--storage", "results.db"),
            ("/proc", "--storage", "sqlite:////proc/here/x.db"),
        )
    ),
    # definitions
    of("search.run", "not valid TOML", "cut.toml"),
    of("search.run", "did you mean 'protocol'", "misspelt.toml"),
    of("search.run", "not valid TOML", "deep.toml"),
    of("search.run", "Larger than 65,536 bytes", "large.toml"),
    of("search.run", "not valid TOML", "latin.toml"),
    of("search.run", "must be even", "odd.toml"),
    of("search.run", "swap them", "swapped.toml"),
    of("search.run", "did you mean 'dropout'", "droput.toml"),
    of("search.run", "patience = 0", "impatient.toml"),
    of("search.run", "candidates = -1", "negative.toml"),
    of("search.run", "lr = inf", "endless.toml"),
    of("search.run", "has only 40 items", "many.toml"),
    of("search.run", "no such file", "elsewhere.toml"),
    of("search.run", r"blocks\x00.csv'", "nul.toml"),
    of("search.run", "no such file", f"{LONG}.toml"),
    of("search.run", "no such file", "./a-pipe"),
    of("search.run", "no such file", "./a-device-that-never-ends"),
    of("search.run", "unknown study", ""),
    of("search.run", r"unknown study '\x1b[2J'", "\x1b[2J"),
    # databases
    *(
        of("search.run", word, "blocks.toml", "--storage", f"sqlite:///{place}", "--trials", "1")
        for place, word in (
            ("a-folder", "folder"),
            ("a-pipe", "Not a regular file"),
            ("a-device-that-never-ends", "Not a regular file"),
            ("a-link-to-itself", "symbolic links"),
            ("blocks.csv", "not an SQLite database"),
            ("blocks.csv/x.db", "blocks.csv"),
            (LONG, "File name too long"),
            ("short.db", "not an SQLite database"),
            ("photos.db", "another program's database"),
            ("a.db?timeout=1", "takes no options"),
            ("~/a.db", "is not expanded"),
        )
    ),
    *(stored("not made by this program", "no-attribute.db")),
    *(stored("not as this program writes it", "broken-json.db")),
    *(stored("not as this program writes it", "list.db")),
    *(stored("no-column", "no-column.db")),
    *(stored("newer", "newer.db")),
    *(stored("no-values.db", "no-values.db")),
    *(stored("not as this program writes it", "state.db")),
    *(stored("cut.db", "cut.db")),
    *(stored("noise.db", "noise.db")),
    of("studies.copy", "holds no studies", "sqlite:///none.db", "sqlite:///new.db"),
    of("studies.copy", "already in", "sqlite:///studies.db", "sqlite:///studies.db"),
    of("studies.copy", "no such column", "sqlite:///no-column.db", "sqlite:///new.db"),
    of("studies.copy", "state.db", "sqlite:///state.db", "sqlite:///new.db"),
    of("studies.copy", "did you mean", "sqlite:///studies.db", "sqlite:///new.db", "block"),
    *(
        of(command, "me:***@", *arguments, "--storage", SERVER)
        for command, *arguments in (
            ("search.run", "blocks.toml"),
            ("search.replay", "blocks", "--trial", "0"),
            ("search.dashboard",),
            ("reports.build", "--all"),
        )
    ),
    of("search.run", "***", "blocks.toml", "--storage", f"postgres://me:{SECRET}@h/db"),
    of("search.run", "***", "blocks.toml", "--storage", f"mysql://me:{SECRET}@h/db"),
    of("search.run", "%40", "blocks.toml", "--storage", f"postgresql+psycopg://me:a@{SECRET}@h/d"),
    # saved models
    *(recommend(name, name) for name in PLACES),
    recommend("File name too long", LONG),
    recommend("its SHA-256 differs", "cut"),
    recommend("was changed after it was saved", "edited"),
    recommend("is missing; the model is not whole", "alone"),
    recommend("unknown user 99", "model", "--user", "99"),
    recommend("unknown user", "model", "--user", LONG),
    recommend("unknown item", "model", "--similar", LONG),
    recommend("whole numbers here", "model", "--user", "\x1b[2J"),
    recommend("top = 0", "model", "--user", "1", "--top", "0"),
    recommend("--all needs --output", "model", "--all"),
    recommend("must end in .csv or .parquet", "model", "--all", "--output", "x.txt"),
    recommend("one of --user, --all and --similar", "model", "--user", "1", "--similar", "1"),
    *(
        recommend(place, "model", "--user", "1", "--titles", place)
        for place in (*PLACES, "empty.csv", "blocks.csv", "wide.csv", "bad.parquet")
    ),
]
