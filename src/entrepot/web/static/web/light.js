// Light or dark colours: those of the operating system until the user chooses; the choice is stored in the browser.
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
    const update = () => button.setAttribute("aria-pressed", String((root.dataset.light || (dark.matches ? "dark" : "light")) === "dark"));
    button.hidden = false;
    update();
    dark.addEventListener("change", update);
    button.addEventListener("click", () => {
      const next = (root.dataset.light || (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
      show(next);
      try { localStorage.setItem(name, next); } catch { /* without storage the choice applies to this page only */ }
      update();
    });
    // A click outside the menu closes it; so does the Escape key.
    const menu = document.querySelector("details.tongues");
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
    });
  });
})();
