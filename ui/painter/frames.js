// One message of the app's picture socket: a header of 24 bytes, little-endian, and the three planes of I420 without padding.

const VERSION = 1;
const HEADER_BYTES = 24;
const ENDED = 1;

/** How many streams there are: four of a call of two, and two for each seat of a group call. */
const STREAMS = 4 + 2 * 125;

/** The frame in a message; `null` if it is none. One that says that its stream has ended has no planes. */
export function readFrame(message) {
  if (!(message instanceof ArrayBuffer) || message.byteLength < HEADER_BYTES) return null;
  const header = new DataView(message);
  const stream = header.getUint8(1);
  if (header.getUint8(0) !== VERSION || stream >= STREAMS) return null;
  const width = header.getUint16(4, true);
  const height = header.getUint16(6, true);
  const frame = { stream, width, height, capturedUs: Number(header.getBigUint64(8, true)), planes: null };
  if ((header.getUint8(2) & ENDED) !== 0) return frame;
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  const luma = width * height;
  if (luma === 0 || message.byteLength !== HEADER_BYTES + luma + 2 * chroma) return null;
  const plane = (at, length) => new Uint8Array(message, HEADER_BYTES + at, length);
  frame.planes = [plane(0, luma), plane(luma, chroma), plane(luma + chroma, chroma)];
  frame.whole = plane(0, luma + 2 * chroma);
  return frame;
}
