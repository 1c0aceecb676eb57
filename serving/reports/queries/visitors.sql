/* Visitors: visits by the local hour in which they began, and how long they were, in minutes. */
WITH counted AS (
    SELECT hours.date, hours.hour, count(*) AS visits,
           avg(date_diff('millisecond', first_ts, last_ts)) / 60000 AS minutes
    FROM visits ASOF JOIN hours ON visits.first_ts >= hours.starts
    WHERE first_ts >= $start AND first_ts < $end
    GROUP BY ALL
)
SELECT hours.date, hours.hour,
       CASE WHEN visits IS NULL THEN 0 WHEN visits >= $least THEN visits END AS visits,
       CASE WHEN visits >= $least THEN minutes END AS minutes
FROM hours LEFT JOIN counted ON counted.date = hours.date AND counted.hour = hours.hour
WHERE hours.starts < $as_of
ORDER BY hours.starts
