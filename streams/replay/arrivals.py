"""Pings in the order of arrival from a Parquet file, NDJSON, a folder of Parquet or a lake, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from models import folders, lake
from models.errors import InputError
from models.folders import AnyPath
from models.keys import LakeFile
from streams.replay import ndjson
from streams.replay.columns import Piece
from streams.replay.order import ANYWHERE, Opener, merged
from streams.replay.parquet import MAGIC, Key, PingFile


@dataclass(frozen=True)
class Arrivals:
    """Pings to be read once; `size` is in bytes, None where it is not known beforehand."""

    pieces: Iterator[Piece]
    size: int | None


def arrivals(path: AnyPath, text: BinaryIO | None = None) -> Arrivals:
    """A file's row order is that of arrival, a lake's is partition, offset, row; `text` is NDJSON instead of `path`.

    Raises InputError with file, row and field, also while the pieces are read.
    """
    if text is not None:
        return Arrivals(ndjson.pieces(text, path), None)
    if path.is_dir():
        files = _files(path)
        if not files:
            raise InputError("no Parquet files of pings in this folder", file=path)
        return Arrivals(_in_order(files), _total(files))
    if not path.is_file():
        raise InputError("no such file", file=path)
    if path.suffix != ".parquet" and not _is_parquet(path):
        return Arrivals(_lines(path), _total([path]))
    return Arrivals(_in_order([path]), _total([path]))


def _files(folder: AnyPath) -> list[AnyPath]:
    if (folder / "pings").is_dir() or (folder / "pings.parquet").is_file():
        return lake.files(folder, "pings")
    if folder.name == "pings":
        return lake.files(folder.parent, "pings")
    return [path for path in folders.rglob(folder, "*.parquet") if not lake.hidden(folders.below(folder, path))]


def _first(path: AnyPath) -> Key | None:
    """Where a file's first ping stood in Kafka, by its name."""
    name = LakeFile.parse("/".join(str(path).rsplit("/", 3)[1:]))
    return (name.partition, name.first) if name else None


def _in_order(files: list[AnyPath]) -> Iterator[Piece]:
    """First what stood in Kafka, in its order there, then the others as they are named."""
    standing: list[tuple[Key, Opener]] = []
    others: list[Opener] = []
    for path in files:
        opener, low = partial(PingFile, path, _size(path) or 0), _first(path)
        if low is None and opener().placed:
            low = ANYWHERE
        if low is None:
            others.append(opener)
        else:
            standing.append((low, opener))
    yield from merged(standing)
    for other in others:
        yield from other().pieces()


def _lines(path: AnyPath) -> Iterator[Piece]:
    with path.open("rb") as file:
        yield from ndjson.pieces(file, path)


def _is_parquet(path: AnyPath) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _total(files: list[AnyPath]) -> int | None:
    sizes = [_size(file) for file in files]
    return sum(size for size in sizes if size is not None) if None not in sizes else None


def _size(path: AnyPath) -> int | None:
    return path.stat().st_size if isinstance(path, Path) else None
