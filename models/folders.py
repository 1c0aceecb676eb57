"""Folders on a local disk or on S3, and how a file comes into one: whole or not at all (DESIGN §4, "Lake").

On a disk a file is written under a name that begins with a dot, fsynced and renamed, and the folder is fsynced. On S3
it is one PUT: an object is there whole or not, and nothing has to be renamed, locked or tidied.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath

from models.s3 import SCHEME, S3Path

AnyPath = Path | S3Path


def at(text: str | AnyPath) -> AnyPath:
    """The folder or file that a setting or an option names. Raises InputError for an `s3://` without a bucket."""
    return S3Path.parse(text) if isinstance(text, str) and text.startswith(SCHEME) else _as_path(text)


def below(folder: AnyPath, path: AnyPath) -> PurePosixPath:
    """Where in a folder something lies."""
    return PurePosixPath(str(path)).relative_to(PurePosixPath(str(folder)))


def glob(folder: AnyPath, pattern: str) -> list[AnyPath]:
    """What lies in a folder at the pattern's depth, in order."""
    return sorted(folder.glob(pattern), key=str)


def rglob(folder: AnyPath, pattern: str) -> list[AnyPath]:
    """The files in a folder at any depth, in order."""
    return sorted((path for path in folder.rglob(pattern) if isinstance(path, S3Path) or path.is_file()), key=str)


@contextmanager
def writing(path: AnyPath, *, new: bool = False, half: str = "") -> Iterator[Path | BytesIO]:
    """What to fill: afterwards it is the file.

    A `new` one has a name that says what is in it: on S3, one that is there already stays as it is. A disk's temporary
    name ends with `half`, or with a dot and our process's id.
    """
    if isinstance(path, S3Path):
        buffer = BytesIO()
        yield buffer
        (path.create if new else path.put)(buffer.getbuffer())
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}{half or f'.{os.getpid()}'}")
    try:
        yield temporary
        _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write(path: AnyPath, *pieces: bytes | memoryview) -> None:
    """A file of these bytes one after the other, over what is there. On a disk they are not copied."""
    with writing(path) as file, file.open("wb") if isinstance(file, Path) else nullcontext(file) as opened:
        opened.writelines(pieces)


def create(path: AnyPath, data: bytes) -> None:
    """A small file that is its owner's alone, unless somebody has made it before: then theirs stays."""
    if isinstance(path, S3Path):
        path.create(data)
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # a link is made only where there is none, and never to half a file
        with suppress(FileExistsError):
            os.link(temporary, path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_folder(folder: AnyPath, files: Mapping[str, bytes]) -> None:
    """A folder over what is there. On S3 in the order of `files`: the last says that it is complete."""
    if isinstance(folder, S3Path):
        for name, data in files.items():
            (folder / name).put(data)
        return
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        for name, data in files.items():
            write(temporary / name, data)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
        _sync_folder(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove(paths: Sequence[AnyPath]) -> None:
    """Files; one that is gone already is no error."""
    distant = [path for path in paths if isinstance(path, S3Path)]
    if distant:
        distant[0].delete(distant)
    near = [path for path in paths if isinstance(path, Path)]
    for path in near:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in near}:
        _sync_folder(folder)


def taken(folder: AnyPath) -> bool:
    """Whether something is there already that is not an empty folder."""
    if isinstance(folder, S3Path):
        return folder.exists()
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def stamp(path: AnyPath) -> str:
    """What changes when a file is written again. Raises FileNotFoundError."""
    return path.stamp or path.modified() if isinstance(path, S3Path) else str(path.stat().st_mtime_ns)


def written(path: AnyPath) -> float:
    """When a file was written last, seconds since 1970 by the clock of the disk or of S3. Raises FileNotFoundError."""
    if isinstance(path, S3Path):
        return datetime.fromisoformat(path.modified().rpartition(" ")[2]).timestamp()
    return path.stat().st_mtime


def source(path: AnyPath) -> Path | BytesIO:
    """What pyarrow reads a file from."""
    return path.open() if isinstance(path, S3Path) else path


def _as_path(given: str | AnyPath) -> AnyPath:
    return Path(given) if isinstance(given, str) else given


def _replace(temporary: Path, path: Path) -> None:
    """Renames over `path` so that the content is on disk before the name is, and the name before we go on."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes renames and deletions in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
