"""`train`, `recommend` and `nightly` as a person runs them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from models import bundle, ids, lake
from models.records import PROMPTS
from tests.aislewise.command import SECRET, refused, run
from tests.training import toy


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake and a bundle that the command has trained; c0's pseudonym has bought P05."""
    folder = tmp_path_factory.mktemp("learning")
    known = {
        "customer_id": ids.customer("anna", SECRET),
        "store_id": "S0",
        "ts": toy.START_MS,
        "quantity": 1,
        "amount": 9.0,
    }
    toy.world(
        folder / "lake",
        purchases=[*toy.purchases(), *({**known, "receipt_id": f"A{i}", "sku": "P05"} for i in range(8))],
    )
    code, out, err = run("train", "--history", "lake", "--out", "trial", cwd=folder)
    assert code == 0, err
    assert b"208 receipts" in out
    return folder


def request(name: str, **given: Any) -> dict[str, Any]:
    return {"id": name, "ts": "2026-09-22T10:00:00Z", "store_id": "S0", "basket": [], "dwell": {}, **given}


def ndjson(*requests: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in requests)


def recommended(place: Path, *requests: dict[str, Any], k: int = 5) -> dict[str, list[str]]:
    """By request the skus in order, through standard input and output."""
    words = ("recommend", "--bundle", "trial", "--requests", "-", "--out", "-", "--k", k)
    code, out, err = run(*words, cwd=place, given=ndjson(*requests))
    assert code == 0, err
    rows = pq.read_table(io.BytesIO(out)).to_pylist()
    found: dict[str, list[str]] = {one["id"]: [] for one in requests}
    for row in rows:
        found[row["id"]].append(row["sku"])
        assert row["rank"] == len(found[row["id"]])
    for name in found:
        scores = [row["score"] for row in rows if row["id"] == name]
        assert scores == sorted(scores, reverse=True)
    return found


def test_basket_dwell_customer_and_candidates_count(place: Path) -> None:
    found = recommended(
        place,
        request("basket", basket=["P00", "P02", "no such"]),
        request("dwell", dwell={"Shelf 3": 90.0, "nowhere": 5}),
        request("customer", customer_id="anna", ts=toy.START_MS),
        request("stranger", customer_id="nobody", store_id="elsewhere"),
        request("chosen", candidates=["P07", "P01", "P07", "no such"], basket=["P01"]),
        request("none", candidates=[]),
    )
    assert {int(sku[1:]) % 2 for sku in found["basket"]} == {0}
    assert not {"P00", "P02"} & set(found["basket"])
    assert {int(sku[1:]) % 4 for sku in found["dwell"]} == {3}
    assert found["customer"][0] == "P05"
    assert len(found["stranger"]) == 5
    assert found["chosen"] == ["P07"]
    assert found["none"] == []


def test_the_whole_catalogue_comes_when_k_is_large(place: Path) -> None:
    found = recommended(place, request("all", basket=["P03"]), k=99)
    assert sorted(found["all"]) == [toy.sku(i) for i in range(20) if i != 3]


def test_no_requests_give_an_empty_file(place: Path) -> None:
    assert recommended(place) == {}


def test_decisions_are_rows_of_prompts_and_the_seed_changes_draws_only(place: Path) -> None:
    (place / "requests.ndjson").write_bytes(ndjson(*(request(f"r{i}", basket=["P00"]) for i in range(60))))
    words = ("recommend", "--bundle", "trial", "--requests", "requests.ndjson", "--decide")
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        code, _, err = run(*words, "--seed", seed, "--out", name, cwd=place, holdout=0.3, slots=2, explore=0.8)
        assert code == 0, err
    assert (place / "one").read_bytes() == (place / "again").read_bytes()
    one, other = (lake.read_file(place / name, "prompts").to_pylist() for name in ("one", "other"))
    assert pq.read_schema(place / "one").equals(PROMPTS)
    first, second = ({row["visit_id"]: row for row in rows if row["slot"] == 0} for rows in (one, other))
    assert list(first) == [f"r{i}" for i in range(60)]
    for name, row in first.items():
        assert row["candidates"] == second[name]["candidates"]
        assert row["candidate_propensities"] == second[name]["candidate_propensities"]
        assert row["holdout"] == ids.held_out(SECRET, 0.3, name)
        assert row["shown"] == (row["sku"] is not None and not row["holdout"])
        assert row["moment_id"] == name
        assert row["bundle"] == "trial"
    assert [row["sku"] for row in first.values()] != [row["sku"] for row in second.values()]
    assert {row["slot"] for row in one} == {0, 1}
    assert len({row["prompt_id"] for row in one}) == len(one)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "row 1: not JSON"),
        (b'{"ts": 1, "store_id": "S0"}', "row 1, field id"),
        (b'{"id": "a", "ts": 1, "store_id": "S0", "basket": ["P", 7]}', "row 1, field basket"),
        (b'{"id": "a", "ts": "noon", "store_id": "S0"}', "row 1, field ts"),
        (b'{"id": "a", "ts": 1, "store_id": "S0", "dwell": {"shoes": -1}}', "row 1, field dwell"),
        (b'{"id": "a", "ts": 1, "store_id": "S0", "dwell": {"shoes": NaN}}', "row 1: not JSON"),
        (b"\xff\xfe", "row 1: not JSON"),
    ],
)
def test_a_bad_line_is_named(place: Path, line: bytes, said: str) -> None:
    (place / "bad.ndjson").write_bytes(ndjson(request("fine")) + line + b"\n")
    words = ("recommend", "--bundle", "trial", "--requests", "bad.ndjson", "--out", "none.parquet")
    assert f"bad.ndjson, {said}" in refused(*words, cwd=place)
    assert not (place / "none.parquet").exists()


def test_what_is_not_there_is_said_in_one_line(place: Path) -> None:
    words = ("recommend", "--bundle", "trial", "--requests", "gone.ndjson", "--out", "-")
    assert "gone.ndjson: cannot be read" in refused(*words, cwd=place)
    assert "manifest.json" in refused("recommend", "--bundle", "lake", "--requests", "-", "--out", "-", cwd=place)
    assert "trial is there already" in refused("train", "--history", "lake", "--out", "trial", cwd=place)
    assert "products" in refused("train", "--history", "gone", "--out", "new", cwd=place)
    assert "no such folder" in refused("nightly", "--lake", "gone", "--bundles", "new", cwd=place)


def test_a_lake_with_a_missing_column_names_file_and_column(tmp_path: Path) -> None:
    root = toy.world(tmp_path / "lake")
    table = pq.read_table(root / "purchases.parquet").drop_columns("sku")
    pq.write_table(table, root / "purchases.parquet")
    line = refused("train", "--history", "lake", "--out", "new", cwd=tmp_path)
    assert "purchases.parquet, field sku" in line


def test_nightly_takes_its_folders_from_the_settings(tmp_path: Path) -> None:
    toy.world(tmp_path / "here")
    settings = {"lake": tmp_path / "here", "bundles": tmp_path / "made"}
    (code, out, _), (again, kept, _) = (run("nightly", cwd=tmp_path, **settings) for _ in range(2))
    champion = bundle.latest(tmp_path / "made")
    assert champion is not None
    assert (code, out.split()[:2]) == (0, [b"promote", f"{champion.name}:".encode()])
    assert (again, kept.split()[0]) == (0, b"keep")
