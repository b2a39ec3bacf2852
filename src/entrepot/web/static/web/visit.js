// The page of a video visit: camera and microphone, the waiting room, the call, and text.
import { Line } from "./visit-line.js";

const page = document.getElementById("visit");
const at = (name) => page.querySelector(`[data-at="${name}"]`);
const says = Object.fromEntries([...document.querySelectorAll("#visit-says li")].map((each) => [each.dataset.key, each.textContent]));
const role = page.dataset.role;
let line = null, stream = null, since = null, ended = "", muted = false, hidden = false, otherCamera = true, peer = "", poor = 0;
const sentLines = new Map();

const status = (key, look = "") => {
  const box = at("status");
  box.className = `note ${look}`;
  if (box.dataset.key !== key) { box.dataset.key = key; at("status-text").textContent = says[key] ?? key; }
};
const shown = (name, on) => { at(name).hidden = !on; };

// Camera and microphone

const problem = (error) => {
  if (!navigator.mediaDevices) return "insecure";
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "denied";
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return "absent";
  if (error.name === "NotReadableError" || error.name === "AbortError") return "busy";
  return "failed";
};

const stopStream = () => { for (const each of stream?.getTracks() ?? []) each.stop(); stream = null; at("own").srcObject = null; };

const useDevices = async () => {
  stopStream();
  const mode = at("mode").value;
  shown("devices", mode !== "text");
  shown("camera-field", mode === "video");
  shown("own", mode === "video");
  if (mode === "text") {
    if (!line) status("ready", "good");
    await share();
    return true;
  }
  status(line ? at("status").dataset.key : "asking", "wait");
  const device = (name) => (at(name).value ? { deviceId: { exact: at(name).value } } : {});
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { ...device("microphone"), echoCancellation: true },
      video: mode === "video" && { ...device("camera"), width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 20, max: 30 } },
    });
  } catch (error) {
    status(problem(error), "bad");
    at("check").hidden = false;
    return false;
  }
  for (const each of stream.getAudioTracks()) each.enabled = !muted;
  for (const each of stream.getVideoTracks()) each.enabled = !hidden;
  at("own").srcObject = stream;
  shown("check", false);
  if (!line) status("ready", "good");
  await list();
  await share();
  return true;
};

const list = async () => {
  const devices = await navigator.mediaDevices.enumerateDevices();
  for (const [name, kind] of [["camera", "videoinput"], ["microphone", "audioinput"]]) {
    const used = stream?.getTracks().find((each) => each.kind === kind.slice(0, 5))?.getSettings().deviceId;
    at(name).replaceChildren(...devices.filter((each) => each.kind === kind && each.deviceId).map((each) => new Option(each.label || says.unnamed, each.deviceId, false, each.deviceId === used)));
  }
};

const share = async () => {
  const [audio = null] = stream?.getAudioTracks() ?? [], [video = null] = stream?.getVideoTracks() ?? [];
  await line?.setTracks({ audio, video }, at("mode").value);
};

// The line

const enter = async () => {
  const answer = await fetch(page.dataset.enter, { method: "POST", headers: { "X-CSRFToken": page.dataset.csrf, Accept: "application/json" } });
  if (answer.status >= 500) throw new Error("the server is not there");
  const entry = await answer.json().catch(() => ({}));
  return answer.ok && entry.token ? entry : { refused: true, says: entry.says };
};

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const draw = (room) => {
  const { admitted, other } = room;
  since = room.seconds === null ? null : Date.now() - room.seconds * 1000;
  shown("call", admitted);
  shown("other", admitted);
  shown("admit", role === "provider" && Boolean(other) && !admitted);
  shown("leave", true);
  if (!room.connected) status("reconnecting", "wait");
  else if (admitted) status(peer === "connected" ? "connected" : peer === "text" ? "text_only" : other ? "connecting" : "other_lost", peer === "connected" ? "good" : "wait");
  else if (role === "provider") status(other ? "someone" : "nobody", other ? "good" : "wait");
  else status(other ? "waiting" : "waiting_alone", "wait");
  if (!admitted) { at("other").srcObject = null; peer = ""; }
};

const closed = { 4409: "full", 4410: "closed", 4411: "elsewhere", 4412: "moved", 4429: "flood" };
let room = { connected: false, admitted: false, other: "", seconds: null };
const told = {
  room: (detail) => { room = { ...room, ...detail }; draw(room); },
  peer: ({ state }) => { peer = state; draw(room); },
  track: ({ track }) => {
    const other = at("other"), all = other.srcObject ?? new MediaStream();
    for (const each of all.getTracks()) if (each.kind === track.kind) all.removeTrack(each);
    all.addTrack(track);
    other.srcObject = all;
    other.play().catch(() => { /* the browser waits for a click: the controls of the picture have one */ });
  },
  other: ({ camera, microphone }) => {
    otherCamera = camera;
    at("other-says").textContent = [camera ? "" : says.other_no_camera, microphone ? "" : says.other_muted].filter(Boolean).join(" ");
  },
  text: ({ text }) => write(text, says.them),
  receipt: ({ number, sent }) => { if (!sent) sentLines.get(number)?.append(` (${says.unsent})`); sentLines.delete(number); },
  quality: ({ level, relayed, frames }) => {
    at("quality").textContent = `${says[level]} · ${relayed ? says.relayed : says.direct}`;
    page.dataset.frames = frames;
    page.dataset.relayed = relayed;
    poor = level === "poor" ? poor + 1 : 0;
    shown("advice", poor >= 4 && otherCamera && !at("audio-only").matches("[aria-pressed=true]"));
  },
  ended: ({ reason, seconds }) => {
    ended = `${says[reason] ?? says.over} ${says.length.replace("{time}", clock(seconds))}`;
    at("ended").textContent = ended;
    page.dataset.ended = reason;
  },
  refused: ({ says: why }) => { over(why || says.failed, "bad"); },
  stopped: ({ code }) => { over(says[code === 1000 ? "over" : closed[code] ?? "failed"], code === 1000 ? "" : "bad"); },
};

const over = (text, look) => {
  line = null;
  stopStream();
  since = null;
  for (const each of ["call", "other", "own", "admit", "leave", "preparation"]) shown(each, false);
  shown("again", true);
  at("other").srcObject = null;
  status(text, look);
  at("status").focus();
};

const begin = async () => {
  if (line) return;
  if (at("mode").value !== "text" && !stream && !(await useDevices())) return;
  shown("enter", false);
  if (at("relay-field")) shown("relay-field", false);
  at("preparation").open = false;
  status("entering", "wait");
  line = new Line({ enter, role, relay: at("relay")?.checked ?? false, tell: (name, detail) => told[name]?.(detail) });
  await share();
  line.start();
  navigator.wakeLock?.request("screen").catch(() => { /* the screen may go dark */ });
};

// Text

const write = (text, who) => {
  const item = document.createElement("p"), name = document.createElement("strong");
  name.textContent = `${who}: `;
  item.append(name, text);
  at("log").append(item);
  at("log").scrollTop = at("log").scrollHeight;
  return item;
};

at("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = at("text"), text = field.value.trim();
  if (!text || !line) return;
  sentLines.set(line.say(text), write(text, says.you));
  field.value = "";
});

// The buttons

const press = (name, on) => { at(name).setAttribute("aria-pressed", String(on)); };
at("check").addEventListener("click", useDevices);
at("enter").addEventListener("click", begin);
at("admit").addEventListener("click", () => line?.admit());
at("leave").addEventListener("click", () => line?.leave());
at("mute").addEventListener("click", () => {
  muted = !muted;
  for (const each of stream?.getAudioTracks() ?? []) each.enabled = !muted;
  press("mute", muted);
  share();
});
at("hide").addEventListener("click", () => {
  hidden = !hidden;
  for (const each of stream?.getVideoTracks() ?? []) each.enabled = !hidden;
  press("hide", hidden);
  share();
});
const audioOnly = async () => {
  const only = at("audio-only").getAttribute("aria-pressed") !== "true";
  press("audio-only", only);
  shown("advice", false);
  at("mode").value = only ? "audio" : "video";
  line?.prefer(only ? "audio" : "video");
  await useDevices();
};
at("audio-only").addEventListener("click", audioOnly);
at("advice-audio").addEventListener("click", audioOnly);
for (const each of ["mode", "camera", "microphone"]) at(each).addEventListener("change", () => { if (stream || line || at("mode").value === "text") useDevices(); });
navigator.mediaDevices?.addEventListener("devicechange", () => { if (stream) list(); });
setInterval(() => { at("time").textContent = since === null ? "" : clock((Date.now() - since) / 1000); }, 1000);
addEventListener("pagehide", stopStream);

shown("preparation", true);
shown("enter", true);
if (!navigator.mediaDevices) { at("mode").value = "text"; status("insecure", "bad"); useDevices(); } else status("check", "");
