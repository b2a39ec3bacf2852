// What changed in the ledger for the organization: the parts of the page that show it are loaded again.
"use strict";
(() => {
  const script = document.currentScript;
  const address = script.dataset.address;
  const parts = () => [...document.querySelectorAll("[data-live]")];
  if (!parts().length || !("EventSource" in window)) return;
  const status = document.createElement("p");
  status.className = "hidden";
  status.setAttribute("role", "status");
  script.after(status);
  // A part in which somebody works is left alone until the focus leaves it.
  const isBusy = (part) => part.contains(document.activeElement) || part.querySelector("details[open]") !== null
    || [...part.querySelectorAll("input:not([type=hidden]), textarea")].some((each) => each.value !== each.defaultValue);
  const withoutTokens = (part) => part.innerHTML.replace(/name="(csrfmiddlewaretoken|key)" value="[^"]*"/g, "");
  let waits = false;
  let pending = false;
  const load = async () => {
    pending = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      let changed = false;
      for (const part of parts()) {
        const fresh = page.getElementById(part.id);
        if (!fresh || withoutTokens(fresh) === withoutTokens(part)) continue;
        if (isBusy(part)) { pending = true; continue; }
        part.replaceChildren(...fresh.childNodes);
        changed = true;
      }
      if (changed) status.textContent = `${script.dataset.says} ${new Date().toLocaleTimeString(document.documentElement.lang)}`;
    } catch { /* the server may be restarting: the next event loads it */ }
  };
  // Several events of one step are one load, and the page of a busy shop is not loaded all the time.
  const later = () => {
    if (waits) return;
    waits = true;
    setTimeout(() => { waits = false; load(); }, 1000);
  };
  document.addEventListener("focusout", () => { if (pending) later(); });
  let source = null;
  // Milliseconds until the next attempt where no place is free: the one of the page before is free after five seconds.
  const SOON = 6000, LATE = 60000;
  let pause = SOON;
  const close = () => { if (source) source.close(); source = null; };
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(address);
    source.addEventListener("changed", later);
    source.addEventListener("open", () => { pause = SOON; });
    source.addEventListener("error", () => {
      // No place is free, or nobody is signed in: ask again, less and less often.
      if (source && source.readyState === EventSource.CLOSED) {
        close();
        setTimeout(open, pause * (1 + Math.random()));
        pause = Math.min(2 * pause, LATE);
      }
    });
  };
  // A page that nobody looks at takes no place from others.
  document.addEventListener("visibilitychange", () => { if (document.hidden) { close(); } else { open(); later(); } });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
})();
