// Where a plan lies on Earth: the frame that fits points best, and the same way between degrees and metres as the server's.

const AXIS_M = 6378137;
const ECCENTRICITY2 = 6.694379990141e-3;
const RADIANS = Math.PI / 180;

/** @typedef {{lon: number, lat: number, rotation_deg: number}} Frame */
/** @typedef {{x: number, y: number, lon: number, lat: number}} Pair a point of the plan and where it is on Earth */

/** Metres to a degree of longitude and of latitude. @param {number} lat */
function metresPerDegree(lat) {
  const sine2 = Math.sin(lat * RADIANS) ** 2;
  const across = AXIS_M / Math.sqrt(1 - ECCENTRICITY2 * sine2);
  const along = (AXIS_M * (1 - ECCENTRICITY2)) / (1 - ECCENTRICITY2 * sine2) ** 1.5;
  return [RADIANS * across * Math.cos(lat * RADIANS), RADIANS * along];
}

/** A point of the plan in degrees. @param {Frame} frame @param {number} x @param {number} y @returns {{lon: number, lat: number}} */
export function toEarth(frame, x, y) {
  const [east, north] = metresPerDegree(frame.lat);
  const [c, s] = [Math.cos(frame.rotation_deg * RADIANS), Math.sin(frame.rotation_deg * RADIANS)];
  return { lon: frame.lon + (c * x - s * y) / east, lat: frame.lat + (s * x + c * y) / north };
}

/**
 * The frame that fits at least two points best (least squares), how far each is off, and how long the plan's metre is.
 * @param {Pair[]} pairs @returns {{frame: Frame, offM: number[], scale: number} | null}
 */
export function fitted(pairs) {
  const middle = mean(pairs);
  const [east, north] = metresPerDegree(middle.lat);
  let [cos, sin, spreadPlan, spreadEarth] = [0, 0, 0, 0];
  for (const { x, y, lon, lat } of pairs) {
    const [px, py] = [x - middle.x, y - middle.y];
    const [ex, ey] = [(lon - middle.lon) * east, (lat - middle.lat) * north];
    cos += px * ex + py * ey;
    sin += px * ey - py * ex;
    spreadPlan += px * px + py * py;
    spreadEarth += ex * ex + ey * ey;
  }
  if (pairs.length < 2 || !spreadPlan || !spreadEarth) return null;
  const turned = Math.atan2(sin, cos);
  const frame = around(middle, turned / RADIANS);
  return { frame, offM: pairs.map((pair) => off(frame, pair)), scale: Math.sqrt(spreadEarth / spreadPlan) };
}

// The frame whose origin lies where the middle of the points says; metres to a degree are those of the origin.
/** @param {Pair} middle @param {number} rotation_deg */
function around(middle, rotation_deg) {
  let frame = { lon: middle.lon, lat: middle.lat, rotation_deg };
  for (let turn = 0; turn < 4; turn += 1) {
    const there = toEarth(frame, middle.x, middle.y);
    frame = { lon: frame.lon + middle.lon - there.lon, lat: frame.lat + middle.lat - there.lat, rotation_deg };
  }
  return frame;
}

/** @param {Frame} frame @param {Pair} pair */
function off(frame, { x, y, lon, lat }) {
  const there = toEarth(frame, x, y);
  const [east, north] = metresPerDegree(frame.lat);
  return Math.hypot((there.lon - lon) * east, (there.lat - lat) * north);
}

/** @param {Pair[]} pairs */
function mean(pairs) {
  const of = (/** @type {keyof Pair} */ name) => pairs.reduce((sum, pair) => sum + pair[name], 0) / pairs.length;
  return { x: of("x"), y: of("y"), lon: of("lon"), lat: of("lat") };
}

/** "52.5163, 13.3777" as maps show it, latitude first; null where it is none. @param {string} text */
export function parsed(text) {
  const found = /^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  const [lat, lon] = found ? [Number(found[1]), Number(found[2])] : [NaN, NaN];
  return Math.abs(lat) < 90 && Math.abs(lon) <= 180 ? { lon, lat } : null;
}
