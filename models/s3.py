"""Files and folders on S3 as values that are used like paths; endpoint and credentials are AWS's own variables.

What goes wrong is a FileNotFoundError or a FolderError. A service that stalls is noticed within PATIENCE_SECONDS, and
what it may be asked again is asked again for as long.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from models.errors import FolderError, InputError

if TYPE_CHECKING:
    from obstore.store import BackoffConfig, ClientConfig, RetryConfig, S3Store

SCHEME = "s3://"
PATIENCE_SECONDS = 5
MIB_A_SECOND = 1
"""A PUT may be as slow as this before it counts as stalled."""
Data = bytes | memoryview


@dataclass(frozen=True, order=True)
class S3Path:
    """An object, or the folder of all objects whose keys begin with its own; `stamp` is known of what was listed."""

    bucket: str
    key: str = ""
    stamp: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> S3Path:
        """`s3://bucket/key`. Raises InputError."""
        bucket, _, key = text.removeprefix(SCHEME).partition("/")
        if not text.startswith(SCHEME) or not bucket:
            raise InputError("names no bucket, as in s3://bucket/folder", file=text)
        return cls(bucket, "/".join(part for part in key.split("/") if part))

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}".rstrip("/")

    def __truediv__(self, name: str) -> S3Path:
        return S3Path(self.bucket, f"{self.key}/{name}".strip("/"))

    @property
    def name(self) -> str:
        return PurePosixPath(self.key).name

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.key).suffix

    @property
    def parent(self) -> S3Path:
        return S3Path(self.bucket, self.key.rpartition("/")[0])

    def as_posix(self) -> str:
        return str(self)

    def resolve(self) -> S3Path:
        return self

    def exists(self) -> bool:
        return self.is_file() or self.is_dir()

    def is_file(self) -> bool:
        try:
            return bool(self.modified())
        except FileNotFoundError:
            return False

    def is_dir(self) -> bool:
        """Whether anything lies in it: S3 has no empty folders."""
        return next(self._listed(1), None) is not None

    def modified(self) -> str:
        """What changes when the object is written again. Raises FileNotFoundError."""
        with self._asked():
            return _stamp(self._store().head(self.key))

    def glob(self, pattern: str) -> list[S3Path]:
        """The objects whose names below this folder match part by part."""
        wanted = pattern.split("/")
        found = ((path, PurePosixPath(path.key).relative_to(self.key).parts) for path in self._listed())
        return [path for path, parts in found if len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))]

    def rglob(self, pattern: str) -> list[S3Path]:
        """The objects at any depth whose last name matches."""
        return [path for path in self._listed() if fnmatchcase(path.name, pattern)]

    def read_bytes(self) -> bytes:
        with self._asked():
            return bytes(self._store().get(self.key).bytes())

    def read_text(self) -> str:
        return self.read_bytes().decode()

    def open(self, mode: str = "rb") -> BytesIO:
        """The whole object, to be read."""
        return BytesIO(self.read_bytes())

    def put(self, data: Data) -> None:
        """In one PUT, over what is there."""
        with self._asked():
            self._store(len(data)).put(self.key, data, use_multipart=False)

    def create(self, data: Data) -> bool:
        """In one PUT that S3 refuses where the object is there already: False then."""
        from obstore.exceptions import AlreadyExistsError

        with self._asked():
            try:
                self._store(len(data)).put(self.key, data, use_multipart=False, mode="create")
            except AlreadyExistsError:
                return False
        return True

    def delete(self, paths: Sequence[S3Path]) -> None:
        """Objects of this bucket; one that is gone already is no error."""
        with self._asked():
            self._store().delete([path.key for path in paths])

    def _listed(self, most: int = 1000) -> Iterator[S3Path]:
        with self._asked():
            for part in self._store().list(self.key or None, chunk_size=most):
                for one in part:
                    yield S3Path(self.bucket, one["path"], _stamp(one))

    def _store(self, size: int | None = None) -> S3Store:
        """To read, or to write so many bytes."""
        if size is None:
            return _store(self.bucket, None)
        return _store(self.bucket, PATIENCE_SECONDS * (1 + size // (PATIENCE_SECONDS * MIB_A_SECOND * 2**20)))

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Turns what S3 or the way to it says into errors as files have them."""
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise FolderError(self, *_why(str(error))) from None
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self)) from None
        except (BaseError, ValueError) as error:
            raise FolderError(self, *_why(str(error))) from None


@lru_cache(maxsize=32)
def _store(bucket: str, seconds: int | None) -> S3Store:
    """A client whose requests end within so many seconds, or, with None, after as long without a byte."""
    from obstore.store import S3Store

    patience = timedelta(seconds=PATIENCE_SECONDS)
    client: ClientConfig = {"allow_http": True, "connect_timeout": patience}
    if seconds is None:
        client |= {"read_timeout": patience, "timeout": timedelta(hours=1)}
    else:
        client |= {"timeout": timedelta(seconds=seconds)}
    waits: BackoffConfig = {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=1), "base": 2}
    retry: RetryConfig = {"max_retries": 6, "retry_timeout": patience, "backoff": waits}
    return S3Store(bucket, client_options=client, retry_config=retry)


def _stamp(meta: Any) -> str:
    return f"{meta['e_tag']} {meta['last_modified'].isoformat()}"


def _why(said: str) -> tuple[str, str]:
    """What is wrong and what to do, from the driver's words."""
    code = (re.findall(r"<Code>(\w+)</Code>", said) or [""])[0]
    if code == "NoSuchBucket":
        return "there is no such bucket", "make it, or check AWS_ENDPOINT_URL"
    if "169.254." in said:  # nobody gave credentials, and the machine's own service for them has none
        return "no credentials for S3", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if re.search(r"40[13] (Unauthorized|Forbidden)", said):
        return f"S3 refuses: {code or 'no right to it'}", "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    last = said.split("\n")[0].rpartition(" - ")[2].partition("<")[0].strip(" :")
    return f"S3 cannot be used: {last[:200]}{code and f' {code}'}", "is AWS_ENDPOINT_URL right, and does it answer?"
