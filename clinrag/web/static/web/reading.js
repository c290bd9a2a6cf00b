/* A document's page: N and P go from passage to passage, and where the source has
 * pages, they are drawn by pdf.js and tied to the text both ways. Without this script
 * the text is complete and the source can be downloaded. It evaluates nothing and
 * builds no markup from text. */
(() => {
  "use strict";

  const SCALES = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3];
  const typing = (node) =>
    node instanceof HTMLElement &&
    (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
  const passages = () => [...document.querySelectorAll("[data-text] [data-passage]")];
  const passageAt = (position) => document.getElementById(`passage-${position}`);

  let current = null;
  let viewer = null;

  /* One passage is the current one, in the text and in the page. */
  const choose = (passage, { scroll = true, turn = true, focus = false } = {}) => {
    if (!passage) return;
    current?.classList.remove("current");
    current?.querySelector("a")?.removeAttribute("aria-current");
    current = passage;
    current.classList.add("current");
    const link = current.querySelector("a");
    link?.setAttribute("aria-current", "location");
    if (focus) link?.focus({ preventScroll: true });
    if (scroll) current.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", `#${current.id}`);
    if (turn) viewer?.reveal(current);
  };

  const step = (by) => {
    const all = passages();
    if (all.length === 0) return;
    const at = all.indexOf(current);
    const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1);
    choose(all[next], { focus: true });
  };

  const startText = () => {
    const frame = document.querySelector("[data-text]");
    frame?.addEventListener("click", (event) => {
      if (!getSelection().isCollapsed) return;
      const passage = event.target.closest("[data-passage]");
      if (!passage) return;
      if (event.target.closest("a")) event.preventDefault();
      choose(passage, { scroll: false });
    });
    const wanted = /^#passage-(\d+)$/.exec(location.hash);
    if (wanted) choose(passageAt(wanted[1]));
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "ArrowLeft" && viewer?.fits()) viewer.turn(-1);
    else if (event.key === "ArrowRight" && viewer?.fits()) viewer.turn(1);
  });

  /* The pages of the source. */
  class Viewer {
    constructor(root, pdf) {
      this.root = root;
      this.pdf = pdf;
      this.number = 0;
      this.places = new Map();
      this.part = (name) => root.querySelector(`[data-${name}]`);
      this.scale = null;
      this.drawing = null;
    }

    start() {
      this.part("turner").hidden = false;
      this.part("frame").hidden = false;
      this.part("number").max = this.pdf.numPages;
      this.root.querySelectorAll("[data-turn]").forEach((button) =>
        button.addEventListener("click", () => this.turn(Number(button.dataset.turn))));
      this.root.querySelectorAll("[data-zoom]").forEach((button) =>
        button.addEventListener("click", () => this.zoom(Number(button.dataset.zoom))));
      this.part("number").addEventListener("change", (event) => this.open(Number(event.target.value)));
      this.part("sheet").addEventListener("click", (event) => this.pick(event));
      return current ? this.reveal(current) : this.open(1);
    }

    /* Whether the arrow keys are not needed to scroll the page sideways. */
    fits() {
      const frame = this.part("frame");
      return frame.scrollWidth <= frame.clientWidth;
    }

    turn(by) { return this.open(this.number + by); }

    zoom(by) {
      const nearest = SCALES.reduce((best, one) =>
        Math.abs(one - this.shownScale) < Math.abs(best - this.shownScale) ? one : best);
      const at = SCALES.indexOf(nearest) + by;
      this.scale = SCALES[Math.min(Math.max(at, 0), SCALES.length - 1)];
      return this.draw();
    }

    async open(number) {
      const wanted = Math.min(Math.max(Math.round(number) || 1, 1), this.pdf.numPages);
      if (wanted === this.number) { this.part("number").value = wanted; return; }
      this.number = wanted;
      this.part("number").value = wanted;
      this.part("frame").scrollTop = 0;
      await this.draw();
    }

    async reveal(passage) {
      const page = Number(passage.dataset.page);
      if (!page) return;
      const shown = this.boxesOf(passage).length > 0;
      if (!shown) await this.open(page);
      this.mark();
    }

    async draw() {
      const number = this.number;
      this.drawing?.cancel();
      const page = await this.pdf.getPage(number);
      if (number !== this.number) return;
      const plain = page.getViewport({ scale: 1 });
      const frame = this.part("frame");
      const room = frame.clientWidth - parseFloat(getComputedStyle(frame).paddingLeft) * 2;
      this.shownScale = this.scale ?? Math.max(room / plain.width, 0.3);
      const viewport = page.getViewport({ scale: this.shownScale });
      const canvas = this.part("canvas");
      const sharp = window.devicePixelRatio || 1;
      canvas.width = Math.floor(viewport.width * sharp);
      canvas.height = Math.floor(viewport.height * sharp);
      canvas.style.width = `${Math.floor(viewport.width)}px`;
      canvas.style.height = `${Math.floor(viewport.height)}px`;
      canvas.setAttribute("aria-label", this.root.dataset.sheetName.replace("%", number));
      const transform = sharp === 1 ? null : [sharp, 0, 0, sharp, 0, 0];
      this.drawing = page.render({ canvas, viewport, transform });
      try {
        await this.drawing.promise;
      } catch (error) {
        if (error?.name === "RenderingCancelledException") return;
        throw error;
      }
      this.root.dataset.shown = number;
      await this.place(viewport, number);
    }

    /* Lays the passages' boxes over the page. */
    async place(viewport, number) {
      if (!this.places.has(number)) this.places.set(number, await this.fetchPlaces(number));
      if (number !== this.number) return;
      this.part("sheet").querySelectorAll(".place").forEach((old) => old.remove());
      for (const { position, boxes } of this.places.get(number)) {
        for (const box of boxes) this.part("sheet").append(this.placeOf(position, box, viewport));
      }
      this.mark();
    }

    placeOf(position, box, viewport) {
      const [left, bottom] = viewport.viewBox; // boxes count from the corner that is shown
      const corners = box.map((one, at) => one + (at % 2 ? bottom : left));
      const [x1, y1, x2, y2] = viewport.convertToViewportRectangle(corners);
      const made = document.createElement("div");
      made.className = "place";
      made.dataset.position = position;
      made.style.left = `${Math.min(x1, x2) - 4}px`;
      made.style.top = `${Math.min(y1, y2) - 1}px`;
      made.style.width = `${Math.abs(x2 - x1) + 8}px`;
      made.style.height = `${Math.abs(y2 - y1) + 2}px`;
      return made;
    }

    async fetchPlaces(number) {
      const address = this.root.dataset.places.replace(/0$/, number);
      const response = await fetch(address, { headers: { Accept: "application/json" } });
      return response.ok ? (await response.json()).passages : [];
    }

    boxesOf(passage) {
      return [...this.part("sheet").querySelectorAll(`[data-position="${passage.dataset.passage}"]`)];
    }

    mark() {
      this.part("sheet").querySelectorAll(".place").forEach((one) =>
        one.classList.toggle("current", one.dataset.position === current?.dataset.passage));
      if (!current) return;
      const first = this.boxesOf(current)[0];
      if (!first) return;
      const frame = this.part("frame");
      const top = first.offsetTop - frame.clientHeight / 4;
      if (first.offsetTop < frame.scrollTop || first.offsetTop > frame.scrollTop + frame.clientHeight * 0.8) frame.scrollTop = top;
    }

    /* A click in the page chooses the passage there, or the first one of the page. */
    pick(event) {
      const hit = event.target.closest(".place")?.dataset.position
        ?? (this.places.get(this.number) ?? []).find((one) => one.boxes.length === 0)?.position;
      if (hit !== undefined) choose(passageAt(hit), { turn: false });
      this.mark();
    }
  }

  const startViewer = async () => {
    const root = document.querySelector("[data-viewer]");
    if (!root) return;
    const state = root.querySelector("[data-state]");
    state.textContent = root.dataset.loading;
    try {
      const library = await import(new URL(root.dataset.library, location.href).href);
      library.GlobalWorkerOptions.workerSrc = root.dataset.worker;
      const pdf = await library.getDocument({
        url: root.dataset.file, useWasm: false, isEvalSupported: false, enableXfa: false,
        stopAtErrors: false, disableAutoFetch: true, verbosity: 0,
      }).promise;
      viewer = new Viewer(root, pdf);
      await viewer.start();
      state.textContent = "";
    } catch {
      state.textContent = root.dataset.failed;
      root.querySelector("[data-frame]").hidden = true;
      root.querySelector("[data-turner]").hidden = true;
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    startText();
    startViewer();
  });
})();
