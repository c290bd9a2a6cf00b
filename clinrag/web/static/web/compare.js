/* The keyboard of the page that compares: N and P go from change to change, V marks
 * the section as viewed, C comments on the words selected. Everything else works
 * without it. It evaluates nothing and builds no markup. */
(() => {
  "use strict";

  const typing = (node) =>
    node instanceof HTMLElement &&
    (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));

  const changes = () =>
    [...document.querySelectorAll("[data-change]")].filter((one) => one.getClientRects().length);

  const here = () =>
    document.activeElement?.closest("[data-change], [data-section]") ??
    document.querySelector("[data-section]:target");

  const step = (by) => {
    const all = changes();
    if (all.length === 0) return;
    const now = here();
    let at = all.indexOf(now);
    if (at < 0 && now) {
      at = all.findIndex((one) => now.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
      at = by > 0 ? at - 1 : at;
    }
    const next = Math.min(Math.max(at + by, 0), all.length - 1);
    all[next].focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "center" });
  };

  const sectionNow = () =>
    document.activeElement?.closest("[data-section]") ??
    document.querySelector("[data-section]:target") ??
    document.querySelector("[data-section]");

  /* Where a point of the selection stands in one of the two texts. */
  const placeOf = (node, offset) => {
    const piece = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest("[data-op]");
    if (!piece) return null;
    const whole = offset > 0 ? node.textContent.length : 0;
    const inside = node.nodeType === Node.TEXT_NODE ? offset : whole;
    const op = piece.dataset.op;
    return {
      op,
      old: Number(piece.dataset.old) + (op === "insert" ? 0 : inside),
      new: Number(piece.dataset.new) + (op === "delete" ? 0 : inside),
    };
  };

  const selected = () => {
    const range = getSelection()?.rangeCount ? getSelection().getRangeAt(0) : null;
    if (!range || range.collapsed) return null;
    const first = placeOf(range.startContainer, range.startOffset);
    const last = placeOf(range.endContainer, range.endOffset);
    const around = range.commonAncestorContainer;
    const section = (around.closest ? around : around.parentElement)?.closest("[data-section]");
    if (!first || !last || !section) return null;
    const side = first.op === "delete" && last.op === "delete" ? "old" : "new";
    if (last[side] <= first[side]) return null;
    return { section, side, start: first[side], end: last[side], quote: String(getSelection()) };
  };

  const fill = (found) => {
    const form = found.section.querySelector("[data-commenting] form");
    if (!form) return null;
    form.elements.quote.value = found.quote.slice(0, 2000);
    for (const name of ["side", "start", "end"]) form.elements[name].value = found[name];
    return form;
  };

  const comment = () => {
    const found = selected();
    const section = found?.section ?? sectionNow();
    const form = found ? fill(found) : section?.querySelector("[data-commenting] form");
    if (!form) return;
    form.closest("details").open = true;
    (found ? form.elements.text : form.elements.quote).focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "v") sectionNow()?.querySelector("[data-viewed]")?.click();
    else if (event.key === "c") { event.preventDefault(); comment(); }
  });

  /* What is typed by hand stands for itself: the characters selected before do not. */
  document.addEventListener("input", (event) => {
    if (event.target.name !== "quote") return;
    for (const name of ["side", "start", "end"]) event.target.form.elements[name].value = "";
  });

  document.addEventListener("selectionchange", () => {
    const found = selected();
    if (found && !typing(document.activeElement)) fill(found);
  });

  /* The button is put in anew when it was pressed: the focus stays on it. */
  document.addEventListener("htmx:afterSwap", (event) => {
    const button = event.target.id?.startsWith("viewed-")
      ? document.getElementById(event.target.id)?.querySelector("[data-viewed]") : null;
    if (!button) return;
    button.focus();
    button.closest("[data-section]")?.classList.toggle("viewed", button.ariaPressed === "true");
  });

  window.addEventListener("beforeprint", () =>
    document.querySelectorAll(".lows").forEach((details) => { details.open = true; }));
})();
