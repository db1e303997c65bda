// A map to click on: draws the scene it is given and tells which community was chosen. Text is only ever set as text.
const SVG = "http://www.w3.org/2000/svg";
let maps = 0;

function make(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (parent) parent.appendChild(node);
  return node;
}

function hatching(svg, id) {
  const pattern = make("pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, make("defs", {}, svg));
  make("rect", { width: 2, height: 7, fill: "#7a3300", "fill-opacity": 0.75 }, pattern);
}

function area(group, item, model, top) {
  const shape = make("path", { d: item.d, fill: item.fill, class: "area", "fill-rule": "evenodd", tabindex: 0, role: "button", "aria-label": item.id }, group);
  shape.dataset.id = item.id;
  make("title", {}, shape).textContent = item.id;
  const choose = () => {
    model.set("on_top", top);
    model.set("picked", item.id);
    model.set("clicks", model.get("clicks") + 1);
    model.save_changes();
  };
  shape.addEventListener("click", choose);
  shape.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); }
  });
}

function legend(scene, box, hatch) {
  for (const entry of scene.key) {
    const item = document.createElement("span");
    item.className = "fusion-key";
    const swatch = document.createElementNS(SVG, "svg");
    swatch.setAttribute("viewBox", "0 0 18 12");
    make("rect", { width: 18, height: 12, fill: entry.hatch ? "#fff" : entry.fill, stroke: "#777", "stroke-width": 0.6 }, swatch);
    if (entry.hatch) make("rect", { width: 18, height: 12, fill: `url(#${hatch})` }, swatch);
    item.appendChild(swatch);
    item.appendChild(document.createTextNode(entry.text));
    box.appendChild(item);
  }
}

function picture(scene, model, parent, hatch, top) {
  const svg = make("svg", { viewBox: `0 0 ${scene.width} ${scene.height + 40}`, class: top ? "fusion-map over" : "fusion-map", role: "group", "aria-label": `${scene.title}. ${scene.hint}` }, parent);
  hatching(svg, hatch);
  make("rect", { width: scene.width, height: scene.height + 40, fill: "#fff", class: "passive" }, svg);
  const areas = make("g", {}, svg);
  for (const item of scene.areas) area(areas, item, model, top);
  make("path", { d: scene.moved, fill: `url(#${hatch})`, class: "passive" }, svg);
  make("path", { d: scene.borders, class: "passive centre" }, svg);
  make("path", { d: scene.lines, class: "passive river" }, svg);
  make("path", { class: "passive locked", "fill-rule": "evenodd" }, svg);
  make("path", { class: "passive chosen", "fill-rule": "evenodd" }, svg);
  for (const item of scene.labels) make("text", { x: item.x, y: item.y, class: "passive" }, svg).textContent = item.text;
  const y = scene.height + 26;
  make("path", { d: `M14 ${y - 5}v5h${scene.bar.length}v-5`, class: "passive bar" }, svg);
  make("text", { x: 14 + scene.bar.length + 10, y: y + 1, class: "passive scale" }, svg).textContent = scene.bar.text;
  return svg;
}

// The upper map lies to the right of a line that the slider below moves, by hand or by the arrow keys.
function slider(model, frame, el, over) {
  const line = document.createElement("div");
  line.className = "fusion-swipe-line";
  frame.appendChild(line);
  const field = document.createElement("input");
  Object.assign(field, { type: "range", min: 0, max: 100, step: 1, value: model.get("swiped"), className: "fusion-swipe" });
  field.setAttribute("aria-label", model.get("swipe"));
  const show = () => {
    over.style.clipPath = `inset(0 0 0 ${field.value}%)`;
    line.style.left = `${field.value}%`;
  };
  field.addEventListener("input", show);
  field.addEventListener("change", () => { model.set("swiped", Number(field.value)); model.save_changes(); });
  el.appendChild(field);
  show();
}

function draw(model, el, hatch) {
  const scene = model.get("scene"), over = model.get("over");
  el.replaceChildren();
  if (!scene.areas) return;
  const both = Boolean(over.areas);
  const heading = document.createElement("div");
  heading.className = "fusion-map-title";
  for (const one of both ? [scene, over] : [scene]) heading.appendChild(document.createElement("span")).textContent = one.title;
  el.appendChild(heading);
  const frame = document.createElement("div");
  frame.className = "fusion-map-frame";
  el.appendChild(frame);
  picture(scene, model, frame, hatch, false);
  if (both) slider(model, frame, el, picture(over, model, frame, `${hatch}-over`, true));
  const key = document.createElement("div");
  legend(both ? over : scene, key, both ? `${hatch}-over` : hatch);
  el.appendChild(key);
  mark(model, el);
}

function mark(model, el) {
  const picked = model.get("picked");
  const locked = new Set(model.get("locked"));
  for (const svg of el.querySelectorAll(".fusion-map")) {
    const top = svg.classList.contains("over");
    let outline = "", kept = "";
    for (const shape of svg.querySelectorAll(".area")) {
      const chosen = shape.dataset.id === picked && top === Boolean(model.get("on_top"));
      shape.setAttribute("aria-pressed", chosen);
      if (chosen) outline = shape.getAttribute("d");
      if (locked.has(shape.dataset.id) && !top) kept += shape.getAttribute("d");
    }
    svg.querySelector(".chosen").setAttribute("d", outline);
    svg.querySelector(".locked").setAttribute("d", kept);
  }
}

function render({ model, el }) {
  const hatch = `fusion-hatch-${(maps += 1)}`;
  el.classList.add("fusion-map-box");
  const again = () => draw(model, el, hatch);
  const chosen = () => mark(model, el);
  model.on("change:scene", again);
  model.on("change:over", again);
  model.on("change:picked", chosen);
  model.on("change:locked", chosen);
  again();
  return () => {
    model.off("change:scene", again);
    model.off("change:over", again);
    model.off("change:picked", chosen);
    model.off("change:locked", chosen);
  };
}

export default { render };
