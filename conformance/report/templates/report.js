"use strict";
(() => {
  const PAGE = 100;
  const $ = (id) => document.getElementById(id);
  const plural = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;

  // Findings: filter, open, close.
  const find = $("find");
  if (find) {
    find.hidden = false;
    const rules = [...document.querySelectorAll("article.rule")].map((node) => ({
      node,
      level: node.dataset.level,
      head: node.querySelector("h3").textContent.toLowerCase(),
      findings: [...node.querySelectorAll(".finding")].map((each) => ({
        node: each,
        text: (each.querySelector("summary") || each).textContent.toLowerCase(),
        among: each.closest(".alike"),
      })),
    }));
    const show = () => {
      const wanted = $("find-text").value.trim().toLowerCase();
      const levels = new Set(
        [...find.querySelectorAll("input[name=level]:checked")].map((each) => each.value));
      let places = 0;
      for (const rule of rules) {
        const whole = rule.head.includes(wanted);
        const among = new Set();
        let left = 0;
        for (const finding of rule.findings) {
          const shown = whole || finding.text.includes(wanted);
          finding.node.hidden = !shown;
          left += shown;
          if (shown && finding.among) among.add(finding.among);
        }
        for (const group of rule.node.querySelectorAll("details.alike")) {
          group.hidden = !among.has(group);
          if (!whole) group.open = among.has(group);
        }
        rule.node.hidden = !left || !levels.has(rule.level);
        if (!rule.node.hidden) places += left;
      }
      const kept = rules.filter((rule) => !rule.node.hidden).length;
      $("find-count").textContent = `${plural(kept, "rule")}, ${plural(places, "place")} listed`;
    };
    const all = (open) => {
      for (const each of document.querySelectorAll("details.finding, details.alike")) each.open = open;
    };
    find.addEventListener("input", show);
    find.addEventListener("submit", (event) => event.preventDefault());
    $("open-all").addEventListener("click", () => all(true));
    $("close-all").addEventListener("click", () => all(false));
    show();
  }

  // Rules: filter.
  const ruleFilter = $("rule-filter");
  if (ruleFilter) {
    ruleFilter.hidden = false;
    const rows = [...$("rule-table").tBodies[0].rows].map((node) => ({
      node, kinds: node.dataset.show.split(" "), text: node.textContent.toLowerCase(),
    }));
    const show = () => {
      const wanted = $("rule-text").value.trim().toLowerCase();
      const kind = $("rule-show").value;
      let count = 0;
      for (const row of rows) {
        const shown = (kind === "all" || row.kinds.includes(kind)) && row.text.includes(wanted);
        row.node.hidden = !shown;
        count += shown;
      }
      $("rule-count").textContent = plural(count, "rule");
    };
    ruleFilter.addEventListener("input", show);
    ruleFilter.addEventListener("submit", (event) => event.preventDefault());
    show();
  }

  // Exchanges: made page by page, since there may be very many.
  const data = JSON.parse($("data").textContent);
  const text = (index) => data.texts[index];
  const rows = data.rows.map((row) => ({
    file: text(row[0]), exchange: row[1], line: row[2], name: text(row[3]), endpoint: text(row[4]),
    request: text(row[5]), status: row[6], events: row[7], size: row[8], result: text(row[9]),
    about: text(row[10]),
  }));
  for (const row of rows) {
    row.place = row.line === null ? row.file : `${row.file}:${row.line}`;
    if (row.exchange > 1) row.place += `, exchange ${row.exchange}`;
    row.text = `${row.place} ${row.name} ${row.request} ${row.about}`.toLowerCase();
  }
  const filter = $("list-filter");
  for (const id of ["list-filter", "list-place", "list-pages"]) $(id).hidden = false;
  let shown = rows;
  let page = 0;
  const cell = (row, content, kind) => {
    const made = row.insertCell();
    made.textContent = content;
    if (kind) made.className = kind;
    return made;
  };
  const under = (parent, content) => {
    const made = document.createElement("span");
    made.className = "under";
    made.textContent = content;
    parent.append(made);
  };
  const draw = () => {
    const body = $("list").tBodies[0];
    body.replaceChildren();
    for (const row of shown.slice(page * PAGE, (page + 1) * PAGE)) {
      const line = body.insertRow();
      const place = cell(line, row.name || row.place);
      if (row.name && row.name !== row.place) under(place, row.place);
      const request = cell(line, row.request);
      if (row.endpoint) under(request, row.endpoint);
      cell(line, row.status === null ? "" : row.status, "number");
      cell(line, row.events ? row.events.toLocaleString("en") : "", "number");
      cell(line, row.size.toLocaleString("en"), "number");
      const result = cell(line, row.result, row.result === "broken" ? "bad" : "");
      if (row.about) under(result, row.about);
    }
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    $("list-page").textContent = `page ${page + 1} of ${pages}`;
    $("list-back").disabled = page === 0;
    $("list-on").disabled = page + 1 >= pages;
    $("list-count").textContent = plural(shown.length, "exchange");
  };
  const choose = () => {
    const wanted = $("list-text").value.trim().toLowerCase();
    const result = $("list-result").value;
    const endpoint = $("list-endpoint").value;
    shown = rows.filter((row) => (!result || row.result === result)
      && (!endpoint || row.endpoint === endpoint) && row.text.includes(wanted));
    page = 0;
    draw();
  };
  filter.addEventListener("input", choose);
  filter.addEventListener("submit", (event) => event.preventDefault());
  const turn = (by) => {
    page += by;
    draw();
    $("list-place").scrollIntoView({ block: "start" });
  };
  $("list-back").addEventListener("click", () => turn(-1));
  $("list-on").addEventListener("click", () => turn(1));
  draw();

  // A link into the page opens what it leads to, even if a filter hides it.
  const follow = () => {
    const node = location.hash && $(decodeURIComponent(location.hash.slice(1)));
    if (!node) return;
    const rule = node.closest("article.rule");
    if (rule && (rule.hidden || node.hidden)) {
      $("find-text").value = "";
      find.querySelector(`input[value=${rule.dataset.level}]`).checked = true;
      find.dispatchEvent(new Event("input"));
    }
    const among = node.closest("details.alike");
    if (among) among.open = true;
    if (node.tagName === "DETAILS") node.open = true;
    node.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", follow);
  follow();
})();
