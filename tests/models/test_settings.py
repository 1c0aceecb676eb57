"""Settings from the file and the environment; what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from aislewise.configuration import read
from models.errors import SettingError
from models.settings import Settings


def test_nothing_said_is_the_defaults(tmp_path: Path) -> None:
    assert read({"AISLEWISE_UNKNOWN": "1", "HOME": "x"}, tmp_path) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "aislewise.toml").write_text('kafka = "k:1"\npartitions = 8\nholdout = 0\ndemo = true\n')
    got = read({"AISLEWISE_KAFKA": "other:2", "AISLEWISE_FLUSH_MS": "10", "AISLEWISE_HISTORY_SECONDS": "2"}, tmp_path)
    assert (got.kafka, got.partitions, got.holdout, got.demo) == ("other:2", 8, 0.0, True)
    assert (got.flush_ms, got.history_seconds) == (10, 2.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kafak = 'x'", "unknown setting kafak (known are "),
        ("kafka = ", "aislewise.toml"),
        ("partitions = 'four'", "AISLEWISE_PARTITIONS is 'four', not a int"),
        ("partitions = [4]", "AISLEWISE_PARTITIONS is [4], not a int"),
        ("partitions = 2.5", "AISLEWISE_PARTITIONS is 2.5, not a int"),
        ("partitions = true", "AISLEWISE_PARTITIONS is True, not a int"),
        ("kafka = 9092", "AISLEWISE_KAFKA is 9092, not a str"),
        ("demo = 2", "AISLEWISE_DEMO is 2, not a bool"),
        ("holdout = 1.5", "AISLEWISE_HOLDOUT is 1.5, not between 0 and 1"),
        ("holdout = nan", "AISLEWISE_HOLDOUT is nan, not between 0 and 1"),
        ("silence_seconds = 3", "AISLEWISE_SILENCE_SECONDS is 3.0, not between 3.1 and 86400"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "aislewise.toml").write_text(text)
    with pytest.raises(SettingError) as refused:
        read({}, tmp_path)
    assert said in str(refused.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "aislewise.toml").write_bytes(b"kafka = '\xff'")
    with pytest.raises(SettingError, match=r"aislewise\.toml"):
        read({}, tmp_path)


@pytest.mark.parametrize(
    ("name", "value"), [("PARTITIONS", ""), ("PARTITIONS", "1.5"), ("HOLDOUT", "ten %"), ("DEMO", "perhaps")]
)
def test_a_variable_of_the_wrong_type_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"AISLEWISE_{name} is {value!r}"):
        read({f"AISLEWISE_{name}": value}, tmp_path)


@pytest.mark.parametrize("secret", ["", "demo"])
def test_without_a_secret_only_the_demo_starts(secret: str) -> None:
    assert Settings(demo=True, secret=secret).require_secret() == "demo"
    with pytest.raises(SettingError, match="AISLEWISE_SECRET is not set"):
        Settings(secret=secret).require_secret()
    assert Settings(secret="s").require_secret() == "s"
