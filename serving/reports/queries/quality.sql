/* Quality: positions of the last hour as they came, and how many of them the engine can make little of.

Late is what came more than 3 s behind its phone's newest position or 30 minutes behind the store's. Outside is what
lies more than 5 m beyond all that the plan draws on its floor, or on a floor that the plan does not have.
*/
WITH told AS (
    SELECT ts, sigma_m, device_id,
           x0 IS NULL OR NOT (isfinite(x_m) AND isfinite(y_m))
               OR x_m < x0 - 5 OR x_m > x1 + 5 OR y_m < y0 - 5 OR y_m > y1 + 5 AS outside,
           max(ts) OVER (PARTITION BY device_id ORDER BY "offset", "row"
                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newest,
           max(ts) OVER (ORDER BY "offset", "row" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newest_of_all
    FROM pings LEFT JOIN floors USING (floor)
)
SELECT count(*) AS positions, count(DISTINCT device_id) AS phones,
       avg(CAST(coalesce(ts < newest - INTERVAL 3 SECOND, false)
                OR coalesce(ts < newest_of_all - INTERVAL 30 MINUTE, false) AS INTEGER)) AS late,
       avg(CAST(outside AS INTEGER)) AS outside,
       avg(CAST(sigma_m IS NULL AS INTEGER)) AS without_sigma,
       median(sigma_m) AS sigma_m, quantile_cont(sigma_m, 0.95) AS sigma_p95_m,
       epoch_ms(max(ts)) AS newest
FROM told
