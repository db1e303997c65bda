// Buttons that fetch a file from the page's own kernel and hand it to the browser as a download.
function render({ model, el }) {
  el.classList.add("fusion-files");
  const again = () => {
    el.replaceChildren();
    for (const file of model.get("files")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = file.label;
      button.title = file.name;
      button.disabled = !file.ready;
      button.addEventListener("click", () => model.send({ want: file.name }));
      el.appendChild(button);
    }
  };
  const save = (message, buffers) => {
    if (!message.name) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([buffers[0]], { type: message.type }));
    link.download = message.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  model.on("change:files", again);
  model.on("msg:custom", save);
  again();
  return () => {
    model.off("change:files", again);
    model.off("msg:custom", save);
  };
}

export default { render };
