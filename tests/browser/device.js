// One Carillon device in a web page: the link, one call at a time, of two or of a group, a test voice as its microphone, and a recording of what it
// hears; with a camera its calls are video calls. It keeps to docs/protocol.md and is as small as that allows.

import { Group } from "./group.js";
import { Pictures } from "./pictures.js";

const SAMPLE_RATE = 48000;

/** Types of calls from here on are group calls. */
const FIRST_OF_GROUPS = 2;

/** A voice that speaks in a loop, and a recorder for the other one. */
class PageSound {
  static async open(voiceUrl) {
    const sound = new PageSound();
    sound.context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: "interactive" });
    await sound.context.audioWorklet.addModule("recorder.js");
    const voice = await fetch(voiceUrl).then((response) => response.arrayBuffer());
    const source = new AudioBufferSourceNode(sound.context, {
      buffer: await sound.context.decodeAudioData(voice),
      loop: true,
    });
    const microphone = sound.context.createMediaStreamDestination();
    source.connect(microphone);
    source.start();
    sound.microphone = microphone.stream;
    sound.blocks = [];
    await sound.context.resume();
    return sound;
  }

  hear(stream) {
    // Chromium decodes a remote stream only for a media element that plays it.
    this.element = new Audio();
    this.element.muted = true;
    this.element.srcObject = stream;
    this.element.play();
    const recorder = new AudioWorkletNode(this.context, "recorder", { numberOfInputs: 1, numberOfOutputs: 0 });
    recorder.port.onmessage = ({ data }) => this.blocks.push(data);
    this.context.createMediaStreamSource(stream).connect(recorder);
  }
}

/** A real microphone and a real speaker, with Chromium's sound processing. */
class DeviceSound {
  static async open({ microphone, speaker }) {
    const sound = new DeviceSound();
    // Only who has been given a microphone is told the names of devices.
    (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks().forEach((track) => track.stop());
    const devices = await navigator.mediaDevices.enumerateDevices();
    const named = (kind, name) => devices.find((device) => device.kind === kind && device.label.includes(name))?.deviceId;
    sound.speaker = named("audiooutput", speaker);
    const processing = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    sound.wanted = { deviceId: { exact: named("audioinput", microphone) }, ...processing };
    await sound.wake();
    return sound;
  }

  /** Opens the microphone; the speaker follows with a stream. */
  async wake() {
    this.microphone = await navigator.mediaDevices.getUserMedia({ audio: this.wanted });
  }

  /** Closes both. */
  rest() {
    this.microphone.getTracks().forEach((track) => track.stop());
    this.element?.pause();
    this.element = undefined;
  }

  hear(stream) {
    this.element ??= new Audio();
    this.element.srcObject = stream;
    this.element.setSinkId(this.speaker).then(() => this.element.play());
  }
}

/** Whatever microphone there is, with Chromium's sound processing, and a speaker that nobody hears. */
class PlainSound {
  static async open() {
    const sound = new PlainSound();
    const processing = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    sound.microphone = await navigator.mediaDevices.getUserMedia({ audio: processing });
    return sound;
  }

  hear(stream) {
    this.element = new Audio();
    this.element.srcObject = stream;
    this.element.play();
  }
}

/** Requests, answers and signals over one WebSocket. */
class Link {
  constructor(url, token, onSignal) {
    this.waiting = new Map();
    this.socket = new WebSocket(url, ["carillon", `bearer.${token}`]);
    this.opened = new Promise((resolve, reject) => {
      this.socket.onerror = () => reject(new Error("the link does not open"));
      this.socket.onopen = () => this.send({ t: "hello" });
      this.socket.onmessage = ({ data }) => this.take(JSON.parse(data), resolve, onSignal);
    });
  }

  send(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  request(body) {
    const op_id = crypto.randomUUID();
    this.send({ t: "request", op_id, body });
    return new Promise((resolve, reject) => this.waiting.set(op_id, { resolve, reject }));
  }

  take(frame, opened, onSignal) {
    if (frame.t === "reset" || frame.t === "resumed") opened();
    if (frame.t === "signal") {
      this.send({ t: "ack", seq: frame.seq });
      onSignal(frame.body);
    }
    if (frame.t === "answer") {
      const { resolve, reject } = this.waiting.get(frame.op_id) ?? {};
      this.waiting.delete(frame.op_id);
      if (frame.result.ok) resolve?.(frame.result.ok);
      else reject?.(new Error(JSON.stringify(frame.result.refused)));
    }
  }
}

/** The device. Its `log` is what the test asserts. */
class Device {
  log = [];
  early = [];

  /** With devices, or by wish, the user accepts by hand; else the page answers by itself. */
  async open({ link, token, voice, devices, pictures, by_hand: byHand }) {
    this.byHand = Boolean(devices) || byHand;
    if (devices) this.sound = await DeviceSound.open(devices);
    else this.sound = voice ? await PageSound.open(voice) : await PlainSound.open();
    if (pictures) this.pictures = await Pictures.open(pictures);
    // Signals are taken one after the other, as they came.
    let turn = Promise.resolve();
    const take = (signal) => (turn = turn.then(() => this.take(signal)).catch((error) => this.log.push(`${error}`)));
    this.link = new Link(link, token, take);
    await this.link.opened;
    this.log.push("online");
  }

  async call(user) {
    const channel = crypto.randomUUID();
    const call_type = this.pictures ? 1 : 0;
    const invitation = { type: "invite", call_type, chat_type: "singleChat", to: [user], message: "", channel };
    this.id = (await this.link.request(invitation)).call;
    this.log.push("calling");
    this.connect();
    this.pictures?.offerScreen();
    await this.describe(await this.peer.createOffer());
  }

  async hangUp() {
    await this.link.request({ type: "hang_up", call: this.id });
  }

  async take(signal) {
    if (signal.type === "ring") await this.ring(signal);
    if (signal.type === "accepted") this.log.push("accepted");
    if (signal.type === "media" && signal.call === this.id) await this.takeMedia(signal.signal);
    if (signal.type === "media_slots" && signal.call === this.id) await this.group?.take(signal);
    if (signal.type === "ended" && signal.call === this.id) {
      this.log.push(`ended: ${signal.reason}`);
      this.peer?.close();
      this.group?.close();
      this.pictures?.close();
    }
  }

  async ring(ring) {
    this.id = ring.call;
    this.log.push("ringing");
    await this.link.request({ type: "ringing", call: this.id });
    if (ring.call_type >= FIRST_OF_GROUPS) this.meet();
    else this.connect();
    if (!this.byHand) await this.accept();
  }

  /** The offer follows the answer to this; it waits for its turn. Resolves to the moment of the accept, in Unix milliseconds. */
  async accept() {
    const at = performance.timeOrigin + performance.now();
    await this.link.request({ type: "accept", call: this.id });
    this.log.push("joined");
    await this.group?.join();
    return at;
  }

  /** Media by way of the server. */
  meet() {
    const { link, id: call, sound, pictures, isInSizes } = this;
    this.group = new Group({ link, call, sound, pictures, isInSizes });
    this.watch(this.group.peer);
  }

  /** Its connection: what becomes of it is logged. */
  watch(peer) {
    this.peer = peer;
    peer.onconnectionstatechange = () => this.log.push(peer.connectionState);
  }

  connect() {
    this.watch(new RTCPeerConnection());
    this.peer.addTrack(this.sound.microphone.getAudioTracks()[0], this.sound.microphone);
    this.pictures?.addTo(this.peer, this.sound.microphone);
    // The other end's microphone is in the first section; a screen has a sound of its own.
    this.peer.ontrack = ({ track, transceiver }) => {
      if (transceiver === this.peer.getTransceivers()[0]) this.sound.hear(new MediaStream([track]));
      else if (track.kind === "video") this.pictures?.take(track, transceiver);
    };
    this.peer.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate) return this.tell({ type: "end_of_candidates" });
      const { sdpMid: sdp_mid, sdpMLineIndex: sdp_m_line_index } = candidate;
      this.tell({ type: "candidate", candidate: candidate.candidate, sdp_mid, sdp_m_line_index });
    };
  }

  /** Looks for a path anew (ICE restart). Resolves when the other end has answered. */
  async restart() {
    const answered = new Promise((resolve) => {
      const changed = () => this.peer.signalingState === "stable" && resolve(true);
      this.peer.addEventListener("signalingstatechange", changed);
    });
    await this.describe(await this.peer.createOffer({ iceRestart: true }));
    return answered;
  }

  /** Sends sound, or silence. */
  mute(isMuted) {
    this.sound.microphone.getAudioTracks().forEach((track) => (track.enabled = !isMuted));
  }

  async describe(description) {
    await this.peer.setLocalDescription(description);
    this.tell({ type: "description", kind: description.type, sdp: description.sdp });
  }

  tell(signal) {
    this.link.request({ type: "media", call: this.id, signal }).catch((error) => this.log.push(`${error}`));
  }

  async takeMedia(signal) {
    if (signal.type === "description") {
      await this.peer.setRemoteDescription({ type: signal.kind, sdp: signal.sdp });
      for (const candidate of this.early.splice(0)) await this.peer.addIceCandidate(candidate);
      if (signal.kind === "offer") await this.describe(await this.peer.createAnswer());
    }
    if (signal.type === "candidate") {
      const { candidate, sdp_mid: sdpMid, sdp_m_line_index: sdpMLineIndex } = signal;
      const init = { candidate, sdpMid, sdpMLineIndex };
      if (this.peer.remoteDescription) await this.peer.addIceCandidate(init);
      else this.early.push(init);
    }
  }

  /** The last `seconds` of what was heard, as 16-bit samples at 48 kHz. */
  recording(seconds) {
    const samples = this.sound.blocks.flatMap((block) => Array.from(block));
    return samples.slice(-seconds * SAMPLE_RATE).map((sample) => Math.round(sample * 32767));
  }

  /** What was agreed on: the ciphers of DTLS and SRTP, the codec, and whether packets may repeat earlier ones. */
  async agreed() {
    const report = [...(await this.peer.getStats()).values()];
    const heard = report.find(({ type, kind, codecId }) => type === "inbound-rtp" && kind === "audio" && codecId);
    const { srtpCipher, dtlsCipher, tlsVersion } = report.find(({ type }) => type === "transport");
    const { mimeType, sdpFmtpLine } = report.find(({ id }) => id === heard.codecId);
    const { localDescription, remoteDescription } = this.peer;
    const redundant = [localDescription, remoteDescription].every(({ sdp }) => /^a=rtpmap:\d+ red\/48000\/2/im.test(sdp));
    return { srtpCipher, dtlsCipher, tlsVersion, mimeType, sdpFmtpLine, redundant };
  }
}

window.device = new Device();
