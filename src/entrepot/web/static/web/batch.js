// A chosen table is uploaded at once; its page shows the progress.
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
        const job = await answer.json();
        if (job.state !== "waiting" && job.state !== "working") { location.reload(); return; }
        box.querySelector("progress").value = Number(job.share);
        put("says", job.says); put("percent", job.percent); put("rows", job.rows);
      } else if (answer.status === 404) { location.reload(); return; }
    } catch { /* the server may be restarting: try again with the next request */ }
    setTimeout(look, 1000);
  };
  setTimeout(look, 700);
}
