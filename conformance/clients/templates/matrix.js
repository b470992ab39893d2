"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const plural = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
  const make = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined && text !== null) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  // what stands between backticks is code
  const coded = (text) => {
    const parts = text.split("`");
    return parts.length % 2 ? parts.map((part, at) => (at % 2 ? make("code", part) : part)) : [text];
  };
  // outcome or mark -> what a cell shows, its class, and what it is called
  const SHOWN = {
    g: ["✓", "m-y", "good"], e: ["✗", "m-n", "fails"], w: ["!", "m-w", "warned"],
    k: ["k", "m-k", "known to fail"], h: ["○", "m-s", "not surfaced"],
    u: ["–", "m-u", "unsupported"], t: ["?", "m-t", "not judged"], ".": ["", "m-x", "not run"],
    y: ["✓", "m-y", "yes"], n: ["✗", "m-n", "no"], "-": ["–", "m-u", "does not apply"],
    s: ["○", "m-s", "not surfaced"],
  };
  const MARKS = ["survives", "reports", "loses nothing"];
  const BAD = new Set(["e", "t", "n"]);
  const WARNED = new Set([...BAD, "w", "k"]);

  for (const client of data.clients) $("client").append(make("option", client.name));
  for (const family of data.families) $("family").append(make("option", family.name));
  $("filter").hidden = $("place").hidden = false;

  const opened = new Set();
  const letter = (client, number) => {
    const mark = $("mark").value;
    return mark === "all" ? client.outcomes[number] : client.marks[Number(mark)][number];
  };
  const columns = () => {
    const wanted = $("client").value;
    return data.clients.filter((client) => !wanted || client.name === wanted);
  };
  const fits = (number, clients) => {
    const item = data.cases[number];
    const wanted = $("text").value.trim().toLowerCase();
    if (wanted && !`${item.name} ${item.about} ${item.cause}`.toLowerCase().includes(wanted)) return false;
    const show = $("show").value;
    if (!show) return true;
    const set = show === "bad" ? BAD : WARNED;
    return clients.some((client) => set.has(letter(client, number)));
  };
  const draw = () => {
    const clients = columns();
    const grid = $("grid");
    const head = make("tr");
    head.append(make("th", "case"));
    for (const client of clients) {
      const cell = make("th");
      cell.scope = "col";
      cell.title = client.title;
      cell.append(make("span", client.name));
      head.append(cell);
    }
    grid.tHead.replaceChildren(head);
    for (const body of [...grid.tBodies]) body.remove();
    const only = $("family").value;
    const narrow = $("text").value.trim() || $("show").value;
    let total = 0;
    for (const family of data.families) {
      if (only && family.name !== only) continue;
      const numbers = family.cases.filter((number) => fits(number, clients));
      if (!numbers.length) continue;
      total += numbers.length;
      const open = opened.has(family.name) || Boolean(only) || (narrow && numbers.length <= 60);
      grid.append(section(family, numbers, clients, open));
    }
    $("count").textContent = `${plural(total, "case")}, ${plural(clients.length, "client")}`;
  };
  const section = (family, numbers, clients, open) => {
    const body = make("tbody");
    const row = body.insertRow();
    row.className = "family";
    const head = make("th");
    head.scope = "rowgroup";
    const button = make("button", `${open ? "▾" : "▸"} ${family.name} (${numbers.length})`);
    button.type = "button";
    button.title = family.about;
    button.setAttribute("aria-expanded", String(open));
    button.addEventListener("click", () => {
      if (open) opened.delete(family.name);
      else opened.add(family.name);
      draw();
      // the button is another one now; who came by keyboard goes on from it
      for (const each of $("grid").querySelectorAll("tr.family button")) {
        if (each.dataset.family === family.name) each.focus();
      }
    });
    button.dataset.family = family.name;
    head.append(button);
    row.append(head);
    for (const client of clients) {
      const letters = numbers.map((number) => letter(client, number));
      const bad = letters.filter((each) => BAD.has(each)).length;
      const warned = letters.filter((each) => each === "w" || each === "k").length;
      const cell = row.insertCell();
      cell.textContent = bad || warned || "";
      cell.className = bad ? "m-n" : warned ? "m-w" : letters.every((each) => "u-.".includes(each)) ? "m-u" : "m-y";
      cell.title = `${client.name}: ${bad} of ${numbers.length} fail, ${warned} warned`;
    }
    if (open) for (const number of numbers) body.append(line(number, clients));
    return body;
  };
  const line = (number, clients) => {
    const item = data.cases[number];
    const row = make("tr");
    const head = make("th", item.name.split("/")[1]);
    head.scope = "row";
    head.title = item.about;
    head.append(make("span", item.about, "about"));
    row.append(head);
    for (const client of clients) {
      const [sign, kind, said] = SHOWN[letter(client, number)] || SHOWN["."];
      const cell = row.insertCell();
      const button = make("button", sign, kind);
      button.type = "button";
      button.setAttribute("aria-label", `${client.name}, ${item.name}: ${said}`);
      button.addEventListener("click", () => { location.hash = `cell=${encodeURIComponent(`${client.name}/${item.name}`)}`; });
      cell.append(button);
    }
    if (clients.length === 1) {
      const [first] = (data.details[clients[0].name] || {})[number]?.said || [];
      const said = make("td", null, "said");
      if (first) said.append(make("code", first[1]), ` ${first[2]}: `, ...coded(first[3]));
      row.append(said);
    }
    return row;
  };

  const pre = (text, label) => {
    const made = make("pre", text);
    made.tabIndex = 0;
    made.setAttribute("aria-label", label);
    return made;
  };
  const channel = (value) => {
    if (typeof value === "string") return value;
    if (value && typeof value.kind === "string") {
      const status = value.status ? ` (status ${value.status})` : "";
      return `${value.kind}${status}: ${value.message}`;
    }
    return JSON.stringify(value, null, 1);
  };
  const wire = (answer) => {
    const made = pre("", "the answer on the wire");
    made.append(make("b", String(answer.status)), "\n");
    for (const [name, value] of answer.headers) {
      made.append(make("span", `${name}:`, "name"), ` ${value}\n`);
    }
    made.append("\n");
    for (const piece of answer.pieces) made.append(piece, make("span", "⏐", "edge"));
    if (answer.ends !== "whole") made.append("\n", make("b", `(the connection: ${answer.ends})`));
    return made;
  };
  const open = (client, number) => {
    const item = data.cases[number];
    const detail = (data.details[client.name] || {})[number];
    $("cell-title").textContent = `${client.name} · ${item.name}`;
    const body = $("cell-body");
    body.replaceChildren(make("p", `${item.about}${item.cause === item.about ? "" : ` (${item.cause})`}`));
    const marks = make("div", null, "marks");
    MARKS.forEach((name, at) => {
      const [sign, kind, said] = SHOWN[client.marks[at][number]] || SHOWN["."];
      marks.append(make("span", `${sign} ${name}: ${said}`, kind));
    });
    body.append(marks);
    const again = make("p", null, "replay");
    again.append(make("b", "Reproduce: "), make("code", `${client.again} --case ${item.name} --seed ${data.seed} -v`));
    body.append(again);
    for (const trouble of detail?.trouble || []) body.append(make("p", trouble, "notice error"));
    for (const [level, code, name, message, where, evidence] of detail?.said || []) {
      const said = make("p");
      said.append(make("span", level === "info" ? "note" : level, `level ${level}`), " ", make("code", code), ` ${name}${where ? ` · ${where}` : ""}: `, ...coded(message));
      body.append(said);
      if (data.help[code]) body.append(make("p", data.help[code], "note"));
      if (evidence.length) {
        const list = make("dl");
        for (const [label, text] of evidence) list.append(make("dt", label), make("dd", text));
        body.append(list);
      }
    }
    body.append(make("h4", "What the caller got"));
    if (detail) {
      const list = make("dl");
      for (const [name, value] of Object.entries(detail.got)) list.append(make("dt", name), make("dd", channel(value)));
      if (!Object.keys(detail.got).length) list.append(make("dt", "nothing"), make("dd", ""));
      if (detail.retried) list.append(make("dt", "asked again"), make("dd", String(detail.retried)));
      list.append(make("dt", "after"), make("dd", `${detail.seconds} s`));
      body.append(list);
    } else {
      body.append(make("p", "What was sent, as far as the client surfaces it; matrix.jsonl has it.", "note"));
    }
    body.append(make("h4", "What was sent to it"));
    for (const answer of item.answers) body.append(wire(answer));
    body.append(make("h4", "The call"), pre(item.request, "the call"));
    if (detail?.sent?.length) {
      body.append(make("h4", "The request that it sent"));
      for (const text of detail.sent) body.append(pre(text, "the request"));
    }
    $("cell").showModal();
    $("cell").scrollTop = 0;
  };
  const follow = () => {
    const found = /^#cell=(.+)$/.exec(location.hash);
    if (!found) {
      if ($("cell").open) $("cell").close();
      return;
    }
    const [name, ...rest] = decodeURIComponent(found[1]).split("/");
    const client = data.clients.find((each) => each.name === name);
    const number = data.cases.findIndex((each) => each.name === rest.join("/"));
    if (client && number >= 0) open(client, number);
  };
  $("cell-close").addEventListener("click", () => $("cell").close());
  $("cell").addEventListener("close", () => {
    if (location.hash.startsWith("#cell=")) history.replaceState(null, "", "#matrix");
  });
  $("cell").addEventListener("click", (event) => { if (event.target === $("cell")) $("cell").close(); });
  $("filter").addEventListener("input", draw);
  $("filter").addEventListener("submit", (event) => event.preventDefault());
  $("open").addEventListener("click", () => { for (const each of data.families) opened.add(each.name); draw(); });
  $("close").addEventListener("click", () => { opened.clear(); draw(); });
  addEventListener("hashchange", follow);
  draw();
  follow();

  // Defects: filter.
  const find = $("find");
  if (find) {
    find.hidden = false;
    const articles = [...document.querySelectorAll("article.client")].map((node) => ({
      node,
      client: node.dataset.client,
      defects: [...node.querySelectorAll("details")].map((each) => ({
        node: each, level: each.dataset.level, text: each.textContent.toLowerCase(),
      })),
    }));
    const show = () => {
      const wanted = $("find-text").value.trim().toLowerCase();
      const client = $("find-client").value;
      const level = $("find-level").value;
      let count = 0;
      for (const article of articles) {
        let left = 0;
        for (const defect of article.defects) {
          const shown = (!level || defect.level === level) && defect.text.includes(wanted);
          defect.node.hidden = !shown;
          left += shown;
        }
        article.node.hidden = !left || Boolean(client && client !== article.client);
        if (!article.node.hidden) count += left;
      }
      $("find-count").textContent = plural(count, "defect");
    };
    find.addEventListener("input", show);
    find.addEventListener("submit", (event) => event.preventDefault());
    show();
  }
})();
