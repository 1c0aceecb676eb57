/* Conversion: of a day's visits those with a receipt, with Wilson's 95 % interval of the share.

A receipt is a visit's where it names the visit, or its customer's who was there then. Receipts that are nobody's say
nothing, so that the share is too low where `joined` is less than `receipts`.
*/
WITH days AS (
    SELECT date, min(starts) AS starts FROM quarters GROUP BY date
), day_visits AS (
    SELECT date, visit_id, customer_id, first_ts, last_ts
    FROM visits JOIN quarters ON quarter = epoch_ms(first_ts) // 900000
), receipts AS (
    SELECT receipt_id, min(ts) AS ts, any_value(visit_id) AS visit_id, any_value(customer_id) AS customer_id
    FROM purchases
    GROUP BY receipt_id
), owned AS (
    SELECT receipt_id, day_visits.visit_id FROM receipts JOIN day_visits ON receipts.visit_id = day_visits.visit_id
    UNION
    SELECT receipt_id, day_visits.visit_id
    FROM receipts JOIN day_visits ON receipts.customer_id = day_visits.customer_id
    WHERE receipts.visit_id IS NULL AND ts >= first_ts AND ts <= last_ts + INTERVAL 10 MINUTE
), day_receipts AS (
    SELECT date, receipt_id FROM receipts JOIN quarters ON quarter = epoch_ms(ts) // 900000
), issued AS (
    SELECT date, count(DISTINCT day_receipts.receipt_id) AS receipts, count(DISTINCT owned.receipt_id) AS joined
    FROM day_receipts LEFT JOIN owned USING (receipt_id)
    GROUP BY date
), counted AS (
    SELECT date, count(DISTINCT day_visits.visit_id) AS visits, count(DISTINCT owned.visit_id) AS buying
    FROM day_visits LEFT JOIN owned USING (visit_id)
    GROUP BY date
), told AS (
    SELECT *, buying / visits AS share, (buying + 1.9208) / (visits + 3.8416) AS middle,
           1.96 / (visits + 3.8416) * sqrt(buying * (visits - buying) / visits + 0.9604) AS reach
    FROM counted
    WHERE buying >= $least
)
SELECT days.date, CASE WHEN counted.visits >= $least THEN counted.visits END AS visits, 
       CASE WHEN counted.buying = 0 OR counted.buying >= $least THEN counted.buying END AS buying, told.share,
       middle - reach AS ci_low, middle + reach AS ci_high,
       coalesce(receipts, 0) AS receipts, coalesce(joined, 0) AS joined
FROM days LEFT JOIN counted USING (date) LEFT JOIN told USING (date) LEFT JOIN issued USING (date)
WHERE days.starts < $as_of
ORDER BY days.date
