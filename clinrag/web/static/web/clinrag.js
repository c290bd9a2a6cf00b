/* What every page shares. All of them read and work without it; it adds the keyboard
 * (J, K, Enter in lists), one citation's passage at a time, and printing. It evaluates
 * nothing and builds no markup from text. */
(() => {
  "use strict";

  const typing = (node) =>
    node instanceof HTMLElement &&
    (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));

  /* Lists: J and K move, Enter opens (the link keeps its own focus). */
  const rows = () => [...document.querySelectorAll("[data-keys] tbody tr")];

  const moveTo = (row) => {
    rows().forEach((other) => other.classList.toggle("current", other === row));
    row.querySelector("a")?.focus();
    row.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const all = rows();
    if (all.length === 0) return;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    moveTo(all[Math.min(Math.max(next, 0), all.length - 1)]);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/") {
      const first = document.querySelector("[data-first-filter]");
      if (first) {
        event.preventDefault();
        first.focus();
      }
    }
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("[data-keys] tbody tr");
    rows().forEach((other) => other.classList.toggle("current", other === row));
  });

  /* Citations: focusing one shows its passage alone. */
  const show = (number) => {
    const all = [...document.querySelectorAll("[data-source]")];
    if (!all.some((source) => source.dataset.source === number)) return;
    all.forEach((source) => { source.hidden = source.dataset.source !== number; });
    document.querySelectorAll("[data-cite]").forEach((link) => {
      if (link.dataset.cite === number) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    const shown = all.find((source) => !source.hidden);
    const marked = shown?.querySelector("mark");
    const excerpt = marked?.closest(".excerpt");
    if (excerpt) excerpt.scrollTop = marked.offsetTop - excerpt.offsetTop - 48;
  };

  const showAll = () =>
    document.querySelectorAll("[data-source]").forEach((source) => { source.hidden = false; });

  const startCitations = () => {
    const first = document.querySelector("[data-source]");
    if (!first) return;
    document.querySelectorAll("[data-cite]").forEach((link) => {
      link.addEventListener("focus", () => show(link.dataset.cite));
      link.addEventListener("mouseenter", () => show(link.dataset.cite));
    });
    const wanted = /^#source-(\d+)$/.exec(location.hash);
    show(wanted ? wanted[1] : first.dataset.source);
    document.querySelector("[data-all-sources]")?.addEventListener("click", showAll);
    window.addEventListener("beforeprint", showAll);
  };

  /* On paper nothing can be unfolded; in a cell of a table it would fill pages. */
  const startPrinting = () => {
    window.addEventListener("beforeprint", () => {
      document.querySelectorAll("details").forEach((details) => {
        details.open ||= !details.closest("td");
      });
    });
    document.querySelectorAll("[data-print]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    startCitations();
    startPrinting();
  });
})();
