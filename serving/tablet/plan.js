// The floor plan as SVG: departments, displays and what else the plan has, and the shoppers on it. y points up in a plan.

const SVG = "http://www.w3.org/2000/svg";
const ORDER = ["department", "staff", "checkout", "entrance", "obstacle", "display"];
const MARGIN = 0.03;

export class FloorPlan {
  constructor(home, buttons, words) {
    this.home = home;
    Object.assign(this, { buttons, words });
    this.shoppers = new Map();
    this.called = new Set();
  }

  show(plan) {
    this.zones = plan.features.filter(({ properties, geometry }) => ORDER.includes(properties?.kind) && geometry);
    const floors = [...new Set(this.zones.map(floorOf))].sort((a, b) => a - b);
    this.buttons.hidden = floors.length < 2;
    this.buttons.replaceChildren(...floors.map((floor) => this.#button(floor)));
    this.#draw(floors.includes(0) ? 0 : floors[0]);
  }

  // Moves everybody to where they are now; `visits` is the answer of the API.
  move(visits) {
    this.visits = visits;
    const here = visits.filter((visit) => visit.floor === this.floor);
    const ids = new Set(here.map((visit) => visit.visit_id));
    for (const [id, dot] of this.shoppers) if (!ids.has(id)) dot.remove(), this.shoppers.delete(id);
    for (const visit of here) {
      const dot = this.shoppers.get(visit.visit_id) ?? this.#dot(visit.visit_id);
      dot.style.transform = `translate(${visit.x_m}px, ${-visit.y_m}px)`;
    }
  }

  // Marks the shoppers whom an open card is about.
  call(visitIds) {
    this.called = new Set(visitIds);
    for (const [id, dot] of this.shoppers) dot.classList.toggle("called", this.called.has(id));
  }

  #button(floor) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = this.words.of("floor", { n: floor });
    button.dataset.floor = floor;
    button.addEventListener("click", () => this.#draw(floor));
    return button;
  }

  #draw(floor) {
    this.floor = floor;
    const zones = this.zones.filter((zone) => floorOf(zone) === floor);
    const box = bounds(zones);
    this.unit = Math.max(box.width, box.height) / 100;
    const pad = Math.max(box.width, box.height) * MARGIN;
    const svg = make("svg", {
      viewBox: [box.x - pad, box.y - pad, box.width + 2 * pad, box.height + 2 * pad].join(" "),
      role: "img",
      "aria-label": this.words.of("plan"),
    });
    const inOrder = zones.toSorted((a, b) => ORDER.indexOf(a.properties.kind) - ORDER.indexOf(b.properties.kind));
    const displays = zones.filter(({ properties }) => properties.kind === "display").map((zone) => bounds([zone]));
    svg.append(...inOrder.map(outline), ...inOrder.flatMap((zone) => this.#label(zone, displays)));
    this.layer = svg.appendChild(make("g", { class: "shoppers" }));
    this.home.replaceChildren(svg);
    this.shoppers.clear();
    for (const button of this.buttons.children) button.setAttribute("aria-pressed", Number(button.dataset.floor) === floor);
    this.move(this.visits ?? []);
  }

  #label(zone, displays) {
    const { kind, name, id } = zone.properties;
    if (kind === "obstacle") return [];
    const { x, y, width, height } = bounds([zone]);
    const text = name || id;
    // as large as fits on the zone, up to a size for its kind
    const size = Math.min(this.unit * (kind === "department" ? 3.2 : 2), (1.6 * width) / text.length, height * 0.8);
    const middle = y + height / 2 + size * 0.35;
    const lines = kind === "department" ? [y + size * 1.3, middle, y + height - size * 0.5] : [middle];
    const line = freest(lines, size, { x, width }, displays);
    const label = make("text", { class: `label ${kind}`, x: x + width / 2, y: line, "font-size": size });
    label.textContent = text;
    return [label];
  }

  #dot(id) {
    const dot = make("g", { class: "shopper", "data-testid": "shopper", "data-visit": id });
    dot.append(make("circle", { class: "halo", r: this.unit * 2.6 }), make("circle", { class: "dot", r: this.unit * 1.1 }));
    dot.classList.toggle("called", this.called.has(id));
    this.shoppers.set(id, this.layer.appendChild(dot));
    return dot;
  }
}

// The first of the base lines where a text of this size covers the fewest displays.
function freest(lines, size, { x, width }, displays) {
  const covered = (line) =>
    displays.filter((box) => box.x < x + width && x < box.x + box.width && box.y < line && line - size < box.y + box.height);
  const counts = lines.map((line) => covered(line).length);
  return lines[counts.indexOf(Math.min(...counts))];
}

function floorOf(zone) {
  return zone.properties.floor ?? 0;
}

function outline(zone) {
  const { kind, id, name } = zone.properties;
  const path = rings(zone).map((ring) => `M${ring.map(([x, y]) => `${x} ${-y}`).join("L")}Z`);
  const shape = make("path", { class: `zone ${kind}`, d: path.join(""), "data-testid": `zone-${kind}`, "data-zone": id });
  shape.appendChild(make("title", {})).textContent = name || id;
  return shape;
}

function rings({ geometry }) {
  return geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : geometry.coordinates;
}

function bounds(zones) {
  const points = zones.flatMap(rings).flat();
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => -y)];
  const least = (values) => values.reduce((a, b) => Math.min(a, b));
  const most = (values) => values.reduce((a, b) => Math.max(a, b));
  return { x: least(xs), y: least(ys), width: most(xs) - least(xs), height: most(ys) - least(ys) };
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
