"""What the model learned night by night, and a ranker of your own as action probabilities."""

# %% [markdown]
# # Night by night
#
# Every night leaves a bundle: arrays and a manifest, a report with the gate's verdict, and a model card.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import polars as pl

from models import bundle, lake, shelf

LAKE, BUNDLES = Path(os.environ.get("AISLEWISE_LAKE", "lake")), Path(os.environ.get("AISLEWISE_BUNDLES", "bundles"))

# %%
listed = [one for one in shelf.listed(BUNDLES) if one.problem is None]
for one in listed:
    print(one.version, one.state, f"{one.trained_from} to {one.trained_to}", dict(one.metrics))
print((BUNDLES / listed[-1].version / "card.md").read_text())

# %% [markdown]
# ## What it believes of acceptance, and how that moved
#
# A product that was declined falls, one that was accepted rises; what was never shown stays with what is believed
# of its category.

# %%
nights = [bundle.load(BUNDLES / one.version) for one in listed]
accepted = [night.knowledge.acceptance for night in nights]
shown = accepted[-1].shown
moved = np.argsort(-shown)[:10]
figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
for row in moved:
    rates = [1 / (1 + np.exp(-night.knowledge.accept_logits[0][row])) for night in nights]
    axes.plot([one.version[:10] for one in listed], rates, marker="o", label=str(nights[-1].knowledge.goods.name[row]))
axes.set(ylabel="believed acceptance", title="the ten products that were shown most")
axes.legend(fontsize=6)
plt.show()

# %% [markdown]
# ## A ranker of your own
#
# Whatever scores the logged candidates is a policy, once its scores are probabilities. This one likes what is cheap,
# and explores evenly with a tenth. For each prompt and candidate it says with which probability it would choose it.

# %%
prices = dict(zip(*(nights[-1].knowledge.goods.__dict__[name].tolist() for name in ("sku", "price")), strict=True))
rows = []
for prompt in lake.read(LAKE, "prompts").select(["prompt_id", "candidates"]).to_pylist():
    scores = np.array([-prices.get(sku, np.inf) for sku in prompt["candidates"]])
    chosen = np.full(len(scores), 0.1 / len(scores))
    chosen[int(np.argmax(scores))] += 0.9
    rows += [(prompt["prompt_id"], sku, p) for sku, p in zip(prompt["candidates"], chosen.tolist(), strict=True)]
actions = pl.DataFrame(rows, schema=["prompt_id", "sku", "probability"], orient="row")
actions.write_parquet(BUNDLES.parent / "actions.parquet")
print(actions.group_by("prompt_id").agg(pl.col("probability").sum()).describe())

# %% [markdown]
# The gate judges it as it judges a bundle, from what was logged:
#
# ```sh
# aislewise evaluate --history lake --actions actions.parquet --out report.json
# ```
