"""Every error a person can cause or meet, under one base.

AislewiseError
├── InputError         a file, row or field that cannot be used     exit 2, or 422 over HTTP
│   └── PlanError      a floor plan that cannot be used
├── SettingError       a setting that is missing or wrong           exit 2
├── BundleError        a bundle that does not verify                the old one stays
├── RecordError        a Kafka record that cannot be decoded        goes to `dead-letters`
├── TokenError         a bearer token that does not hold            401
└── AwayError          Kafka, Redis or a folder cannot be reached   503, or exit 1
    └── FolderError    a folder on S3 cannot be used                503, or exit 2
"""

from __future__ import annotations


class AislewiseError(Exception):
    """Base: `message` says what is wrong and where, `hint` what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = message, hint
        super().__init__(f"{message} ({hint})" if hint else message)


class InputError(AislewiseError):
    """What a person handed in cannot be used: names the file, the row (from 0) and the field where known."""

    exit_code = 2

    def __init__(
        self, reason: str, *, file: object = None, row: int | None = None, field: str | None = None, hint: str = ""
    ) -> None:
        self.reason, self.file, self.row, self.field = reason, file, row, field
        places = (
            f"{file}" if file is not None else "",
            f"row {row}" if row is not None else "",
            f"field {field}" if field else "",
        )
        where = ", ".join(place for place in places if place)
        super().__init__(f"{where}: {reason}" if where else reason, hint)


class PlanError(InputError):
    """A floor plan that cannot be used."""


class SettingError(AislewiseError):
    """A setting that is missing or wrong."""

    exit_code = 2


class BundleError(AislewiseError):
    """A bundle that does not verify."""

    exit_code = 2


class RecordError(AislewiseError):
    """A Kafka record that cannot be decoded."""


class TokenError(AislewiseError):
    """A bearer token that does not hold."""


class AwayError(AislewiseError):
    """A part that this process needs cannot be reached."""


class FolderError(AwayError, OSError):
    """A folder or file on S3 that cannot be used; an OSError with `strerror`, as those of a disk are."""

    exit_code = 2

    def __init__(self, path: object, reason: str, hint: str = "") -> None:
        super().__init__(f"{path}: {reason}", hint)
        self.strerror = f"{reason} ({hint})" if hint else reason
