// A table that a person sorts by a column and searches by a word; the first rows are shown, the rest at a click. Text is
// only ever set as text.
// How a person has sorted and searched it is kept beside the views: another language, or other rows, leave it so.
function draw({ model, el }, kept) {
  el.classList.add("fusion-sortable");
  let { column, down, word, all } = kept;
  const keep = () => Object.assign(kept, { column, down, word, all });

  const order = (rows) => {
    if (column < 0) return rows;
    const by = (row) => row[column].by;
    const less = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));
    return [...rows].sort((a, b) => (down ? -1 : 1) * less(by(a), by(b)));
  };

  const fill = (content, body, more, found) => {
    const wanted = word.trim().toLowerCase();
    const hits = order(content.rows.filter((row) => !wanted || row.some((cell) => cell.text.toLowerCase().includes(wanted))));
    const shown = all ? hits : hits.slice(0, content.first);
    body.replaceChildren();
    for (const row of shown) {
      const line = document.createElement("tr");
      row.forEach((cell, n) => {
        const box = document.createElement(n ? "td" : "th");
        if (!n) box.scope = "row";
        box.textContent = cell.text;
        if (cell.tone) box.className = cell.tone;
        line.appendChild(box);
      });
      body.appendChild(line);
    }
    more.hidden = hits.length <= content.first;
    more.textContent = all ? content.less : content.more.replace("{count}", hits.length);
    found.textContent = hits.length ? "" : content.nothing;
  };

  const again = () => {
    const content = model.get("content");
    el.replaceChildren();
    if (!content.rows) return;
    if (!content.rows.length) { el.textContent = content.nothing; return; }
    const search = document.createElement("input");
    search.type = "search";
    search.placeholder = content.search;
    search.setAttribute("aria-label", content.search);
    search.value = word;
    const table = document.createElement("table");
    table.className = "fusion-table";
    const head = document.createElement("tr");
    const body = document.createElement("tbody");
    const more = document.createElement("button");
    const found = document.createElement("p");
    found.setAttribute("role", "status");
    more.type = "button";
    const show = () => fill(content, body, more, found);
    const mark = () => [...head.children].forEach((cell, n) => cell.setAttribute("aria-sort", n !== column ? "none" : down ? "descending" : "ascending"));
    content.columns.forEach((title, n) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      const press = document.createElement("button");
      press.type = "button";
      press.textContent = title;
      press.addEventListener("click", () => {
        down = column === n ? !down : n >= content.words;
        column = n;
        keep();
        mark();
        show();
      });
      cell.appendChild(press);
      head.appendChild(cell);
    });
    mark();
    search.addEventListener("input", () => { word = search.value; keep(); show(); });
    more.addEventListener("click", () => { all = !all; keep(); show(); });
    table.append(document.createElement("thead"), body);
    table.tHead.appendChild(head);
    el.append(search, table, found, more);
    show();
  };
  model.on("change:content", again);
  again();
  return () => model.off("change:content", again);
}

export default () => {
  const kept = { column: -1, down: true, word: "", all: false };
  return { render: (context) => draw(context, kept) };
};
