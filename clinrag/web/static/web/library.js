/* The library: choosing lines by keyboard (X), all of a page at once, and only the field
 * that a change needs. Everything works without it. */
(() => {
  "use strict";

  const start = () => {
    const form = document.querySelector("[data-bulk]");
    if (!form) return;
    const picks = () => [...form.querySelectorAll("[data-pick]")];
    const all = form.querySelector("[data-pick-all]");
    const count = form.querySelector("[data-count]");
    all.hidden = false;

    const tell = () => {
      const chosen = picks().filter((one) => one.checked).length;
      count.textContent = chosen ? `(${chosen})` : "";
      all.checked = chosen === picks().length;
      all.indeterminate = chosen > 0 && !all.checked;
    };
    const ask = () => {
      for (const name of ["owner", "review_by"]) {
        form.elements[name].closest(".field").hidden = form.elements.change.value !== name;
      }
    };

    all.addEventListener("change", () => {
      picks().forEach((one) => { one.checked = all.checked; });
      tell();
    });
    form.addEventListener("change", () => { tell(); ask(); });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox") return;
      const pick = document.activeElement?.closest("[data-keys] tbody tr")?.querySelector("[data-pick]");
      if (!pick) return;
      pick.checked = !pick.checked;
      tell();
    });
    tell();
    ask();
  };

  document.addEventListener("DOMContentLoaded", start);
})();
