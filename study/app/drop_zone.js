// A place to drop a file, or to choose one: its bytes go to the page's own kernel, and nowhere else.
function render({ model, el }) {
  const words = () => model.get("words");
  const zone = document.createElement("label");
  zone.className = "fusion-drop";
  const text = document.createElement("span");
  const field = document.createElement("input");
  field.type = "file";
  field.accept = model.get("accepts").join(",");
  zone.append(text, field);
  const say = () => { text.textContent = words().hint || ""; };
  const send = async (file) => {
    if (!file) return;
    if (file.size > model.get("largest")) { model.send({ name: file.name, size: file.size }); return; }
    const bytes = await file.arrayBuffer();
    model.send({ name: file.name, size: file.size }, undefined, [bytes]);
  };
  field.addEventListener("change", () => { send(field.files[0]); field.value = ""; });
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    send(event.dataTransfer.files[0]);
  });
  model.on("change:words", say);
  say();
  el.replaceChildren(zone);
  return () => model.off("change:words", say);
}

export default { render };
