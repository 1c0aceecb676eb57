/* Lift: what a visit with prompts brings more than a held-out one, in margin, as each night has found it, with its 95 %
interval; of all stores that share the recommender. */
SELECT bundle, from_date, to_date, estimate, ci_low, ci_high
FROM nights
WHERE to_date <= $last
ORDER BY to_date, bundle
