// Three ways to draw I420 on a canvas, best first. Each takes a canvas and gives `draw(frame, placed, mirrored)` and `clear()`; one that holds
// more than memory gives `free()`.

import { webgl } from "./webgl.js";

/** The app's pictures are BT.601 of limited range, as cameras give them. */
const COLOURS = { matrix: "smpte170m", primaries: "bt709", transfer: "bt709", fullRange: false };

const WAYS = {
  videoframe: { can: () => typeof VideoFrame === "function", on: (canvas) => flat(canvas, asVideoFrame) },
  webgl: { can: () => true, on: webgl },
  pixels: { can: () => true, on: (canvas) => flat(canvas, asPixels) },
};

/** The best way that works here, or the one that is wished for. */
export function drawing(canvas, wished) {
  for (const [name, way] of Object.entries(WAYS)) {
    const drawn = (!wished || wished === name) && way.can() ? way.on(canvas) : null;
    if (drawn) return { name, ...drawn };
  }
  return null;
}

/** On a canvas of two dimensions, by something that can be drawn there. */
function flat(canvas, picture) {
  const context = canvas.getContext("2d");
  if (!context) return null;
  const clear = () => {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
  };
  const draw = (frame, { from, to }, mirrored) => {
    const source = picture(frame);
    clear();
    if (mirrored) context.setTransform(-1, 0, 0, 1, canvas.width, 0);
    context.drawImage(source, ...from, ...to);
    source.close?.();
  };
  return { draw, clear };
}

function asVideoFrame(frame) {
  const { width: codedWidth, height: codedHeight, capturedUs: timestamp } = frame;
  try {
    return new VideoFrame(frame.whole, { format: "I420", codedWidth, codedHeight, timestamp, colorSpace: COLOURS });
  } catch {
    // Not every web view takes every size, such as odd ones.
    return asPixels(frame);
  }
}

let sheet = null;

/** The picture as colours, on a canvas of its own size that is used again and again. */
function asPixels(frame) {
  const { width, height } = frame;
  sheet ??= typeof OffscreenCanvas === "function" ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
  if (sheet.width !== width || sheet.height !== height) [sheet.width, sheet.height] = [width, height];
  const context = sheet.getContext("2d");
  const image = context.createImageData(width, height);
  toColours(frame, image.data);
  context.putImageData(image, 0, 0);
  return sheet;
}

/** BT.601, limited range, to RGBA. */
export function toColours({ width, height, planes: [luma, blue, red] }, colours) {
  const chromaWidth = Math.ceil(width / 2);
  for (let row = 0, at = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1, at += 1) {
      const chroma = (row >> 1) * chromaWidth + (column >> 1);
      const y = 1.164 * (luma[at] - 16);
      const [u, v] = [blue[chroma] - 128, red[chroma] - 128];
      colours[4 * at] = y + 1.596 * v;
      colours[4 * at + 1] = y - 0.392 * u - 0.813 * v;
      colours[4 * at + 2] = y + 2.017 * u;
      colours[4 * at + 3] = 255;
    }
  }
}
