// light: light or dark, as the reader's system has it until the reader says otherwise; what was said is remembered.
"use strict";
(() => {
  const root = document.documentElement;
  const name = "entrepot-light";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const said = () => { try { return localStorage.getItem(name); } catch { return null; } };
  const show = (light) => { if (light === "light" || light === "dark") root.dataset.light = light; };
  show(said());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.light");
    const told = () => button.setAttribute("aria-pressed", String((root.dataset.light || (dark.matches ? "dark" : "light")) === "dark"));
    button.hidden = false;
    told();
    dark.addEventListener("change", told);
    button.addEventListener("click", () => {
      const next = (root.dataset.light || (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
      show(next);
      try { localStorage.setItem(name, next); } catch { /* it holds for this page then */ }
      told();
    });
    // A menu closes where the reader goes elsewhere.
    const menu = document.querySelector("details.tongues");
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
    });
  });
})();
