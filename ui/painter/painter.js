// Holds the socket to the app and draws what comes over it, each stream on its canvas. In a worker, or in the page.
//
// The latest picture of a stream wins. The app may have two of a stream on the way: one more for each that has been drawn or
// dropped. After a stream has ended nothing of it is drawn until it begins again.

import { fit } from "./fit.js";
import { readFrame } from "./frames.js";
import { drawing } from "./ways.js";

/** How long the last picture may stand while the socket is down. */
const STALE_MS = 2000;
/** From one try to connect to the next: twice as long each time. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 4000;
/** How often the page hears how many pictures were drawn. */
const COUNT_MS = 250;
/** How long a picture may wait to be drawn. */
const UNTOLD_MS = 100;
/** How often the app hears of sizes while a window is being made larger. */
const TILES_MS = 100;

/** Draws when the screen is next drawn; soon, where a web view does not say when that is. */
function nextFrame(draw) {
  if (typeof requestAnimationFrame !== "function") return setTimeout(draw, 0);
  let isDue = true;
  const once = () => {
    if (isDue) draw();
    isDue = false;
  };
  setTimeout(once, UNTOLD_MS);
  return requestAnimationFrame(once);
}

export class Painter {
  /** `tell(surface, what)` hears what is on show: `{ drawn, width, height, way }`, or `{ ended: true }`. */
  constructor(url, wished, tell) {
    Object.assign(this, { url, wished, tell, surfaces: new Map(), waiting: new Map(), hidden: false, told: "" });
    this.latest = new Map();
    this.retryMs = FIRST_RETRY_MS;
    this.connect();
  }

  /** Does what the page orders: one of the methods below, by its name. */
  obey(order) {
    this[order.order](order);
  }

  /** `mode` is `cover` or `contain`. */
  attach({ id, stream, canvas, mode, mirrored }) {
    const way = drawing(canvas, this.wished);
    // What stands still comes no second time.
    const last = this.latest.get(stream) ?? null;
    this.surfaces.set(id, { id, stream, canvas, mode, mirrored, way, box: null, last, drawn: 0, toldAt: 0 });
  }

  change({ id, mode, mirrored }) {
    const surface = this.surfaces.get(id);
    if (!surface) return;
    Object.assign(surface, { mode, mirrored });
    this.paint(surface);
  }

  /** In device pixels. */
  resize({ id, width, height }) {
    const surface = this.surfaces.get(id);
    if (!surface) return;
    surface.box = { width, height };
    if (width > 0 && height > 0) {
      Object.assign(surface.canvas, { width, height });
      if (this.paint(surface)) this.count(surface);
    }
    this.tellTilesSoon();
  }

  detach({ id }) {
    this.surfaces.get(id)?.way?.free?.();
    this.surfaces.delete(id);
    this.tellTilesSoon();
  }

  /** Whether the page is out of sight: then nothing is wanted and nothing is drawn. */
  hide({ hidden }) {
    this.hidden = hidden;
    this.tellTiles();
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.stale);
    clearTimeout(this.tilesSoon);
    this.socket?.close();
    for (const surface of this.surfaces.values()) {
      this.end(surface);
      surface.way?.free?.();
    }
    this.surfaces.clear();
    this.waiting.clear();
    this.latest.clear();
  }

  connect() {
    let socket;
    try {
      socket = new WebSocket(this.url);
    } catch {
      return this.lost(); // no address, or one that the page's policy does not allow
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.retryMs = FIRST_RETRY_MS;
      clearTimeout(this.stale);
      this.stale = null;
      this.told = "";
      this.tellTiles();
    };
    socket.onmessage = ({ data }) => this.take(socket, data);
    socket.onclose = () => this.lost();
  }

  lost() {
    if (this.closed) return;
    this.stale ??= setTimeout(() => this.endAll(), STALE_MS);
    this.retry = setTimeout(() => this.connect(), this.retryMs);
    this.retryMs = Math.min(2 * this.retryMs, LAST_RETRY_MS);
  }

  take(socket, message) {
    const frame = this.closed ? null : readFrame(message);
    if (!frame) return;
    const { stream } = frame;
    const older = this.waiting.get(stream);
    if (older) this.giveBack(older);
    if (!frame.planes) {
      this.waiting.delete(stream);
      this.latest.delete(stream);
      this.of(stream).forEach((surface) => this.end(surface));
      return;
    }
    this.waiting.set(stream, { frame, socket });
    this.latest.set(stream, frame);
    this.scheduled ??= nextFrame(() => this.paintWaiting());
  }

  paintWaiting() {
    this.scheduled = null;
    for (const waiting of this.waiting.values()) {
      for (const surface of this.hidden ? [] : this.of(waiting.frame.stream)) {
        surface.last = waiting.frame;
        if (this.paint(surface)) this.count(surface);
      }
      this.giveBack(waiting);
    }
    this.waiting.clear();
  }

  /** Draws the latest picture of a surface; `false` if it has none, or no room. */
  paint(surface) {
    const { canvas, box, last, way, mode, mirrored } = surface;
    if (!last || !way || !box?.width || !box.height) return false;
    way.draw(last, fit(last, canvas, mode), mirrored);
    return true;
  }

  count(surface) {
    surface.drawn += 1;
    const { width, height } = surface.last;
    const now = performance.now();
    const isNew = surface.width !== width || surface.height !== height;
    if (!isNew && now - surface.toldAt < COUNT_MS) return;
    Object.assign(surface, { width, height, toldAt: now });
    this.tell(surface.id, { drawn: surface.drawn, width, height, way: surface.way.name });
  }

  endAll() {
    this.latest.clear();
    this.surfaces.forEach((surface) => this.end(surface));
  }

  end(surface) {
    if (!surface.last) return;
    Object.assign(surface, { last: null, width: 0, height: 0 });
    surface.way?.clear();
    this.tell(surface.id, { ended: true });
  }

  giveBack({ frame, socket }) {
    if (socket === this.socket) this.say({ credit: 1, stream: frame.stream });
  }

  of(stream) {
    return [...this.surfaces.values()].filter((surface) => surface.stream === stream);
  }

  tellTilesSoon() {
    this.tilesSoon ??= setTimeout(() => this.tellTiles(), TILES_MS);
  }

  tellTiles() {
    clearTimeout(this.tilesSoon);
    this.tilesSoon = null;
    const streams = new Set([...this.surfaces.values()].map((surface) => surface.stream));
    const sizes = [...streams].sort((a, b) => a - b).map((stream) => this.tile(stream));
    const tiles = sizes.filter(({ width, height }) => width > 0 && height > 0);
    const text = JSON.stringify({ tiles });
    if (text !== this.told && this.say({ tiles })) this.told = text;
  }

  tile(stream) {
    const boxes = this.hidden ? [] : this.of(stream).map((surface) => surface.box);
    const largest = (side) => Math.max(0, ...boxes.map((box) => box?.[side] ?? 0));
    return { stream, width: largest("width"), height: largest("height") };
  }

  say(what) {
    const open = this.socket?.readyState === WebSocket.OPEN;
    if (open) this.socket.send(JSON.stringify(what));
    return open;
  }
}
