// batch: a table that is chosen is handed in at once; the page of one shows how far it is.
"use strict";
const drop = document.querySelector("form.drop");
if (drop) {
  const file = drop.querySelector("input[type=file]");
  file.addEventListener("change", () => {
    if (file.files.length && file.files[0].size <= Number(drop.dataset.most)) drop.requestSubmit();
  });
}
const box = document.querySelector(".progress");
if (box) {
  const put = (name, text) => { const place = box.querySelector(`[data-${name}]`); if (place) place.textContent = text; };
  const look = async () => {
    try {
      const answer = await fetch(box.dataset.address, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const told = await answer.json();
        if (told.state !== "waiting" && told.state !== "working") { location.reload(); return; }
        box.querySelector("progress").value = Number(told.share);
        put("says", told.says); put("percent", told.percent); put("rows", told.rows);
      } else if (answer.status === 404) { location.reload(); return; }
    } catch { /* the desk may be starting again: the next look is another chance */ }
    setTimeout(look, 1000);
  };
  setTimeout(look, 700);
}
