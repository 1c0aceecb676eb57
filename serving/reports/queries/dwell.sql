/* Dwell: mean seconds of a visit that was at a zone, with its 95 % interval.

The interval is of the mean, from the spread between visits: people differ and positions err, and both are in it. To add
up the bounds of single visits would be far too wide, for their errors cancel out. Student's quantile is approximated by
its expansion in 1 / (visits - 1).
*/
WITH spent AS (
    SELECT dwells.kind, zone_id, coalesce(name, zone_id) AS name, count(*) AS visits, sum(dwell_s) AS total_s,
           avg(dwell_s) AS mean_s, stddev_samp(dwell_s) / sqrt(count(*)) AS error_s
    FROM dwells JOIN visits USING (visit_id) LEFT JOIN zones USING (zone_id)
    WHERE visits.first_ts >= $start AND visits.first_ts < $end
    GROUP BY ALL
), reach AS (
    SELECT *, error_s * (1.96 + 2.37 / (visits - 1) + 2.82 / (visits - 1) ** 2) AS reach_s
    FROM spent
    WHERE visits >= $least
)
SELECT spent.kind, spent.zone_id, spent.name, reach.visits, reach.mean_s,
       CASE WHEN reach.visits IS NOT NULL THEN greatest(reach.mean_s - reach_s, 0) END AS ci_low_s,
       reach.mean_s + reach_s AS ci_high_s,
       reach.total_s / 3600 AS hours
FROM spent LEFT JOIN reach ON reach.kind = spent.kind AND reach.zone_id = spent.zone_id
ORDER BY spent.kind, reach.mean_s DESC NULLS LAST, spent.name
