"""The catalogue: MovieLens data sets by name, fetched once and kept in the cache directory.

F. Maxwell Harper and Joseph A. Konstan (2015). The MovieLens Datasets: History and Context.
ACM Transactions on Interactive Intelligent Systems 5(4), 19.
"""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from neumf.data.download import DownloadProgress, download
from neumf.data.files import CACHE_VARIABLE, cache_dir
from neumf.errors import UserError
from neumf.files import replacing

GROUPLENS = "https://files.grouplens.org/datasets/movielens"

LICENCE = (
    "GroupLens: free for research, not to be redistributed, commercial use only with permission;"
    " cite Harper and Konstan (2015), doi:10.1145/2827872"
)


@dataclass(frozen=True)
class TitleFile:
    """Where the titles are: rows of an id, a title and more."""

    member: str  # of the archive
    delimiter: str
    encoding: str = "utf-8"
    has_header: bool = True
    year: int | None = None  # the column of the year, if it is not in the title
    sha256: str | None = None  # of its own, where the archive's is not known; and so
    size: int | None = None

    def read(self, content: bytes) -> list[tuple[str, str]]:
        """Ids and titles.

        Raises:
            ValueError: not the file that was expected.
        """
        if self.sha256 not in (None, hashlib.sha256(content).hexdigest()):
            raise ValueError(f"{self.member}: another file")
        text = content.decode(self.encoding)
        if self.delimiter == ",":
            rows = list(csv.reader(io.StringIO(text, newline="")))
        else:
            rows = [line.split(self.delimiter) for line in text.split("\n") if line]
        return [(row[0], self._title(row)) for row in rows[self.has_header :]]

    def _title(self, row: list[str]) -> str:
        title = " ".join(row[1].split())
        year = row[self.year] if self.year is not None else ""
        return f"{title} ({year})" if year.isdecimal() else title


@dataclass(frozen=True)
class Dataset:
    """A MovieLens release: a zip at GroupLens, the ratings and the titles in it."""

    name: str
    member: str  # of the zip: the ratings; also their place in the cache directory
    titles: TitleFile
    sha256: str  # of the zip
    licence: str = LICENCE

    @property
    def url(self) -> str:
        return f"{GROUPLENS}/{self.name}.zip"

    @property
    def titles_file(self) -> Path:
        """The place of the titles in the cache directory: lines of id, tab, title."""
        return cache_dir() / self.name / "titles.tsv"


CATALOGUE: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "ml-100k",
            "ml-100k/u.data",
            TitleFile("ml-100k/u.item", "|", "latin-1", has_header=False),
            "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
        ),
        Dataset(
            "ml-1m",
            "ml-1m/ratings.dat",
            TitleFile("ml-1m/movies.dat", "::", "latin-1", has_header=False),
            "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
        ),
        Dataset(
            "ml-20m",
            "ml-20m/ratings.csv",
            TitleFile("ml-20m/movies.csv", ","),
            "96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3",
        ),
        Dataset(
            "ml-32m",
            "ml-32m/ratings.csv",
            TitleFile("ml-32m/movies.csv", ","),
            "e4a68655d7386b8f95f2f2424b2ff975dfdd15ffd59e0d864a14dca43e99d6ee",
        ),
    )
}

# RecBole's wheel carries ml-100k: below one typed header line, u.data byte for byte
# (SHA-256 06416e59...). The member is checked, not the wheel, which any index may rebuild.
_REQUIREMENT = "recbole==1.2.1"
_INTER = "recbole/dataset_example/ml-100k/ml-100k.inter"
_INTER_SIZE = 1_979_230
_INTER_SHA256 = "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"
_ITEM = TitleFile(
    "recbole/dataset_example/ml-100k/ml-100k.item",
    "\t",
    year=2,
    sha256="51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
    size=66_632,
)

_NO_ARCHIVE = (KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading one raises that is damaged, encrypted, or another."""


def fetch(dataset: Dataset, progress: DownloadProgress | None = None) -> Path:
    """The ratings file of ``dataset``, downloaded unless the cache directory has it.

    Raises:
        UserError: no source can be reached or trusted, or the cache directory is not writable.
    """
    file = cache_dir() / dataset.member
    if not file.is_file():
        _fetch(dataset, progress)
    return file


def fetch_titles(dataset: Dataset) -> Path | None:
    """The titles of ``dataset``, lines of id, tab, title. They come with the ratings; where these
    were fetched by a version that left the titles, both are fetched again. None if they cannot be:
    nothing depends on titles."""
    if not dataset.titles_file.is_file():
        with suppress(UserError):
            _fetch(dataset)
    return dataset.titles_file if dataset.titles_file.is_file() else None


def _fetch(dataset: Dataset, progress: DownloadProgress | None = None) -> None:
    """Download ``dataset`` and put its ratings and titles into the cache directory."""
    file = cache_dir() / dataset.member
    with tempfile.TemporaryDirectory(prefix="neumf-") as name:
        scratch = Path(name)
        archive, member, header = scratch / f"{dataset.name}.zip", dataset.member, False
        titles = dataset.titles
        try:
            download(dataset.url, archive, dataset.sha256, progress)
        except UserError as error:
            if dataset.name != "ml-100k":
                raise UserError(
                    f"{error}; get {dataset.name}.zip elsewhere, unpack it, and give the path of"
                    f" {dataset.member} instead of {dataset.name}"
                ) from error
            archive, member, header = _recbole_wheel(scratch, error), _INTER, True
            titles = _ITEM
        _unpack_titles(archive, titles, dataset.titles_file)
        _unpack(archive, member, file, header=header)


def _unpack_titles(archive: Path, titles: TitleFile, to: Path) -> None:
    """Write the titles, if the archive has them and the cache directory can be written."""
    with suppress(*_NO_ARCHIVE, OSError, IndexError):
        with zipfile.ZipFile(archive) as zipped:
            rows = titles.read(_unfold(zipped, titles.member, titles.size))
        with replacing(to) as part:
            part.write_text("".join(f"{i}\t{t}\n" for i, t in rows), "utf-8", newline="\n")


def _unfold(zipped: zipfile.ZipFile, member: str, size: int | None) -> bytes:
    """What ``member`` holds. With a ``size``, no more of it is unfolded.

    Raises:
        ValueError: it has another size.
    """
    if size is None:
        return zipped.read(member)
    with zipped.open(member) as file:
        content = file.read(size + 1)
    if len(content) != size:
        raise ValueError(f"{member}: another file")
    return content


def _unpack(archive: Path, member: str, to: Path, *, header: bool) -> None:
    """Write ``member`` to ``to``, without its first line if that is a header."""
    try:
        with (
            zipfile.ZipFile(archive) as zipped,
            zipped.open(member) as source,
            replacing(to) as part,
            part.open("wb") as target,
        ):
            if header:
                source.readline()
            shutil.copyfileobj(source, target)
    except OSError as error:
        raise UserError(
            f"{to}: cannot be written ({error.strerror}); set {CACHE_VARIABLE} to a directory"
            " that can"
        ) from error


def _recbole_wheel(scratch: Path, grouplens: UserError) -> Path:
    """Let the person's own pip get the wheel, so that its mirrors and proxies apply."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--only-binary", ":all:", "--dest", str(scratch)]
    run = subprocess.run(
        [*pip, *options, _REQUIREMENT], capture_output=True, text=True, check=False
    )
    wheel = next(scratch.glob("*.whl"), None)
    if "No module named pip" in run.stderr:
        raise UserError(
            f"{grouplens}; the package index has a copy, but this Python has no pip to get it:"
            " run 'python -m ensurepip' or 'uv pip install pip', then try again"
        )
    if run.returncode or wheel is None:
        reason = (run.stderr.strip() or "no wheel").splitlines()[-1]
        raise UserError(f"{grouplens}; nor does pip download {_REQUIREMENT} work ({reason})")
    try:
        with zipfile.ZipFile(wheel) as zipped:
            found = hashlib.sha256(_unfold(zipped, _INTER, _INTER_SIZE)).hexdigest()
    except _NO_ARCHIVE:
        raise UserError(f"{grouplens}; and {wheel.name} has not the ml-100k that it had") from None
    if found != _INTER_SHA256:
        raise UserError(
            f"{grouplens}; and ml-100k.inter in {wheel.name} has SHA-256 {found}, expected"
            f" {_INTER_SHA256}"
        )
    return wheel
