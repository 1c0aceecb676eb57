/* Funnel: prompts for a product by what came of them, and the share of the visits that were shown one, with Wilson's 95 %
interval.

What a salesperson took back has not been; what was sold was accepted. Prompts of held-out visits are decided and shown to
nobody. Visits are what the interval counts, for the prompts of one visit hang together.
*/
WITH decided AS (
    SELECT prompt_id, any_value(visit_id) AS visit_id, bool_or(holdout) AS held_out
    FROM prompts
    WHERE ts >= $start AND ts < $end AND sku IS NOT NULL
    GROUP BY prompt_id
), said AS (
    SELECT decided.*, bool_or(kind = 'shown' AND NOT held_out) AS seen, bool_or(kind = 'claimed') AS claimed,
           bool_or(kind IN ('accepted', 'sold')) AS accepted, bool_or(kind = 'sold') AS sold,
           bool_or(kind = 'declined') AS declined
    FROM decided LEFT JOIN outcomes USING (prompt_id)
    GROUP BY ALL
), steps AS (
    SELECT 1 AS place, 'held_out' AS step, * FROM said WHERE held_out
    UNION ALL SELECT 2, 'decided', * FROM said WHERE NOT held_out
    UNION ALL SELECT 3, 'shown', * FROM said WHERE seen
    UNION ALL SELECT 4, 'claimed', * FROM said WHERE seen AND claimed
    UNION ALL SELECT 5, 'accepted', * FROM said WHERE seen AND accepted
    UNION ALL SELECT 6, 'sold', * FROM said WHERE seen AND sold
    UNION ALL SELECT 7, 'declined', * FROM said WHERE seen AND declined
), counted AS (
    SELECT step, count(*) AS prompts, count(DISTINCT visit_id) AS visits FROM steps GROUP BY step
), told AS (
    SELECT step, counted.prompts, counted.visits, shown.visits AS base,
           counted.visits / base AS share, (counted.visits + 1.9208) / (base + 3.8416) AS middle,
           1.96 / (base + 3.8416) * sqrt(counted.visits * (base - counted.visits) / base + 0.9604) AS reach
    FROM counted LEFT JOIN (SELECT visits FROM counted WHERE step = 'shown') AS shown ON step NOT IN ('held_out', 'decided')
    WHERE counted.visits >= $least
)
SELECT names.step,
       CASE WHEN counted.visits IS NULL THEN 0 ELSE told.prompts END AS prompts,
       CASE WHEN counted.visits IS NULL THEN 0 ELSE told.visits END AS visits,
       share, middle - reach AS ci_low, middle + reach AS ci_high
FROM (VALUES (1, 'held_out'), (2, 'decided'), (3, 'shown'), (4, 'claimed'), (5, 'accepted'), (6, 'sold'), (7, 'declined'))
         AS names (place, step)
     LEFT JOIN counted USING (step) LEFT JOIN told USING (step)
WHERE EXISTS (SELECT * FROM decided)
ORDER BY names.place
