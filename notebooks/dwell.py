"""Dwell by department and display, with intervals."""

# %% [markdown]
# # How long people look, and how sure that is
#
# `dwells` has a row a visit and zone: `dwell_s` is the smoothed expectation, `lower_s` and `upper_s` its 90 % interval.
# Of a mean over visits there are two doubts: positions err, and other people come tomorrow. The second is the larger by
# far, so the interval of a mean comes from resampling whole visits.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import polars as pl

LAKE = Path(os.environ.get("AISLEWISE_LAKE", "lake"))
rng = np.random.default_rng(0)

# %%
dwells = pl.read_parquet(str(LAKE / "dwells" / "**" / "*.parquet"))
most = pl.col("pings").fill_null(-1)
dwells = dwells.filter(most == most.max().over("store_id", "visit_id")).unique(
    ["store_id", "visit_id", "kind", "zone_id"]
)
visits = pl.read_parquet(str(LAKE / "visits" / "**" / "*.parquet"))
shoppers = visits.filter(pl.col("kind").fill_null("shopper") == "shopper").select("store_id", "visit_id").unique()
dwells = dwells.join(shoppers, on=["store_id", "visit_id"])
print(len(shoppers), "visits,", len(dwells), "rows")

# %% [markdown]
# ## One visit: the engine's own interval

# %%
longest = dwells.group_by("visit_id").agg(pl.col("dwell_s").sum()).sort("dwell_s", descending=True)["visit_id"][0]
print(
    dwells.filter(pl.col("visit_id") == longest)
    .select("kind", "zone_id", "lower_s", "dwell_s", "upper_s")
    .sort("kind", "zone_id")
)


# %% [markdown]
# ## Means over visits, where who never came counts as 0


# %%
def mean(kind: str) -> pl.DataFrame:
    """By zone: the mean seconds a visit, with a 95 % interval from 1,000 resamplings of visits."""
    wide = dwells.filter(pl.col("kind") == kind).pivot(
        "zone_id", index="visit_id", values="dwell_s", aggregate_function="sum"
    )
    wide = shoppers.select("visit_id").join(wide, on="visit_id", how="left").fill_null(0)
    seconds = wide.drop("visit_id").to_numpy()
    drawn = rng.multinomial(len(seconds), np.full(len(seconds), 1 / len(seconds)), 1000) @ seconds / len(seconds)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    zones = wide.columns[1:]
    return pl.DataFrame({"zone": zones, "mean_s": seconds.mean(axis=0), "low": low, "high": high}).sort("mean_s")


departments, displays = mean("department"), mean("display").tail(15)
print(departments)

# %%
figure, both = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for axes, table, title in zip(both, (departments, displays), ("departments", "displays"), strict=True):
    middle = table["mean_s"].to_numpy()
    around = np.abs(np.stack([table["low"].to_numpy(), table["high"].to_numpy()]) - middle)
    axes.errorbar(middle, table["zone"].to_list(), xerr=around, fmt="o")
    axes.set(title=title, xlabel="seconds a visit, 95 % interval")
plt.show()
