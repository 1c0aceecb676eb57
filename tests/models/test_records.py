"""Records as they travel: those of older senders, and those that are none."""

from __future__ import annotations

import pyarrow as pa
import pytest

from models.errors import RecordError
from models.records import VISITS, of_batch

ROW = {"store_id": "S1", "visit_id": "v", "device_id": "d", "first_ts": 0, "last_ts": 1}
REQUIRED = pa.schema([field for field in VISITS if not field.nullable])


def batch(schema: pa.Schema) -> pa.RecordBatch:
    return pa.record_batch([pa.array([ROW.get(field.name)], field.type) for field in schema], schema=schema)


def test_nullable_columns_that_the_sender_does_not_know_are_null() -> None:
    table = of_batch("visits", batch(REQUIRED))
    assert table.schema.equals(VISITS)
    assert table.to_pylist()[0]["group_id"] is None
    assert of_batch("visits", batch(VISITS)).equals(table)


@pytest.mark.parametrize(
    "schema",
    [
        pa.schema([field for field in REQUIRED if field.name != "device_id"]),
        pa.schema([*REQUIRED, pa.field("more", pa.string())]),
        pa.schema([field.with_nullable(True) for field in REQUIRED]),
    ],
)
def test_other_columns_are_refused(schema: pa.Schema) -> None:
    with pytest.raises(RecordError, match="columns of visits"):
        of_batch("visits", batch(schema))
