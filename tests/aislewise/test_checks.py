"""`plan check`, `plan import` and `catalog import` as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from models import lake
from models.catalog import Catalog
from models.keys import partition_of
from tests.aislewise.command import refused, run
from tests.parts.kafka import Cluster

PARTITIONS = 3
PRODUCTS = "sku,name,department,category,price,cost\nP1,Boots,shoes,boots,80,\nP2,Socks,shoes,socks,,2\n"
OFFERS = (
    "offer_id,store_id,kind,sku,category,discount,starts,ends\n"
    "A,,clearance,P1,,.3,2026-11-01,2026-12-01\n"
    "B,S1,coupon,,socks,.1,2026-11-01T00:00:00Z,1800000000000\n"
)
STOCK = "store_id,sku,on_hand,ts\nS1,P1,4,2026-11-24\nS2,P1,0,2026-11-24\n"


def square(name: str, kind: str, x: float, size: float) -> dict[str, Any]:
    ring = [[x, 0], [x + size, 0], [x + size, size], [x, size], [x, 0]]
    return {
        "type": "Feature",
        "properties": {"id": name, "kind": kind},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def plan(folder: Path, *features: dict[str, Any]) -> Path:
    head = {"store": "S1", "units": "m", "timezone": "Europe/London"}
    path = folder / "S1.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "aislewise": head, "features": features}))
    return path


def test_a_plan_is_summed_up(tmp_path: Path) -> None:
    path = plan(
        tmp_path,
        square("shoes", "department", 0, 10),
        square("hats", "department", 10, 6),
        square("d", "display", 2, 2),
    )
    code, out, _ = run("plan", "check", path, cwd=tmp_path)
    assert code == 0
    for said in ("store S1", "Europe/London", "16.0 × 10.0 m", "floors 0", "2 department", "1 display"):
        assert said in out.decode()


def in_degrees(name: str, **properties: str) -> dict[str, Any]:
    """A room of some 10 m in Berlin, as another's program writes it."""
    ring = [[13.4, 52.5], [13.40015, 52.5], [13.40015, 52.5001], [13.4, 52.5001], [13.4, 52.5]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": name, **properties}, "geometry": geometry}


def theirs(folder: Path, name: str, *features: dict[str, Any]) -> Path:
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def imported(*files: Path, out: object, **options: object) -> list[object]:
    """The words of the command."""
    known = {"store": "S1", "timezone": "Europe/Berlin", **options}
    return [
        "plan",
        "import",
        *files,
        *(part for key, value in known.items() for part in (f"--{key}", value)),
        "--out",
        out,
    ]


def test_anothers_drawing_becomes_a_plan_that_is_checked(tmp_path: Path) -> None:
    lamp = in_degrees("Lamp", type="lamp")
    ground, upper = (
        theirs(tmp_path, "0.geojson", in_degrees("Shoes"), lamp),
        theirs(tmp_path, "1.geojson", in_degrees("Hats")),
    )
    out = tmp_path / "plans" / "S1.geojson"
    code, said, noted = run(*imported(ground, upper, out=out, floors="0,1"), cwd=tmp_path)
    assert (code, said.decode()) == (0, f"{out}: 2 zones; aislewise plan check {out} says more\n")
    assert noted.splitlines() == [f"{ground}: 1 left out: type=lamp"]
    code, checked, _ = run("plan", "check", out, cwd=tmp_path)
    assert code == 0
    for part in ("store S1", "Europe/Berlin", "10.2 × 11.1 m", "floors 0, 1", "2 department"):
        assert part in checked.decode()
    code, piped, _ = run(*imported(ground, out="-", kinds="lamp:obstacle"), cwd=tmp_path)
    assert code == 0
    assert [one["properties"]["kind"] for one in json.loads(piped)["features"]] == ["department", "obstacle"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kinds": "lamp"}, "field kinds: 'lamp' is not PATTERN:KIND"),
        ({"floors": "0,1"}, "--floors names 2 floors for 1 files"),
        ({"floors": "up"}, "--floors up: not a list of whole numbers"),
        ({"timezone": "Mars/Olympus"}, "field aislewise.timezone: 'Mars/Olympus' is no IANA time zone"),
        ({"store": "a/b"}, "field aislewise.store: 'a/b' is no store id"),
    ],
)
def test_an_import_with_wrong_options_says_which(tmp_path: Path, options: dict[str, str], said: str) -> None:
    file = theirs(tmp_path, "a.geojson", in_degrees("Shoes"))
    assert said in refused(*imported(file, out=tmp_path / "out.geojson", **options), cwd=tmp_path)
    assert not (tmp_path / "out.geojson").exists()


def test_a_file_that_is_no_drawing_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text("{")
    assert "a.geojson: not JSON" in refused(*imported(tmp_path / "a.geojson", out="-"), cwd=tmp_path)
    assert "b.geojson: cannot be read: No such file" in refused(
        *imported(tmp_path / "b.geojson", out="-"), cwd=tmp_path
    )
    both = [in_degrees("Shoes", id="a"), in_degrees("Hats", id="b")]
    file = theirs(tmp_path, "c.geojson", *both)
    line = refused(*imported(file, out="-"), cwd=tmp_path)
    assert "c.geojson: departments 'a' and 'b' overlap by 113" in line


def test_a_plan_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = plan(tmp_path, square("shoes", "department", 0, 10), square("hats", "department", 8, 6))
    line = refused("plan", "check", path, cwd=tmp_path)
    assert "shoes" in line
    assert "hats" in line
    assert "cannot be read" in refused("plan", "check", "gone.geojson", cwd=tmp_path)


def files(folder: Path, **texts: str) -> list[object]:
    """The options of the import."""
    words: list[object] = []
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
        words += [f"--{name}", f"{name}.csv"]
    return words


def test_files_alone_are_replaced_and_what_was_not_given_stays(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    words = files(tmp_path, products=PRODUCTS, offers=OFFERS, stock=STOCK)
    assert run("catalog", "import", *words, "--no-kafka", cwd=tmp_path)[0] == 0
    first = lake.read(root, "offers").to_pylist()
    assert [(row["offer_id"], row["store_id"], row["sku"], row["discount"]) for row in first] == [
        ("A", None, "P1", 0.3),
        ("B", "S1", None, 0.1),
    ]
    assert lake.read(root, "products").column("price").to_pylist() == [80.0, None]
    again = root / "products.parquet"
    code, out, _ = run("catalog", "import", "--products", again, "--no-kafka", "--lake", "lake", cwd=tmp_path)
    assert (code, b"; 0 changed" in out) == (0, True)
    assert lake.read(root, "offers").to_pylist() == first


def test_standard_input_is_a_file_like_others(tmp_path: Path) -> None:
    words = ("catalog", "import", "--products", "-", "--no-kafka", "--lake", "lake")
    assert run(*words, cwd=tmp_path, given=PRODUCTS.encode())[0] == 0
    written = (tmp_path / "lake" / "products.parquet").read_bytes()
    code, out, _ = run(*words, cwd=tmp_path, given=written)
    assert (code, b"; 0 changed" in out) == (0, True)
    assert "-, row 2: the same as row 0" in refused(*words, cwd=tmp_path, given=(PRODUCTS + "P1,x,y,z,1,1\n").encode())


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("products", "sku,name,department\nP,P,D\n", "field category: the column is missing"),
        ("products", PRODUCTS + "P3,,shoes,boots,1,1\n", "row 2, field name: is empty"),
        ("products", PRODUCTS + "P3,x,shoes,boots,cheap,1\n", "row 2, field price: 'cheap'"),
        ("products", PRODUCTS + "P3,x,shoes,boots,nan,1\n", "row 2, field price: 'nan'"),
        ("products", PRODUCTS + "P1,x,shoes,boots,1,1\n", "row 2: the same as row 0"),
        ("products", PRODUCTS + "P3,x\n", "row 2: has not 6 cells"),
        ("offers", OFFERS + "C,,gift,P1,,.3,2026-11-01,2026-12-01\n", "row 2, field kind: 'gift'"),
        ("offers", OFFERS + "C,,coupon,P1,,30,2026-11-01,2026-12-01\n", "row 2, field discount: '30'"),
        ("offers", OFFERS + "C,,coupon,P1,socks,.3,2026-11-01,2026-12-01\n", "row 2, field sku"),
        ("offers", OFFERS + "C,,coupon,,,.3,2026-11-01,2026-12-01\n", "row 2, field sku"),
        ("offers", OFFERS + "C,,coupon,P1,,.3,2026-11-01,2026-11-01\n", "row 2, field ends: is not after starts"),
        ("offers", OFFERS + "C,,coupon,P1,,.3,tomorrow,2026-11-01\n", "row 2, field starts: 'tomorrow'"),
        ("offers", OFFERS + "C,../S1,coupon,P1,,.3,2026-11-01,2026-12-01\n", "row 2, field store_id"),
        ("stock", STOCK + "S1,P2,1.5,2026-11-24\n", "row 2, field on_hand: '1.5'"),
        ("stock", STOCK + "S1,P2,-1,2026-11-24\n", "row 2, field on_hand: '-1'"),
        ("stock", STOCK + "S1,P2,1,9e999\n", "row 2, field ts: '9e999'"),
        ("stock", STOCK + "S1,P2,1,1790000000000000\n", "row 2, field ts: '1790000000000000': not between"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_replaced(tmp_path: Path, name: str, text: str, said: str) -> None:
    good = {"products": PRODUCTS, "offers": OFFERS, "stock": STOCK, name: text}
    line = refused("catalog", "import", *files(tmp_path, **good), "--no-kafka", cwd=tmp_path)
    assert f"{name}.csv, {said}" in line
    assert not (tmp_path / "lake").exists()


def test_the_import_needs_a_file_of_a_known_kind(tmp_path: Path) -> None:
    assert run("catalog", "import", cwd=tmp_path)[0] == 2
    (tmp_path / "a.xlsx").write_bytes(b"")
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    assert "neither .csv nor .parquet" in refused("catalog", "import", "--stock", "a.xlsx", cwd=tmp_path)
    assert "cannot be read" in refused("catalog", "import", "--stock", "a.parquet", cwd=tmp_path)


@pytest.mark.kafka
def test_kafka_hears_of_every_change_where_it_matters(tmp_path: Path, fresh_kafka: Cluster) -> None:
    settings = {"kafka": fresh_kafka.bootstrap, "partitions": PARTITIONS}

    def told(**texts: str) -> str:
        code, out, err = run("catalog", "import", *files(tmp_path, **texts), cwd=tmp_path, **settings)
        assert code == 0, err
        return out.decode()

    assert "6 changed, told to Kafka" in told(products=PRODUCTS, offers=OFFERS, stock=STOCK)
    assert "0 changed" in told(products=PRODUCTS)
    moved = OFFERS.replace("A,,", "A,S2,").splitlines(keepends=True)[:2]
    assert "2 changed" in told(offers="".join(moved))
    assert "1 changed" in told(products="".join(PRODUCTS.splitlines(keepends=True)[:2]))

    for partition in range(PARTITIONS):
        catalog = Catalog()
        for record in _records(fresh_kafka.bootstrap, partition):
            catalog.apply(record)
        stores = {store for store in ("S1", "S2") if partition_of(store, PARTITIONS) == partition}
        assert set(catalog.products) == {"P1"}
        assert set(catalog.offers) == ({"A"} if "S2" in stores else set())
        assert {store: catalog.on_hand(store, "P1") for store in stores} == {
            store: {"S1": 4, "S2": 0}[store] for store in stores
        }


@pytest.mark.kafka
def test_while_kafka_is_away_no_file_is_replaced(tmp_path: Path) -> None:
    code, _, err = run("catalog", "import", *files(tmp_path, stock=STOCK), cwd=tmp_path, kafka="127.0.0.1:9")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "127.0.0.1:9" in err
    assert not (tmp_path / "lake").exists()


def _records(bootstrap: str, partition: int) -> Iterator[dict[str, Any]]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=1500)
    consumer.assign([TopicPartition("catalog", partition)])
    for record in consumer:
        value = json.loads(record.value)
        assert record.key.decode().split("/")[0] == value["table"]
        assert record.key.decode() == value["key"]
        yield value
    consumer.close()
