"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from models import folders
from models.s3 import S3Path


class Anywhere(click.ParamType):
    """A path on a disk, with click's checks, or on S3."""

    name = "path"

    def __init__(self, *, file_okay: bool = True) -> None:
        self._near = click.Path(path_type=Path, file_okay=file_okay)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """A Path or an S3Path. Raises InputError for an `s3://` without a bucket."""
        found = folders.at(value)
        return found if isinstance(found, S3Path) else self._near.convert(value, param, ctx)


FOLDER = Anywhere(file_okay=False)
FILE_OR_FOLDER = Anywhere()
