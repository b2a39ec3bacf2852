// The buttons of an answer: copy its address, print it with everything unfolded; and a link to a field unfolds what holds it.
"use strict";
(() => {
  for (const link of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) break;
    link.textContent = link.dataset.says;
    link.setAttribute("role", "button");
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      try { await navigator.clipboard.writeText(link.href); } catch { location.assign(link.href); return; }
      link.textContent = link.dataset.copy;
      setTimeout(() => { link.textContent = link.dataset.says; }, 2000);
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  const open = (place) => { for (let at = place; at; at = at.parentElement) if (at.localName === "details") at.open = true; };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link) open(document.getElementById(link.hash.slice(1)));
  });
  const folded = new Set();
  addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("main details:not([open], .again, #closed)")) { folded.add(each); each.open = true; } });
  addEventListener("afterprint", () => { for (const each of folded) each.open = false; folded.clear(); });
})();
