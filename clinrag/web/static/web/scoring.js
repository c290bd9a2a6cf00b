/* Scoring by keyboard: 1 to 5 mark the criterion that is meant and go on to the next,
 * J and K move. The form works without it; it fills in nothing by itself. */
(() => {
  "use strict";

  const writing = (node) =>
    node instanceof HTMLElement &&
    (/^(TEXTAREA|SELECT)$/.test(node.tagName) ||
      (node.tagName === "INPUT" && !/^(radio|checkbox)$/.test(node.type)));

  const groups = () => [...document.querySelectorAll("[data-score], [data-verdict]")];
  const radios = (group) => [...group.querySelectorAll("input[type=radio]")];
  const marked = (group) => radios(group).find((one) => one.checked);

  /* The one that has the focus; else the first that is not marked yet. */
  const meant = () => {
    const all = groups();
    const held = all.findIndex((group) => group.contains(document.activeElement));
    return held >= 0 ? held : Math.max(all.findIndex((group) => !marked(group)), 0);
  };

  const goTo = (place) => {
    const all = groups();
    const group = all[Math.min(Math.max(place, 0), all.length - 1)];
    (marked(group) ?? radios(group)[0]).focus();
  };

  const mark = (value) => {
    const place = meant();
    const group = groups()[place];
    if (!group || group.hasAttribute("data-verdict")) return;
    const wanted = radios(group).find((one) => one.value === value);
    if (!wanted) return;
    wanted.checked = true;
    goTo(place + 1);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    if (/^[1-5]$/.test(event.key)) mark(event.key);
    else if (event.key === "j") goTo(groups().some((g) => g.contains(document.activeElement)) ? meant() + 1 : 0);
    else if (event.key === "k") goTo(meant() - 1);
    else return;
    event.preventDefault();
  });

  document.addEventListener("focusin", (event) => {
    groups().forEach((group) => group.classList.toggle("current", group.contains(event.target)));
  });
})();
