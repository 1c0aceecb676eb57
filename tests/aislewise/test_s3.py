"""Commands on S3: the same as on a disk, and one line where something about S3 is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from models import folders
from models.records import rows_to_table
from tests.aislewise.command import refused, run
from tests.parts.s3 import S3Server, upload
from tests.streams.toy import plan_bytes
from tests.training import toy


def done(*words: object, cwd: Path, given: bytes = b"") -> str:
    """The standard output of a command that succeeds."""
    code, out, err = run(*words, cwd=cwd, given=given)
    assert code == 0, err
    return out.decode()


def test_a_bundle_is_trained_used_promoted_and_rolled_back(tmp_path: Path, bucket: str, s3: S3Server) -> None:
    lake, bundles = f"s3://{bucket}/lake", f"s3://{bucket}/bundles"
    upload(toy.world(tmp_path / "lake"), folders.at(lake))
    done("train", "--history", lake, "--out", f"{bundles}/trial", cwd=tmp_path)
    assert "there already" in refused("train", "--history", lake, "--out", f"{bundles}/trial", cwd=tmp_path)
    assert done("nightly", "--lake", lake, "--bundles", bundles, cwd=tmp_path).startswith("promote ")
    request = json.dumps({"id": "1", "ts": toy.START_MS, "store_id": "S0", "basket": ["P00"], "dwell": {}}).encode()
    words = ("recommend", "--requests", "-", "--k", 3, "--out", tmp_path / "recs.parquet", "--bundle")
    done(*words, f"{bundles}/trial", cwd=tmp_path, given=request)
    assert pq.read_table(tmp_path / "recs.parquet").column("rank").to_pylist() == [1, 2, 3]
    done("promote", "trial", "--bundles", bundles, cwd=tmp_path)
    assert s3.objects(bucket, "bundles/LATEST") == {"bundles/LATEST": b"trial\n"}
    assert "*  trial" in done("bundles", "--bundles", bundles, cwd=tmp_path)
    done("rollback", "--bundles", bundles, cwd=tmp_path)
    assert s3.objects(bucket, "bundles/LATEST") != {"bundles/LATEST": b"trial\n"}


def test_the_catalogue_is_replaced_by_one_put(tmp_path: Path, bucket: str, s3: S3Server) -> None:
    for price in (2.0, 3.0):
        (tmp_path / "p.csv").write_text(f"sku,name,department,category,price\nA,A,d,c,{price}\n")
        words = ("catalog", "import", "--products", "p.csv", "--no-kafka", "--lake", f"s3://{bucket}/lake")
        assert "1 products in s3://" in done(*words, cwd=tmp_path)
    assert [one.path for one in s3.requests(bucket, "PUT")[1:]] == [f"/{bucket}/lake/products.parquet"] * 2
    assert set(s3.objects(bucket)) == {"lake/products.parquet"}


def test_pings_are_replayed_from_s3_as_from_a_disk(tmp_path: Path, bucket: str) -> None:
    ping = {"store_id": "S1", "device_id": "a", "x_m": 5.0, "y_m": 5.0, "sigma_m": 1.0}
    rows = [
        {**ping, "ts": 1000 * second, "floor": 0, "partition": 0, "offset": second, "row": 0} for second in range(9)
    ]
    (tmp_path / "lake" / "pings").mkdir(parents=True)
    pq.write_table(rows_to_table("pings", rows), tmp_path / "lake" / "pings" / "part.parquet")
    (tmp_path / "lake" / "S1.geojson").write_bytes(plan_bytes())
    upload(tmp_path / "lake", folders.at(f"s3://{bucket}"))
    sources = {"disk": tmp_path / "lake", "s3": f"s3://{bucket}", "file": f"s3://{bucket}/pings/part.parquet"}
    for name, pings in sources.items():
        plan = f"s3://{bucket}/S1.geojson" if name == "s3" else tmp_path / "lake" / "S1.geojson"
        done("replay", "--plan", plan, "--pings", pings, "--out", tmp_path / name, cwd=tmp_path)
    read = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in sources]
    assert set(read[0]) == {"zones.parquet", "dwells.parquet", "visits.parquet"}
    assert read[0] == read[1] == read[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("nightly", "--lake", "s3://nobody-made/lake", "--bundles", "b"),
            "s3://nobody-made/lake: there is no such bucket",
        ),
        (("bundles", "--bundles", "s3://nobody-made"), "s3://nobody-made: there is no such bucket"),
        (("train", "--history", "s3://", "--out", "b"), "s3://: names no bucket, as in s3://bucket/folder"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, s3: S3Server, words: tuple[str, ...], said: str) -> None:
    assert said in refused(*words, cwd=tmp_path)


def test_a_lake_that_is_not_there_and_an_endpoint_that_is_not_are_one_line(
    tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("nightly", "--lake", f"s3://{bucket}/none", "--bundles", f"s3://{bucket}/bundles")
    assert "there is no such folder" in refused(*words, cwd=tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert "S3 cannot be used" in refused(*words, cwd=tmp_path)


@pytest.mark.parametrize("process", ["gateway", "serve", "worker dwell"])
def test_a_process_whose_plans_are_away_says_so_and_ends(tmp_path: Path, s3: S3Server, process: str) -> None:
    code, _, err = run(*process.split(), cwd=tmp_path, plans="s3://nobody-made/plans")
    assert code == 2
    assert err.splitlines()[-1].startswith("aislewise: s3://nobody-made/plans: there is no such bucket")
