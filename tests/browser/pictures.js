// The pictures of a page's call: its camera, and what it sees of the other end, with the number that is burnt into each picture.

const CELLS = 40;
const NUMBER_BITS = 32;
/** Video grey (BT.601), and how far a cell's mean is from it at least. */
const MIDDLE = 126;
const CLEAR = 40;

/** As `crates/media/src/picture/counter.rs` has it. */
const checkOf = (number) => (Math.imul(number, 0x9e3779b1) >>> 24) ^ 0x5a;

/** Some rows of a frame's brightness: all of them, or those from `y` on. */
async function luma(frame, y, rows) {
  const { width } = frame.visibleRect;
  const rect = { x: 0, y, width, height: rows };
  const bytes = new Uint8Array(frame.allocationSize({ rect }));
  const [{ offset, stride }] = await frame.copyTo(bytes, { rect });
  return Array.from({ length: rows }, (_, row) => bytes.subarray(offset + row * stride, offset + row * stride + width));
}

/** The number burnt into a frame; `null` where it cannot be made out. */
async function numberIn(frame) {
  const { width, height } = frame.visibleRect;
  const middle = Math.max(Math.floor(height / 12), 8) >> 1;
  const [row] = await luma(frame, middle & ~1, 2);
  const cells = Array.from({ length: CELLS }, (_, cell) => {
    const [left, right] = [cell, cell + 1].map((edge) => Math.floor((width * edge) / CELLS));
    const inner = row.subarray(left + ((right - left) >> 2), right - ((right - left) >> 2));
    return inner.reduce((sum, pixel) => sum + pixel, 0) / inner.length - MIDDLE;
  });
  if (cells.some((cell) => Math.abs(cell) < CLEAR)) return null;
  const bits = (from, to) => cells.slice(from, to).reduce((value, cell) => ((value << 1) | (cell > 0)) >>> 0, 0);
  const number = bits(0, NUMBER_BITS);
  return checkOf(number) === bits(NUMBER_BITS, CELLS) ? number : null;
}

async function base64(rows) {
  const reader = new FileReader();
  const read = new Promise((resolve) => (reader.onload = resolve));
  reader.readAsDataURL(new Blob(rows));
  await read;
  return reader.result.slice(reader.result.indexOf(",") + 1);
}

/** Takes each picture of a track as soon as it is there. */
export class View {
  /** Which pictures were seen, and when in Unix milliseconds, while somebody looks. */
  seen = [];
  isLooking = false;
  count = 0;
  wanted = [];

  constructor(track) {
    this.began = new Promise((resolve) => (this.begin = resolve));
    this.reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    this.run();
  }

  async run() {
    for (;;) {
      const { done, value: frame } = await this.reader.read();
      if (done) return;
      const at = performance.timeOrigin + performance.now();
      this.count += 1;
      this.begin(at);
      if (this.isLooking) this.seen.push({ number: await numberIn(frame), at });
      if (this.recording) await this.record(frame, this.recording);
      for (const take of this.wanted.splice(0)) take(await this.describe(frame));
      frame.close();
    }
  }

  async describe(frame) {
    const { format, visibleRect } = frame;
    const { width, height } = visibleRect;
    return { number: await numberIn(frame), format, width, height, luma: await base64(await luma(frame, 0, height)) };
  }

  /** Keeps the pictures whose numbers are in this range, once. Resolves to how many there were. */
  recordFrom(from, to) {
    this.recorded = [];
    return new Promise((resolve) => (this.recording = { from, to, resolve }));
  }

  async record(frame, { from, to, resolve }) {
    const number = await numberIn(frame);
    // Not from the middle of the range on.
    const isFirst = number >= from && number < (from + to) / 2;
    if (isFirst || (this.recorded.length > 0 && number >= from && number < to)) {
      this.recorded.push(await this.describe(frame));
    } else if (this.recorded.length > 0) {
      this.recording = undefined;
      resolve(this.recorded.length);
    }
  }

  /** The next picture: its number, its size, and its brightness in base64. */
  next() {
    return new Promise((resolve) => this.wanted.push(resolve));
  }

  /** Begins to look. */
  look() {
    this.seen = [];
    this.isLooking = true;
  }

  /** Looks no more; what was seen. */
  looked() {
    this.isLooking = false;
    return this.seen;
  }

  close() {
    this.reader.cancel();
  }
}

/** Sources of a page by their order among the media sections with pictures. */
const SOURCES = ["camera", "screen"];

/** This page's camera, and views of what the other end shows. */
export class Pictures {
  views = {};

  /** `codec` is the one that is sent and taken, as in `H264`; `hint` says what the camera sees, as in `text`. */
  static async open({ camera, codec, hint }) {
    const pictures = new Pictures();
    pictures.codec = codec;
    pictures.stream = await navigator.mediaDevices.getUserMedia({ video: camera });
    pictures.track = pictures.stream.getVideoTracks()[0];
    pictures.track.contentHint = hint;
    return pictures;
  }

  /** Adds the camera to a connection, with this codec alone, and with the microphone's stream, so that they are shown together; a screen has its own. */
  addTo(peer, microphone) {
    this.close();
    this.peer = peer;
    this.sender = peer.addTrack(this.track, this.track.contentHint ? this.stream : microphone);
    this.begun = {};
    for (const source of SOURCES) this.begun[source] = Promise.withResolvers();
    this.prefer(peer.getTransceivers().find(({ sender }) => sender === this.sender));
  }

  /** As a caller: takes a screen and its sound in the sections behind the camera's. */
  offerScreen() {
    this.prefer(this.peer.addTransceiver("video", { direction: "recvonly" }));
    this.peer.addTransceiver("audio", { direction: "recvonly" });
  }

  prefer(transceiver) {
    const codecs = RTCRtpReceiver.getCapabilities("video").codecs.filter((codec) => this.takes(codec));
    transceiver.setCodecPreferences(codecs);
  }

  takes({ mimeType, sdpFmtpLine = "" }) {
    if (mimeType === "video/rtx") return true;
    if (mimeType !== `video/${this.codec}`) return false;
    return this.codec !== "H264" || /packetization-mode=1;profile-level-id=42e01f/.test(sdpFmtpLine);
  }

  /** A track of the other end begins. */
  take(track, transceiver) {
    const slots = this.peer.getTransceivers().filter(({ receiver }) => receiver.track.kind === "video");
    const source = SOURCES[slots.indexOf(transceiver)];
    this.views[source]?.close();
    this.views[source] = new View(track);
    this.begun[source].resolve(this.views[source]);
  }

  /** The view of what the other end shows of this source, once it can. */
  view(source) {
    return this.begun[source].promise;
  }

  /** Resolves to the moment of the other end's first picture. */
  async first(source) {
    return (await this.view(source)).began;
  }

  /** The other end's next picture. */
  async next(source) {
    return (await this.view(source)).next();
  }

  /** Looks at its own camera, too. */
  own() {
    return (this.views.own ??= new View(this.track));
  }

  /** Looks at it no more. */
  disown() {
    this.views.own?.close();
    delete this.views.own;
  }

  /** Sends the camera, or nothing. */
  async setOn(isOn) {
    await this.sender.replaceTrack(isOn ? this.track : null);
  }

  /** What Chromium counts of the camera, both ways. */
  async stats() {
    const report = await this.peer.getStats();
    const of = (type, mid) => {
      const found = [...report.values()].find((stats) => stats.type === type && stats.mid === mid);
      const codec = report.get(found?.codecId);
      return found && { ...found, codec: codec?.mimeType, format: codec?.sdpFmtpLine };
    };
    const { mid } = this.peer.getTransceivers().find(({ sender }) => sender === this.sender);
    return { received: of("inbound-rtp", mid), sent: of("outbound-rtp", mid) };
  }

  close() {
    Object.values(this.views).forEach((view) => view.close());
    this.views = {};
  }
}
