// Tariff lines that match the words typed so far, to choose with the arrow keys or by touch.
"use strict";
(() => {
  const place = document.querySelector("[data-find]");
  const field = place && place.querySelector("input");
  if (!field) return;
  const list = document.createElement("ul");
  Object.assign(list, { className: "finds", id: "finds", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", place.querySelector("label").textContent);
  place.append(list);
  const count = document.createElement("p");
  count.className = "hidden";
  count.setAttribute("role", "status");
  place.append(count);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "finds" })) field.setAttribute(name, value);

  let at = -1, timer = 0, asking = null;
  const close = () => { list.hidden = true; count.className = "hidden"; at = -1; field.setAttribute("aria-expanded", "false"); field.removeAttribute("aria-activedescendant"); };
  const mark = (next) => {
    const all = [...list.children];
    if (!all.length) return;
    at = (next + all.length) % all.length;
    all.forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
    all[at].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", all[at].id);
  };
  const choose = (one) => {
    field.value = one.dataset.code;
    field.focus();
    // A heading cannot be quoted: its lines are listed instead.
    if (isQuotable(one.dataset.level)) {
      close();
      count.textContent = one.textContent;
    } else ask();
  };
  const line = (text, name) => { const part = document.createElement("span"); part.className = name; part.textContent = text; return part; };
  const isCode = (text) => /^[\d.]+$/.test(text);
  const isQuotable = (level) => level === "line" || level === "subheading";
  const show = (answer, typed) => {
    const found = answer.data.filter((hit) => hit.dotted !== typed || isQuotable(hit.level));
    list.replaceChildren(...found.map((hit, i) => {
      const one = document.createElement("li");
      one.id = `find-${i}`;
      one.dataset.code = hit.dotted;
      one.dataset.level = hit.level;
      one.setAttribute("role", "option");
      one.setAttribute("aria-selected", "false");
      const name = line((isCode(typed) && hit.differs) || hit.name, "name");
      name.lang = hit.name_language;
      one.append(line(hit.dotted, "code"), " ", name);
      if (hit.duty.length && hit.duty.every((rate) => /^[\d.]+ %$/.test(rate))) one.append(" ", line(hit.duty.join(" | "), "quiet"));
      if (hit.called && hit.name_language !== document.documentElement.lang) one.append(line(hit.called, "under"));
      if (hit.heading_name !== hit.name && hit.heading !== (found[i - 1] || {}).heading) one.append(line(hit.heading_name, "under"));
      return one;
    }));
    at = -1;
    list.hidden = !found.length;
    field.setAttribute("aria-expanded", String(!!found.length));
    count.className = found.length ? "hidden" : "hint";
    count.textContent = found.length ? answer.corrected || String(found.length) : place.dataset.none;
  };
  const ask = async () => {
    const words = field.value.trim();
    if (asking) asking.abort();
    if (words.length < 2) return close();
    asking = new AbortController();
    const query = new URLSearchParams({ q: words, language: document.documentElement.lang, limit: isCode(words) ? "40" : "12" });
    const there = document.getElementById(place.dataset.of || "f-to");
    const economy = place.dataset.economy || (there && there.value);
    if (economy) query.set("economy", economy);
    try {
      const answer = await fetch(`${place.dataset.find}?${query}`, { signal: asking.signal, headers: { Accept: "application/json" } });
      if (answer.ok && document.activeElement === field) show(await answer.json(), words);
    } catch (error) { if (error.name !== "AbortError") close(); }
  };
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 160); });
  field.addEventListener("blur", () => setTimeout(close, 150));
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) { ask(); return; }
      event.preventDefault();
      mark(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
      event.preventDefault();
      choose(list.children[at]);
    } else if (event.key === "Escape") close();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => { const one = event.target.closest("li"); if (one) choose(one); });
})();
