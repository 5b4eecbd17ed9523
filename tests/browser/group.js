// A page's part in a group call: one connection to the server's forwarder, and who is in which of its slots. It keeps to docs/protocol.md.

import { View } from "./pictures.js";

/** Receiving slots, kind after kind, and where those for cameras begin. */
const SLOTS = [["audio", 5], ["video", 16], ["video", 1], ["audio", 1]];
const FIRST_CAMERA = SLOTS[0][1];

/** The sizes of a camera, by what the server calls them. */
const SIZES = { h: "large", m: "medium", l: "small" };
const ENCODINGS = [
  { rid: "h", scaleResolutionDownBy: 1 },
  { rid: "m", scaleResolutionDownBy: 2 },
  { rid: "l", scaleResolutionDownBy: 4 },
];

/** Header extensions that the forwarder reads; an offer with all of Chromium's would be too long. */
const EXTENSIONS = /ssrc-audio-level|sdes:mid|transport-wide-cc|rtp-stream-id/;

/** An offer that comes before the record's order has reached the forwarder is refused, and good a little later. */
const OFFER_AGAIN_AFTER = 100;
const MOST_OFFERS = 30;

const isOpus = ({ mimeType }) => mimeType === "audio/opus";

export class Group {
  /** Who is in which slot, as the server says it, and what waits for somebody to be in one. */
  slots = [];
  waiting = [];
  views = new Map();
  heard = new Set();

  /** `isInSizes`: the camera is sent in three sizes at once. */
  constructor({ link, call, sound, pictures, isInSizes }) {
    Object.assign(this, { link, call, sound, pictures });
    this.peer = new RTCPeerConnection();
    const add = (kind, init) => this.restrict(this.peer.addTransceiver(kind, init));
    const streams = [sound.microphone];
    add(sound.microphone.getAudioTracks()[0], { direction: "sendonly", streams });
    const sendEncodings = isInSizes ? ENCODINGS : [{}];
    this.camera = add(pictures?.track ?? "video", { direction: "sendonly", streams, sendEncodings });
    for (const kind of ["video", "audio"]) add(kind, { direction: "sendonly" });
    const kinds = SLOTS.flatMap(([kind, count]) => Array(count).fill(kind));
    this.receiving = kinds.map((kind) => add(kind, { direction: "recvonly" }));
  }

  /** With one codec alone. */
  restrict(transceiver) {
    if (transceiver.receiver.track.kind === "video") this.pictures?.prefer(transceiver);
    else transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities("audio").codecs.filter(isOpus));
    return transceiver;
  }

  /** Connects, and says what it shows. */
  async join() {
    await this.peer.setLocalDescription(await this.peer.createOffer());
    const isRead = (line) => !line.startsWith("a=extmap:") || EXTENSIONS.test(line);
    const sdp = this.peer.localDescription.sdp.split("\r\n").filter(isRead).join("\r\n");
    await this.peer.setRemoteDescription({ type: "answer", sdp: await this.offer(sdp) });
    const { width, height } = this.pictures?.track.getSettings() ?? {};
    const published = { microphone: "on", ...(width && { camera: { width, height } }) };
    await this.link.request({ type: "publish", call: this.call, published });
  }

  async offer(sdp) {
    for (let left = MOST_OFFERS; ; left -= 1) {
      try {
        return (await this.link.request({ type: "media_offer", call: this.call, sdp })).sdp;
      } catch (error) {
        if (left === 0 || !/internal|rate_limited/.test(error.message)) throw error;
        await new Promise((resolve) => setTimeout(resolve, OFFER_AGAIN_AFTER));
      }
    }
  }

  /** The server says who is in which slot, and what the others want of this page's camera. */
  async take({ slots, wants }) {
    this.slots = slots;
    for (const { slot, source } of slots.filter(({ source }) => source === "microphone")) {
      if (this.heard.has(slot)) continue;
      this.heard.add(slot);
      this.sound.hear(new MediaStream([this.receiving[slot].receiver.track]));
    }
    this.waiting = this.waiting.filter((isThere) => !isThere());
    await this.heed(wants);
  }

  /** Sends no size that nobody is given. */
  async heed({ camera_rows: rows, camera_layers: layers }) {
    const parameters = this.camera.sender.getParameters();
    for (const encoding of parameters.encodings) {
      const isGiven = !encoding.rid || !layers || layers[SIZES[encoding.rid]];
      encoding.active = rows !== 0 && isGiven;
    }
    // A busy machine shows fewer pictures a second, in the sizes that they are known by.
    parameters.degradationPreference = "maintain-resolution";
    await this.camera.sender.setParameters(parameters);
  }

  /** Wants somebody's camera, so many rows of it. */
  async want(user, height) {
    const pictures = [{ slot: FIRST_CAMERA, user, height }];
    await this.link.request({ type: "want_pictures", call: this.call, pictures });
  }

  /** What somebody's camera shows, once they are in a slot. */
  view(user) {
    return new Promise((resolve) => {
      const isThere = () => {
        const found = this.slots.find((slot) => slot.user === user && slot.source === "camera");
        if (found) resolve(this.viewOf(found.slot));
        return Boolean(found);
      };
      if (!isThere()) this.waiting.push(isThere);
    });
  }

  viewOf(slot) {
    if (!this.views.has(slot)) this.views.set(slot, new View(this.receiving[slot].receiver.track));
    return this.views.get(slot);
  }

  /** Somebody's next picture. */
  async next(user) {
    return (await this.view(user)).next();
  }

  /** Which sizes of its camera Chromium sends now, and how high they are. */
  async sends() {
    const report = [...(await this.peer.getStats()).values()];
    const sent = report.filter(({ type, kind, active }) => type === "outbound-rtp" && kind === "video" && active);
    return Object.fromEntries(sent.map(({ rid, frameHeight }) => [rid ?? "", frameHeight]));
  }

  close() {
    this.views.forEach((view) => view.close());
    this.peer.close();
  }
}
