"""From prompts to sales, and what is additional beside held-out visits."""

# %% [markdown]
# # The funnel, and what would have been bought anyway
#
# Acceptances are not the aim: who accepts what was in the basket already has cost time, and with a coupon money. A
# permanent random share of visits is held out: their prompts are decided and logged, and nobody sees them. What prompts
# sell *additionally* is what was bought where they were seen, less what was bought where they were held out.
# `training/labels.py` defines all of it, with receipts joined to visits by probability.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from models import lake
from models.visits import holding
from training import attribution, history, labels, publish, tills, visitors

LAKE, PLANS = Path(os.environ.get("AISLEWISE_LAKE", "lake")), Path(os.environ.get("AISLEWISE_PLANS", "plans"))

# %%
goods = history.goods(LAKE)
receipts = history.receipts(LAKE, goods.sku.tolist())
visits = visitors.visits(*holding(LAKE), goods, publish.plan_zones(PLANS))
joined = attribution.attribute(receipts, visits, goods, tills.stays(LAKE, PLANS))
with_visit, sure = int((joined.visit >= 0).sum()), int((joined.confidence >= 0.9).sum())
print(f"{len(receipts)} receipts, {with_visit} with a visit, {sure} all but surely")

# %%
prompts = lake.read(LAKE, "prompts")
sold = labels.sales(receipts, visits, joined, goods)
found = labels.labels(prompts, lake.read(LAKE, "outcomes"), sold, newest_ms=publish.state(LAKE).newest_ms)
steps = {
    "decided": len(prompts),
    "for a product": len(found),
    "not held out": int((~found.control).sum()),
    "seen": int(found.seen.sum()),
    "accepted": int(found.accepted.sum()),
    "bought": float(found.bought[found.seen].sum()),
}
print(steps)

# %% [markdown]
# ## Additional sales, with an interval that resamples visits
#
# Several prompts of one visit hang together, so visits are drawn, not prompts.


# %%
def additional(values: np.ndarray, rng: np.random.Generator, times: int = 1000) -> np.ndarray:
    """Seen less held-out, by prompt: shape (times,)."""
    names, code = np.unique(found.visit.astype(str), return_inverse=True)
    sums = [
        np.bincount(code, np.where(rows, v, 0), len(names))
        for rows in (found.seen, found.control)
        for v in (values, 1.0)
    ]
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), times)
    bought, seen, otherwise, controls = (drawn @ each for each in sums)
    return bought / np.maximum(seen, 1) - otherwise / np.maximum(controls, 1)


for name, values in (
    ("sales a prompt", found.bought),
    ("margin a prompt", found.margin),
    ("margin of the visit", found.visit_margin),
):
    middle = values[found.seen].mean() - values[found.control].mean() if found.control.any() else np.nan
    low, high = np.quantile(additional(values, np.random.default_rng(0)), [0.025, 0.975])
    print(f"{name}: {middle:+.3f} ({low:+.3f} to {high:+.3f})")

# %%
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
axes.barh(list(steps), list(steps.values()))
axes.invert_yaxis()
axes.set_title("the funnel")
plt.show()
