// Live pictures in a page. Each has an element of the page, in which a canvas is made; the painter draws on it, in a worker where
// the web view can, else in the page.
//
// `data-showing` of the element says whether there is a picture, and its `--aspect` which shape that has. The canvas says how many
// pictures were drawn (`data-drawn`), of which size (`data-size`) and in which way (`data-way`). `data-painter` of the page chooses
// the way, for tests: `page-webgl`, `worker-pixels`, …

import { Painter } from "./painter.js";

/** All live pictures of a page, over one socket. */
export class Pictures {
  constructor(url) {
    this.url = url;
    this.shown = new Map();
    this.latest = 0;
    const [where, way] = (document.documentElement.dataset.painter ?? "").split("-");
    this.way = way || null;
    this.begin(where !== "page" && canWork());
    this.onVisibility = () => this.order({ order: "hide", hidden: document.hidden });
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  /** Shows a stream in an element, on a canvas with this test id. Gives a number to change and detach it by. */
  attach(element, stream, mode, mirrored, testid) {
    this.latest += 1;
    const id = this.latest;
    const watch = new ResizeObserver((entries) => this.resized(id, entries[entries.length - 1]));
    this.shown.set(id, { element, stream, mode, mirrored, testid, watch });
    this.makeCanvas(id);
    watch.observe(element);
    return id;
  }

  change(id, mode, mirrored) {
    const shown = this.shown.get(id);
    if (!shown) return;
    Object.assign(shown, { mode, mirrored });
    this.order({ order: "change", id, mode, mirrored });
  }

  detach(id) {
    const shown = this.shown.get(id);
    if (!shown) return;
    this.shown.delete(id);
    shown.watch.disconnect();
    shown.canvas.remove();
    delete shown.element.dataset.showing;
    this.order({ order: "detach", id });
  }

  close() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    for (const id of [...this.shown.keys()]) this.detach(id);
    this.order({ order: "close" });
  }

  begin(inWorker) {
    const heard = (id, what) => this.heard(id, what);
    if (inWorker) {
      const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data: { id, what } }) => heard(id, what);
      // A web view that cannot run it says so here.
      worker.onerror = () => this.beginAgainInPage(worker);
      this.order = (order) => worker.postMessage(order, order.canvas ? [order.canvas] : []);
      this.order({ order: "open", url: this.url, way: this.way });
    } else {
      const painter = new Painter(this.url, this.way, heard);
      this.order = (order) => painter.obey(order);
    }
    this.inWorker = inWorker;
    if (document.hidden) this.order({ order: "hide", hidden: true });
  }

  beginAgainInPage(worker) {
    worker.onerror = null;
    worker.terminate();
    this.begin(false);
    for (const [id, { canvas, watch, element }] of this.shown) {
      canvas.remove();
      this.makeCanvas(id);
      watch.unobserve(element);
      watch.observe(element);
    }
  }

  /** A canvas can be handed over once only. */
  makeCanvas(id) {
    const shown = this.shown.get(id);
    shown.canvas = document.createElement("canvas");
    shown.canvas.dataset.testid = shown.testid;
    shown.element.append(shown.canvas);
    const canvas = this.inWorker ? shown.canvas.transferControlToOffscreen() : shown.canvas;
    const { stream, mode, mirrored } = shown;
    this.order({ order: "attach", id, stream, canvas, mode, mirrored });
  }

  resized(id, { contentRect }) {
    const [width, height] = [contentRect.width, contentRect.height].map((side) => Math.round(side * devicePixelRatio));
    this.order({ order: "resize", id, width, height });
  }

  heard(id, what) {
    const shown = this.shown.get(id);
    if (!shown) return;
    shown.element.dataset.showing = String(!what.ended);
    if (what.ended) return;
    const { drawn, width, height, way } = what;
    shown.element.style.setProperty("--aspect", String(width / height));
    const where = this.inWorker ? "worker" : "page";
    Object.assign(shown.canvas.dataset, { drawn, size: `${width}x${height}`, way: `${where}-${way}` });
  }
}

function canWork() {
  return typeof Worker === "function" && "transferControlToOffscreen" in HTMLCanvasElement.prototype;
}
