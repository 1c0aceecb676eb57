/* Visitors: visits by the local hour in which they began, and how long they were, in minutes. */
WITH hours AS (
    SELECT date, hour, min(starts) AS starts FROM quarters GROUP BY date, hour
), counted AS (
    SELECT date, hour, count(*) AS visits, avg(date_diff('millisecond', first_ts, last_ts)) / 60000 AS minutes
    FROM visits JOIN quarters ON quarter = epoch_ms(first_ts) // 900000
    GROUP BY date, hour
)
SELECT date, hour,
       CASE WHEN visits IS NULL THEN 0 WHEN visits >= $least THEN visits END AS visits,
       CASE WHEN visits >= $least THEN minutes END AS minutes
FROM hours LEFT JOIN counted USING (date, hour)
WHERE starts < $as_of
ORDER BY starts
