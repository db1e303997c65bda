// A map of units to move by hand: units are chosen by a click, the keyboard or a rectangle, and moved to a community that
// they touch. What the plan then keeps and breaks is worked out here, so that it follows the hand. Text is only set as text.
const SVG = "http://www.w3.org/2000/svg";

function node(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (parent) parent.appendChild(made);
  return made;
}

function button(text, parent, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", press);
  parent.appendChild(made);
  return made;
}

// The least sum of weight times squared distance to one of the members, and whether the members hang together.
function score(members, scene) {
  let best = 0;
  if (members.length) {
    best = Infinity;
    let weight = 0, sx = 0, sy = 0, squares = 0;
    for (const n of members) {
      const { w, x, y } = scene.units[n];
      weight += w; sx += w * x; sy += w * y; squares += w * (x * x + y * y);
    }
    for (const n of members) {
      const { x, y } = scene.units[n];
      best = Math.min(best, squares - 2 * (x * sx + y * sy) + weight * (x * x + y * y));
    }
  }
  const inside = new Set(members);
  let pieces = 0;
  while (inside.size) {
    pieces += 1;
    const reach = [inside.values().next().value];
    inside.delete(reach[0]);
    while (reach.length) {
      for (const other of scene.units[reach.pop()].near) if (inside.delete(other)) reach.push(other);
    }
  }
  return { moment: Math.max(0, best), pieces };
}

function measure(of, scene, known) {
  const members = scene.communities.map(() => []);
  of.forEach((community, n) => members[community].push(n));
  const loads = members.map((all) => all.reduce((sum, n) => sum + scene.units[n].w, 0));
  const centre = scene.centres;
  const means = {}, counts = {};
  loads.forEach((load, c) => {
    if (!members[c].length) return;
    means[centre[c]] = (means[centre[c]] || 0) + load;
    counts[centre[c]] = (counts[centre[c]] || 0) + 1;
  });
  const rows = members.map((all, c) => {
    const key = all.join();
    if (known[c]?.key !== key) known[c] = { key, ...score(all, scene) };
    const mean = means[centre[c]] / counts[centre[c]];
    return { load: loads[c], off: all.length ? loads[c] / mean - 1 : 0, units: all.length, ...known[c] };
  });
  const total = scene.units.reduce((sum, unit) => sum + unit.w, 0) || 1;
  const moved = of.reduce((sum, c, n) => sum + (c === scene.today[n] ? 0 : scene.units[n].w), 0) / total;
  return { rows, moved, moment: rows.reduce((sum, row) => sum + row.moment, 0) };
}

// What has been moved and not yet used is kept beside the views: a page that changes its language draws the map anew.
function draw({ model, el }, kept) {
  el.classList.add("fusion-hand");
  const again = () => {
    const scene = model.get("scene"), words = scene.words;
    el.replaceChildren();
    if (!scene.units) return;
    if (kept.opened !== scene.opened || kept.of?.length !== scene.of.length) {
      Object.assign(kept, { opened: scene.opened, of: [...scene.of], done: [], undone: [], chosen: new Set() });
    }
    let { of, undone } = kept;
    const { done, chosen } = kept, known = {};
    const start = measure(scene.of, scene, known);

    const bar = document.createElement("div");
    bar.className = "tools";
    el.appendChild(bar);
    const target = document.createElement("select");
    target.setAttribute("aria-label", words.to);
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    el.appendChild(said);
    const svg = node("svg", { viewBox: `0 0 ${scene.width} ${scene.height}`, class: "fusion-map", role: "group", "aria-label": words.title }, el);
    const shapes = scene.units.map((unit, n) => {
      const shape = node("path", { d: unit.d, class: "unit", tabindex: 0, role: "checkbox", "aria-checked": false, "fill-rule": "evenodd" }, svg);
      shape.dataset.n = n;
      shape.dataset.id = unit.id;
      node("title", {}, shape).textContent = unit.name;
      return shape;
    });
    node("path", { d: scene.borders, class: "passive centre" }, svg);
    for (const item of scene.labels) node("text", { x: item.x, y: item.y, class: "passive" }, svg).textContent = item.text;
    const box = node("rect", { class: "passive lasso", visibility: "hidden" }, svg);
    const table = document.createElement("table");
    table.className = "fusion-table";
    el.appendChild(table);

    const percent = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(100 * value).toFixed(1)} %`;
    const choices = () => {
      const centres = new Set([...chosen].map((n) => scene.centres[of[n]]));
      if (centres.size !== 1) return [];
      const near = new Set();
      for (const n of chosen) for (const other of scene.units[n].near) near.add(of[other]);
      const from = new Set([...chosen].map((n) => of[n]));
      return [...near].filter((c) => scene.centres[c] === [...centres][0] && !(from.size === 1 && from.has(c)));
    };
    const paint = () => {
      shapes.forEach((shape, n) => {
        const fill = scene.fills[of[n]];
        if (shape.getAttribute("fill") !== fill) shape.setAttribute("fill", fill);
        shape.classList.toggle("on", chosen.has(n));
        shape.classList.toggle("moved", of[n] !== scene.of[n]);
        shape.setAttribute("aria-checked", chosen.has(n));
        shape.setAttribute("aria-label", `${scene.units[n].name}, ${scene.communities[of[n]]}`);
      });
      const options = choices();
      target.replaceChildren(...options.map((c) => new Option(scene.communities[c], c)));
      move.disabled = !options.length;
      keep.disabled = chosen.size < 2 || new Set([...chosen].map((n) => scene.centres[of[n]])).size > 1;
      undo.disabled = !done.length;
      redo.disabled = !undone.length;
    };
    const tell = () => {
      const now = measure(of, scene, known);
      const worst = Math.max(...now.rows.map((row) => Math.abs(row.off)));
      const split = now.rows.filter((row) => row.pieces > 1).length;
      const empty = now.rows.filter((row) => !row.units).length;
      const compact = start.moment ? now.moment / start.moment - 1 : 0;
      said.textContent = words.state.replace("{worst}", percent(worst).replace("+", "±")).replace("{split}", split + empty).replace("{compact}", percent(compact)).replace("{moved}", percent(now.moved).replace("+", ""));
      said.className = worst > scene.tolerance + 1e-9 || split || empty ? "broken" : "";
      use.disabled = !done.length || split > 0 || empty > 0;
      const changed = scene.communities.map((_, c) => c).filter((c) => now.rows[c].key !== start.rows[c].key);
      table.replaceChildren();
      if (!changed.length) return;
      const head = table.createTHead().insertRow();
      for (const text of words.heads) {
        const cell = document.createElement("th");
        cell.scope = "col";
        cell.textContent = text;
        head.appendChild(cell);
      }
      const body = table.createTBody();
      for (const c of changed) {
        const row = body.insertRow();
        const name = document.createElement("th");
        name.scope = "row";
        name.textContent = scene.communities[c];
        row.appendChild(name);
        for (const text of [`${start.rows[c].units} → ${now.rows[c].units}`, `${percent(start.rows[c].off)} → ${percent(now.rows[c].off)}`, now.rows[c].pieces]) row.insertCell().textContent = text;
      }
    };
    const show = () => { paint(); tell(); };
    const apply = (next) => { of = next; chosen.clear(); Object.assign(kept, { of, undone }); show(); };
    const toggle = (n) => { if (!chosen.delete(n)) chosen.add(n); paint(); };

    bar.append(target);
    const move = button(words.move, bar, () => {
      if (!target.value) return;
      const next = [...of];
      for (const n of chosen) next[n] = Number(target.value);
      done.push(of);
      undone = [];
      apply(next);
    });
    const undo = button(words.undo, bar, () => { if (done.length) { undone.push(of); apply(done.pop()); } });
    const redo = button(words.redo, bar, () => { if (undone.length) { done.push(of); apply(undone.pop()); } });
    const keep = button(words.together, bar, () => {
      model.set("brushed", { units: [...chosen], count: (model.get("brushed").count || 0) + 1 });
      model.save_changes();
      chosen.clear();
      paint();
    });
    button(words.none, bar, () => { chosen.clear(); paint(); });
    const use = button(words.use, bar, () => {
      model.set("drawn", { of, count: (model.get("drawn").count || 0) + 1 });
      model.save_changes();
    });

    svg.addEventListener("keydown", (event) => {
      const n = event.target.dataset?.n;
      if (n !== undefined && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); toggle(Number(n)); }
      if ((event.ctrlKey || event.metaKey) && event.key === "z") { event.preventDefault(); undo.click(); }
      if ((event.ctrlKey || event.metaKey) && event.key === "y") { event.preventDefault(); redo.click(); }
    });
    let from = null;
    const place = (event) => {
      const frame = svg.getBoundingClientRect();
      return [((event.clientX - frame.x) / frame.width) * scene.width, ((event.clientY - frame.y) / frame.height) * scene.height];
    };
    svg.addEventListener("pointerdown", (event) => { from = [...place(event), event.target.dataset?.n]; event.preventDefault(); });
    svg.addEventListener("pointermove", (event) => {
      if (!from) return;
      const [x, y] = place(event);
      if (Math.hypot(x - from[0], y - from[1]) < 6) return;
      box.setAttribute("visibility", "visible");
      for (const [key, value] of [["x", Math.min(x, from[0])], ["y", Math.min(y, from[1])], ["width", Math.abs(x - from[0])], ["height", Math.abs(y - from[1])]]) box.setAttribute(key, value);
    });
    const finish = (event) => {
      if (!from) return;
      const [x, y] = place(event), [left, top, n] = from;
      from = null;
      if (box.getAttribute("visibility") === "hidden") { if (n !== undefined) toggle(Number(n)); return; }
      box.setAttribute("visibility", "hidden");
      scene.units.forEach((unit, other) => {
        if (unit.px >= Math.min(x, left) && unit.px <= Math.max(x, left) && unit.py >= Math.min(y, top) && unit.py <= Math.max(y, top)) chosen.add(other);
      });
      paint();
    };
    svg.addEventListener("pointerup", finish);
    svg.addEventListener("pointerleave", (event) => { if (box.getAttribute("visibility") === "visible") finish(event); from = null; });
    show();
  };
  model.on("change:scene", again);
  again();
  return () => model.off("change:scene", again);
}

export default () => {
  const kept = {};
  return { render: (context) => draw(context, kept) };
};
