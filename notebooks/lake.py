"""The lake in ten minutes, with DuckDB and with Polars."""

# %% [markdown]
# # The lake in ten minutes
#
# A table is a folder of Parquet files by date: any tool reads it. Two things to know: a visit's rows are written again
# when late pings continue it, and then the row with the most `pings` holds; times are UTC.

# %%
import os
from pathlib import Path

import duckdb
import matplotlib.pyplot as plt
import polars as pl

LAKE = Path(os.environ.get("AISLEWISE_LAKE", "lake"))

# %% [markdown]
# ## With DuckDB: a view a table

# %%
db = duckdb.connect()
for folder in sorted(path for path in LAKE.iterdir() if path.is_dir()):
    files = f"{folder}/**/*.parquet"
    db.execute(f"create view {folder.name} as select * from read_parquet('{files}', union_by_name = true)")
for file in sorted(LAKE.glob("*.parquet")):
    db.execute(f"create view {file.stem} as select * from read_parquet('{file}')")
tables = [name for (name,) in db.sql("select table_name from information_schema.tables order by 1").fetchall()]
for name in tables:
    print(f"{name:10}", *db.sql(f"select count(*) from {name}").fetchall()[0])

# %% [markdown]
# Visits that hold, by hour of the day, without staff and things:

# %%
hourly = db.sql("""
    with held as (
        select * from visits
        qualify row_number() over (partition by store_id, visit_id order by pings desc) = 1
    )
    select store_id, hour(first_ts) as hour, count(*) as visits,
           round(avg(epoch(last_ts) - epoch(first_ts)) / 60, 1) as minutes
    from held where coalesce(kind, 'shopper') = 'shopper' group by all order by all
""")
print(hourly)

# %% [markdown]
# ## With Polars: what sells beside what is in stock

# %%
purchases = pl.scan_parquet(str(LAKE / "purchases" / "**" / "*.parquet"))
products = pl.scan_parquet(str(LAKE / "products.parquet"))
sold = (
    purchases.filter(pl.col("quantity") > 0)
    .join(products, on="sku")
    .group_by("department")
    .agg(
        pl.col("receipt_id").n_unique().alias("receipts"),
        pl.col("amount").sum().round(2).alias("revenue"),
        (pl.col("amount") - pl.col("quantity") * pl.col("cost")).sum().round(2).alias("margin"),
    )
    .sort("revenue", descending=True)
    .collect()
)
print(sold)

# %%
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
axes.barh(sold["department"].to_list(), sold["revenue"].to_list(), label="revenue")
axes.barh(sold["department"].to_list(), sold["margin"].to_list(), height=0.4, label="margin")
axes.invert_yaxis()
axes.legend()
plt.show()
