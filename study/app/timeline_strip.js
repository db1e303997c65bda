// Phases and target stages as bars over the days of the study. The end of a phase is a handle: drag it, or move it with
// the arrow keys; the phases after it move along. Text is only ever set as text.
let asked = 0;

function bar(item, whole, parent, kind) {
  const box = document.createElement("div");
  box.className = kind + (item.narrow ? " narrow" : "");
  box.style.left = `${(100 * item.from) / whole}%`;
  box.style.width = `${(100 * (item.to - item.from)) / whole}%`;
  box.style.background = item.fill;
  box.title = item.words;
  const name = document.createElement("span");
  name.textContent = item.title;
  box.appendChild(name);
  parent.appendChild(box);
  return box;
}

function handle(item, scene, track, model) {
  const grip = document.createElement("div");
  grip.className = "grip";
  grip.tabIndex = 0;
  grip.title = scene.hint;
  grip.setAttribute("role", "slider");
  grip.setAttribute("aria-label", item.title);
  grip.setAttribute("aria-valuemin", 1);
  grip.setAttribute("aria-valuemax", scene.longest);
  let days = item.days;
  const place = () => {
    grip.style.left = `${(100 * (item.to + days - item.days)) / scene.whole}%`;
    grip.setAttribute("aria-valuenow", days);
    grip.dataset.days = days === item.days ? "" : scene.unit.replace("{days}", days);
  };
  const within = (count) => Math.max(1, Math.min(scene.longest, Math.round(count)));
  const done = () => {
    if (days === item.days) return;
    model.set("asked", { phase: item.name, days, count: (asked += 1) });
    model.save_changes();
  };
  place();
  let from = null;
  grip.addEventListener("pointerdown", (event) => {
    from = event.clientX;
    grip.setPointerCapture(event.pointerId);
    event.preventDefault();
    grip.focus();
  });
  grip.addEventListener("pointermove", (event) => {
    if (from === null) return;
    days = within(item.days + ((event.clientX - from) / track.clientWidth) * scene.whole);
    place();
  });
  const drop = () => {
    if (from !== null) { from = null; done(); }
  };
  grip.addEventListener("pointerup", drop);
  grip.addEventListener("pointercancel", () => { from = null; days = item.days; place(); });
  const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -7, PageUp: 7 };
  grip.addEventListener("keydown", (event) => {
    if (event.key in steps) { days = within(days + steps[event.key]); place(); event.preventDefault(); }
    if (event.key === "Enter") done();
    if (event.key === "Escape") { days = item.days; place(); }
  });
  grip.addEventListener("blur", done);
  track.appendChild(grip);
}

function render({ model, el }) {
  el.classList.add("fusion-strip");
  const again = () => {
    const scene = model.get("scene");
    const focused = document.activeElement?.closest?.(".grip")?.getAttribute("aria-label");
    el.replaceChildren();
    if (scene.none) { el.textContent = scene.none; return; }
    if (!scene.phases) return;
    for (const [kind, items] of [["phase", scene.phases], ["stage", scene.stages]]) {
      const track = document.createElement("div");
      track.className = "track";
      for (const item of items) bar(item, scene.whole, track, kind);
      el.appendChild(track);
      if (kind === "phase") for (const item of items) if (item.days) handle(item, scene, track, model);
    }
    const ends = document.createElement("div");
    ends.className = "ends";
    for (const text of scene.ends) ends.appendChild(document.createElement("span")).textContent = text;
    el.appendChild(ends);
    if (focused) [...el.querySelectorAll(".grip")].find((grip) => grip.getAttribute("aria-label") === focused)?.focus();
  };
  model.on("change:scene", again);
  again();
  return () => model.off("change:scene", again);
}

export default { render };
