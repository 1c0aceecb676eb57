/* Heat: seconds that people stood in each square metre, by floor and local hour of day; the hour is empty for all day.

A position holds until the phone's next one, for half a minute at most. cell_x_m and cell_y_m are the lower left. Cells with
fewer than 5 visits are left out.
*/
WITH stays AS (
    SELECT visit_id, ts, floor, CAST(floor(x_m) AS INTEGER) AS cell_x_m, CAST(floor(y_m) AS INTEGER) AS cell_y_m,
           lead(ts) OVER (PARTITION BY visit_id ORDER BY ts) AS until
    FROM pings JOIN visits ON pings.device_id = visits.device_id AND ts >= first_ts AND ts <= last_ts
    WHERE isfinite(x_m) AND isfinite(y_m)
), by_hour AS MATERIALIZED (
    SELECT visit_id, floor, cell_x_m, cell_y_m, hour, sum(least(date_diff('millisecond', ts, until), 30000)) / 1000 AS seconds
    FROM stays JOIN quarters ON quarter = epoch_ms(ts) // 900000
    WHERE until IS NOT NULL
    GROUP BY ALL
), by_day AS (
    SELECT visit_id, floor, cell_x_m, cell_y_m, NULL AS hour, sum(seconds) AS seconds FROM by_hour GROUP BY ALL
)
SELECT floor, cell_x_m, cell_y_m, hour, sum(seconds) AS seconds, count(*) AS visits
FROM (SELECT * FROM by_hour UNION ALL SELECT * FROM by_day)
GROUP BY floor, cell_x_m, cell_y_m, hour
HAVING count(*) >= $least
ORDER BY hour NULLS FIRST, floor, cell_y_m, cell_x_m
