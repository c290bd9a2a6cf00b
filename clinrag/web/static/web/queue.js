/* The ingest queue: files may be dropped anywhere, and what the form does not need for
 * several files is not asked for. Everything works without it. */
(() => {
  "use strict";

  const start = () => {
    const form = document.querySelector("[data-adding]");
    const input = form?.querySelector("input[type=file]");
    if (!input) return;
    const veil = document.querySelector("[data-veil]");
    const chosen = form.querySelector("[data-chosen]");
    const label = form.elements.label;

    const show = () => {
      const several = input.files.length > 1;
      label.required = !several;
      form.elements.title.disabled = several;
      chosen.hidden = !several;
      chosen.replaceChildren(...[...input.files].map((file) => {
        const line = document.createElement("li");
        line.textContent = file.name;
        return line;
      }));
    };

    /* A document that is known needs no description. */
    const describe = () =>
      form.querySelector("[data-new]").classList.toggle("aside", form.elements.document.value !== "");

    const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    let depth = 0;
    const over = (by) => (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      depth = Math.max(depth + by, 0);
      veil.hidden = depth === 0;
    };
    document.addEventListener("dragenter", over(1));
    document.addEventListener("dragleave", over(-1));
    document.addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
    document.addEventListener("drop", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      depth = 0;
      veil.hidden = true;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      (input.files.length > 1 ? form.elements.document : label).focus();
    });

    input.addEventListener("change", show);
    form.elements.document.addEventListener("change", describe);
    show();
    describe();
  };

  document.addEventListener("DOMContentLoaded", start);
})();
