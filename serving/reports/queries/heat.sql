/* Heat: seconds that people stood in each square metre, by floor and local hour of day; the hour is empty for all day.

A position holds until the phone's next one, for half a minute at most. cell_x_m and cell_y_m are the lower left. Cells with
fewer than 5 visits are left out.
*/
WITH stays AS (
    SELECT visit_id, ts, floor, CAST(floor(x_m) AS INTEGER) AS cell_x_m, CAST(floor(y_m) AS INTEGER) AS cell_y_m,
           lead(ts) OVER (PARTITION BY visit_id ORDER BY ts) AS until
    FROM pings ASOF JOIN visits ON pings.device_id = visits.device_id AND pings.ts >= visits.first_ts
    WHERE ts <= last_ts AND isfinite(x_m) AND isfinite(y_m)
)
SELECT floor, cell_x_m, cell_y_m, hour,
       sum(least(date_diff('millisecond', ts, until), 30000)) / 1000 AS seconds, count(DISTINCT visit_id) AS visits
FROM stays ASOF JOIN hours ON stays.ts >= hours.starts
WHERE until IS NOT NULL
GROUP BY GROUPING SETS ((floor, cell_x_m, cell_y_m), (floor, cell_x_m, cell_y_m, hour))
HAVING count(DISTINCT visit_id) >= $least
ORDER BY hour NULLS FIRST, floor, cell_y_m, cell_x_m
