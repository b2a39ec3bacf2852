// Runs the form of an operation without leaving the page, so that the API key stays in its field; copies snippets.
"use strict";
(() => {
  const form = document.querySelector("form.run");
  const prepare = () => {
    for (const button of document.querySelectorAll("button.copy")) {
      button.hidden = !navigator.clipboard;
      button.addEventListener("click", async () => {
        const text = button.textContent;
        await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent);
        button.textContent = button.dataset.copied;
        setTimeout(() => { button.textContent = text; }, 2000);
      });
    }
  };
  prepare();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("p.row button");
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const result = page.querySelector("#result");
      if (!result || page.querySelector("form.run .fault")) { form.submit(); return; }
      const open = [...document.querySelectorAll("#code details")].findIndex((each) => each.open);
      for (const id of ["result", "code"]) document.getElementById(id).replaceWith(page.getElementById(id));
      form.querySelector(".address").replaceWith(page.querySelector("form.run .address"));
      document.querySelectorAll("#code details").forEach((each, number) => { each.open = number === open; });
      prepare();
      document.getElementById("result").focus();
      document.getElementById("result").scrollIntoView();
    } catch { form.submit(); } finally { button.disabled = false; }
  });
})();
