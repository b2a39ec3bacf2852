// The line of a video visit: the socket of its room, and the connection from browser to browser. It shows nothing.
//
//     const line = new Line({ enter, role, relay, tell });
//     line.start();  line.admit();  line.say("Hello");  line.setTracks({ audio, video });  line.leave();
//
// `enter()` asks the server for a token and the address of the socket. `tell(name, detail)` is called with what happens:
// room, stopped, refused, ended, peer, track, text, receipt, other, quality.

const PING = 20000, SILENCE = 45000, CONNECT = 10000, GIVE_UP = 15000, LOST = 3000, MEASURE = 2000;
const PAUSES = [300, 700, 1500, 3000, 5000];
// Close codes after which another attempt is of no use; 4411 (open elsewhere) may be this tab's own lost connection.
const FINAL = new Set([1000, 4400, 4403, 4404, 4409, 4410, 4412]);
const MAX_ELSEWHERE = 12, MAX_TOKENS = 3;
const MAX_TEXT = 2000;

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");

// The id of this tab: it takes its own place again after a lost connection, and after the page is loaded again.
const tab = () => {
  try {
    const kept = sessionStorage.getItem("visit-tab") || random();
    sessionStorage.setItem("visit-tab", kept);
    return kept;
  } catch { return random(); }
};

export class Line {
  constructor({ enter, role, relay, tell }) {
    Object.assign(this, { enter, role, relay, tell });
    this.client = tab();
    this.load = random();
    this.tracks = { audio: null, video: null };
    this.mode = "text";
    this.room = { admitted: false, other: "", seconds: null };
    this.ice = [];
    this.attempts = this.elsewhere = this.refusals = this.number = 0;
    this.work = Promise.resolve();
  }

  // The socket

  start() {
    this.stopped = false;
    this.pinging = setInterval(() => this.#ping(), PING);
    this.measuring = setInterval(() => this.#measure(), MEASURE);
    this.#open();
  }

  async #open() {
    let entry;
    try { entry = await this.enter(); } catch { this.#again(); return; }
    if (this.stopped) return;
    if (entry.refused) { this.#stop("refused", entry); return; }
    const socket = new WebSocket(entry.socket);
    this.socket = socket;
    this.heard = Date.now();
    socket.onopen = () => socket.send(JSON.stringify({ token: entry.token }));
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      this.heard = Date.now();
      const message = JSON.parse(event.data);
      // One message after the other: a candidate is not read before the description that it belongs to.
      this.work = this.work.then(() => this.#receive(message)).catch(() => { /* the watch over the connection tries again */ });
    };
    socket.onclose = (event) => { if (socket === this.socket) this.#closed(event.code); };
  }

  #closed(code) {
    this.socket = null;
    if (this.stopped) return;
    this.elsewhere = code === 4411 ? this.elsewhere + 1 : 0;
    this.refusals = code === 4401 ? this.refusals + 1 : 0;
    if (FINAL.has(code) || this.elsewhere > MAX_ELSEWHERE || this.refusals > MAX_TOKENS) { this.#stop("stopped", { code }); return; }
    this.tell("room", { connected: false });
    this.#again();
  }

  #again() {
    if (this.stopped) return;
    const pause = PAUSES[Math.min(this.attempts++, PAUSES.length - 1)];
    setTimeout(() => { if (!this.stopped && !this.socket) this.#open(); }, pause * (0.75 + Math.random() / 2));
  }

  #ping() {
    if (!this.socket) return;
    if (Date.now() - this.heard > SILENCE) { const dead = this.socket; this.#closed(1006); dead.close(); return; }
    this.#send({ type: "ping" });
  }

  #send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  async #receive(message) {
    switch (message.type) {
      case "joined":
        this.#send({ type: "hello", client: this.client, load: this.load });
        break;
      case "welcome":
        this.attempts = this.elsewhere = this.refusals = 0;
        this.ice = message.ice;
        this.#report();
        break;
      case "ice":
        this.ice = message.servers;
        this.peer?.setConfiguration(this.#configuration());
        break;
      case "state":
        this.#state(message);
        break;
      case "description":
        await this.#description(message);
        break;
      case "candidate": {
        const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = message;
        await this.peer?.addIceCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment });
        break;
      }
      case "text":
        this.tell("text", { text: message.text });
        break;
      case "receipt":
        this.tell("receipt", message);
        break;
      case "ended":
        this.#drop();
        this.tell("ended", message);
        break;
    }
  }

  #state({ admitted, other, seconds }) {
    this.room = { admitted, other, seconds };
    if (admitted && other) {
      if (!this.peer || this.peerOf !== other) this.#connect(other);
      else if (this.peer.connectionState !== "connected") this.#restart();
    } else if (!admitted) this.#drop();
    this.tell("room", { connected: true, ...this.room });
  }

  // What a person does

  admit() { this.#send({ type: "admit" }); }

  leave() {
    this.#send({ type: "leave" });
    const socket = this.socket;
    this.#stop("stopped", { code: 1000 });
    // The server closes after it has recorded the end.
    if (socket) setTimeout(() => socket.close(), 3000);
  }

  // A line of text: from browser to browser, else through the socket. Returns its number, under which a receipt comes.
  say(text) {
    const line = text.slice(0, MAX_TEXT), number = ++this.number;
    if (this.channel?.readyState === "open") {
      this.channel.send(JSON.stringify({ text: line }));
      queueMicrotask(() => this.tell("receipt", { number, sent: true }));
    } else if (!this.#send({ type: "text", number, text: line })) queueMicrotask(() => this.tell("receipt", { number, sent: false }));
    return number;
  }

  async setTracks({ audio = null, video = null }, mode) {
    this.tracks = { audio, video };
    this.mode = mode;
    await this.#attach();
    this.#tellOther();
    this.#report();
  }

  // Ask the other side to send its picture, or only its sound.
  prefer(media) {
    this.preferred = media;
    this.#tellOther();
  }

  // The connection from browser to browser. The provider makes the offers, so that two never cross.

  #configuration() { return { iceServers: this.ice, iceTransportPolicy: this.relay && this.ice.length ? "relay" : "all", bundlePolicy: "max-bundle" }; }

  #connect(other) {
    this.#drop();
    const peer = new RTCPeerConnection(this.#configuration());
    Object.assign(this, { peer, peerOf: other, wanted: "video", textOnly: false, before: null });
    const channel = this.channel = peer.createDataChannel("text", { negotiated: true, id: 0 });
    channel.onopen = () => { if (peer === this.peer) this.#tellOther(); };
    channel.onmessage = (event) => { if (peer === this.peer) this.#said(event.data); };
    peer.ontrack = (event) => { if (peer === this.peer) this.tell("track", { track: event.track }); };
    peer.onicecandidate = ({ candidate }) => {
      if (peer !== this.peer || !candidate?.candidate) return;
      const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
      this.#send({ type: "candidate", to: other, candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment });
    };
    peer.onconnectionstatechange = () => { if (peer === this.peer) this.#changed(peer); };
    this.tell("peer", { state: "connecting" });
    this.givingUp = setTimeout(() => this.#withoutMedia(peer), GIVE_UP);
    if (this.role !== "provider") return;
    for (const kind of ["audio", "video"]) peer.addTransceiver(kind, { direction: "sendrecv" });
    this.#attach();
    this.#offer(peer, false);
    this.watching = setInterval(() => { if (peer.connectionState !== "connected") this.#restart(); }, CONNECT);
  }

  #drop() {
    for (const each of ["givingUp", "losing"]) clearTimeout(this[each]);
    clearInterval(this.watching);
    this.peer?.close();
    this.peer = this.peerOf = this.channel = null;
  }

  async #offer(peer, restart) {
    if (peer.signalingState === "have-local-offer") await peer.setLocalDescription({ type: "rollback" });
    if (peer !== this.peer || peer.signalingState !== "stable") return;
    await peer.setLocalDescription(await peer.createOffer({ iceRestart: restart }));
    this.#send({ type: "description", to: this.peerOf, kind: "offer", sdp: peer.localDescription.sdp });
  }

  #restart() {
    const peer = this.peer;
    if (this.role !== "provider" || !peer || this.restarting) return;
    this.restarting = true;
    this.#send({ type: "renew" });
    this.#offer(peer, true).catch(() => { /* tried again by the watch */ }).finally(() => { this.restarting = false; });
  }

  async #description({ kind, sdp }) {
    const peer = this.peer;
    if (!peer || (kind === "answer" && peer.signalingState !== "have-local-offer")) return;
    await peer.setRemoteDescription({ type: kind, sdp });
    if (kind === "answer" || peer !== this.peer) return;
    for (const each of peer.getTransceivers()) each.direction = "sendrecv";
    await this.#attach();
    await peer.setLocalDescription();
    this.#send({ type: "description", to: this.peerOf, kind: "answer", sdp: peer.localDescription.sdp });
  }

  async #attach() {
    for (const each of this.peer?.getTransceivers() ?? []) {
      const kind = each.receiver.track.kind;
      await each.sender.replaceTrack(kind === "video" && this.wanted === "audio" ? null : this.tracks[kind]);
    }
  }

  #changed(peer) {
    const state = peer.connectionState;
    clearTimeout(this.losing);
    if (state === "connected") {
      clearTimeout(this.givingUp);
      this.textOnly = false;
      this.#report();
    } else if (state === "failed" || state === "disconnected") {
      this.losing = setTimeout(() => {
        this.#report();
        this.#restart();
        clearTimeout(this.givingUp);
        this.givingUp = setTimeout(() => this.#withoutMedia(peer), GIVE_UP);
      }, state === "failed" ? 0 : LOST);
    }
    this.tell("peer", { state });
  }

  // No connection from browser to browser: what is written goes through the socket, and the attempts go on.
  #withoutMedia(peer) {
    if (peer !== this.peer || peer.connectionState === "connected") return;
    this.textOnly = true;
    this.#report();
    this.tell("peer", { state: "text" });
  }

  #report() {
    if (!this.room.admitted) return;
    const by = this.peer?.connectionState === "connected" ? this.mode : this.textOnly ? "text" : "none";
    this.#send({ type: "media", by });
  }

  #tellOther() {
    if (this.channel?.readyState !== "open") return;
    const { audio, video } = this.tracks;
    this.channel.send(JSON.stringify({ camera: Boolean(video?.enabled), microphone: Boolean(audio?.enabled), wants: this.preferred ?? "video" }));
  }

  #said(data) {
    let message;
    try { message = JSON.parse(String(data).slice(0, 20000)); } catch { return; }
    if (typeof message.text === "string") { this.tell("text", { text: message.text.slice(0, MAX_TEXT) }); return; }
    if (message.wants === "audio" || message.wants === "video") {
      this.wanted = message.wants;
      this.#attach();
    }
    this.tell("other", { camera: message.camera === true, microphone: message.microphone === true });
  }

  async #measure() {
    const peer = this.peer;
    if (peer?.connectionState !== "connected") return;
    const all = [...(await peer.getStats()).values()], byId = new Map(all.map((each) => [each.id, each]));
    const sum = (name) => all.filter((each) => each.type === "inbound-rtp").reduce((total, each) => total + (each[name] || 0), 0);
    const now = { received: sum("packetsReceived"), lost: sum("packetsLost") };
    const pair = byId.get(all.find((each) => each.type === "transport")?.selectedCandidatePairId);
    const before = this.before ?? now;
    this.before = now;
    const lost = Math.max(now.lost - before.lost, 0), share = lost / Math.max(lost + now.received - before.received, 1);
    const delay = pair?.currentRoundTripTime ?? 0;
    const level = share > 0.08 || delay > 0.8 ? "poor" : share > 0.03 || delay > 0.4 ? "fair" : "good";
    const relayed = [pair?.localCandidateId, pair?.remoteCandidateId].some((id) => byId.get(id)?.candidateType === "relay");
    this.tell("quality", { level, relayed, frames: sum("framesDecoded"), milliseconds: Math.round(delay * 1000) });
  }

  #stop(name, detail) {
    this.stopped = true;
    clearInterval(this.pinging);
    clearInterval(this.measuring);
    this.#drop();
    this.tell(name, detail);
  }
}
