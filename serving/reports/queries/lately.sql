/* Heat of the last hour: seconds that people stood in each square metre, by floor.

A position holds until the phone's next one, for half a minute at most. Phones that are hardly a shopper's count for
nothing. Cells with fewer than 5 phones are left out.
*/
WITH nobody AS (
    SELECT device_id FROM moments GROUP BY device_id HAVING arg_max(shopper_p, ts) <= $nobody
), stays AS (
    SELECT device_id, floor, CAST(floor(x_m) AS INTEGER) AS cell_x_m, CAST(floor(y_m) AS INTEGER) AS cell_y_m,
           ts, lead(ts) OVER (PARTITION BY device_id ORDER BY ts) AS until
    FROM pings
    WHERE isfinite(x_m) AND isfinite(y_m) AND device_id NOT IN (SELECT device_id FROM nobody)
)
SELECT floor, cell_x_m, cell_y_m,
       sum(least(date_diff('millisecond', ts, until), 30000)) / 1000 AS seconds, count(DISTINCT device_id) AS visits
FROM stays
WHERE until IS NOT NULL
GROUP BY floor, cell_x_m, cell_y_m
HAVING count(DISTINCT device_id) >= $least
ORDER BY floor, cell_y_m, cell_x_m
