"""Reads the settings once, from `aislewise.toml` in the working folder and `AISLEWISE_*` variables, which win."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from models.errors import SettingError
from models.settings import Settings

FILE = "aislewise.toml"
_TEXTS = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("", "0", "false", "no", "off"), False)


def read(environment: Mapping[str, str], folder: Path) -> Settings:
    """Raises SettingError where a value has the wrong type or a name in the file is unknown."""
    given = _from_file(folder / FILE)
    for one in fields(Settings):
        if (text := environment.get(variable(one.name))) is not None:
            given[one.name] = text
    kinds = {one.name: type(one.default) for one in fields(Settings)}
    return Settings(**{name: _convert(name, value, kinds[name]) for name, value in given.items()})


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"AISLEWISE_{name.upper()}"


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        given = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingError(f"{path}: {error}") from None
    known = {one.name for one in fields(Settings)}
    if unknown := sorted(set(given) - known):
        raise SettingError(f"{path}: unknown setting {unknown[0]}", f"known are {', '.join(sorted(known))}")
    return given


def _convert(name: str, value: Any, kind: type) -> Any:
    """Text is read as what the setting is; a value of the file has to be that already."""
    try:
        if isinstance(value, str):
            return _TEXTS[value.lower()] if kind is bool else kind(value)
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is kind:
            return value
    except (ValueError, KeyError):
        pass
    raise SettingError(f"{variable(name)} is {value!r}, not a {kind.__name__}")
