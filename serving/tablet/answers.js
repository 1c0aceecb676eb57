// What the API answers, as types alone: nothing here runs, and no browser loads it. What each field means stands where
// the server makes it: models/board.py, serving/claims.py, serving/session.py, serving/customers.py, serving/lift.py.

/**
 * `stores` are all of them where a manager has several.
 * @typedef {{
 *   store: string, stores?: string[], role: "associate" | "manager", staff?: string, tablet?: string, lock_minutes?: number,
 * }} Session
 */

/** @typedef {{kind: string, name?: string, number?: number}} Reason */

/**
 * @typedef {{
 *   sku: string, score: number, why: string, say: string, offer_id?: string, name?: string, reasons?: Reason[],
 * }} Recommendation
 */

/**
 * A shopper who is in the store now.
 * @typedef {{
 *   visit_id: string, x_m: number, y_m: number, floor: number, department: string | null, display: string | null,
 *   since: string, dwell: Record<string, number>, sigma_m?: number, recommendations: Recommendation[],
 * }} Visit
 */

/**
 * @typedef {{
 *   prompt_id: string, visit_id: string, store_id: string, sku: string, department: string | null, why: string,
 *   say: string, ts: string, expires: string, offer_id?: string, zone_id?: string, name?: string, category?: string,
 *   price?: number, discount?: number, offer?: "clearance" | "coupon", on_hand?: number, value?: number,
 *   reasons?: Reason[],
 * }} Prompt
 */

/** @typedef {"shown" | "claimed" | "released" | "accepted" | "declined" | "sold" | "undone"} Kind of an outcome */

/**
 * An outcome as it is sent; `key` is its Idempotency-Key.
 * @typedef {{key: string, prompt_id: string, kind: Kind, ts: number | null, reason?: string, undoes?: string}} Outcome
 */

/**
 * Who is on a prompt, and how it was closed.
 * @typedef {{
 *   prompt_id: string, ts: number, holder?: string, holder_staff?: string, kind?: Kind, closed_staff?: string,
 * }} Claim
 */

/** @typedef {{offers: string[]}} Withheld what nobody may point out now */

/** @typedef {{ts: string, store_id: string, sku: string, quantity: number, name?: string}} Bought */

/**
 * A loyalty customer who was looked for.
 * @typedef {{
 *   state: "here" | "left" | "refused" | "unknown", delay_s: number, visit_id?: string, purchases?: Bought[], since?: string,
 * }} Found
 */

/** @typedef {number[][]} Ring */
/** @typedef {{type: "Polygon", coordinates: Ring[]} | {type: "MultiPolygon", coordinates: Ring[][]}} Geometry */
/** @typedef {string | number} Direction */
/**
 * @typedef {{
 *   id: string, kind: string, name?: string, floor?: number, department?: string, categories?: string[],
 *   faces?: Direction | Direction[],
 * }} Zone
 */
/** @typedef {{type?: "Feature", properties: Zone, geometry: Geometry}} Feature */
/** @typedef {{features: Feature[], aislewise?: {currency?: string}}} Plan */

/** @typedef {{estimate: number, ci_low: number, ci_high: number, from_date: string, to_date: string}} Lift */

/** @typedef {{floor: number, cell_x_m: number, cell_y_m: number, seconds: number}} Cell where people stood, a square metre */

export {};
