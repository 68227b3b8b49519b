// The page's topics over one WebSocket: newer fragments are morphed in, gaps are fetched, a lost line is said quietly.
import { morph, parse } from "./morph.js";

const CHECK_MS = 15000; // the server speaks every 5 s; three silent rounds mean a half-open line
const JITTER_MS = 2000;
const READ_MS = 5000;
const words = (name) => (document.body.dataset[name] ?? "").split(/\s+/).filter(Boolean);
const topics = words("liveTopics");
const versions = Object.fromEntries(topics.map((topic, i) => [topic, Number(words("liveVersions")[i] ?? 0)]));
const fetching = new Set();
let socket, silence, tries = 0, wasLost = false;

function show(state) {
  for (const element of document.querySelectorAll("[data-live-state]")) {
    const word = element.dataset[`word${state[0].toUpperCase()}${state.slice(1)}`];
    if (element.dataset.state !== state) Object.assign(element, { textContent: word, hidden: false }).dataset.state = state;
  }
}

function selecting(element) {
  const selection = getSelection();
  return !selection.isCollapsed && selection.containsNode(element, true);
}

function place(id, html) {
  const old = document.getElementById(id);
  const next = parse(html).firstElementChild;
  if (!old || !next) return;
  if (!selecting(old)) return morph(old, next);
  // Somebody is copying from here: put it in place when they are done.
  document.addEventListener("selectionchange", function later() {
    if (selecting(old)) return;
    document.removeEventListener("selectionchange", later);
    if (old.liveNext === next) morph(old, next);
  });
  old.liveNext = next;
}

const refresh = (those) => document.querySelectorAll(those).forEach((block) => window.htmx?.trigger(block, "live:refresh"));

function take({ topic, version, full, fragments }) {
  if (!(topic in versions) || version <= versions[topic]) return;
  if (!full) return catchUp(topic);
  versions[topic] = version;
  for (const [id, html] of Object.entries(fragments)) place(id, html);
  refresh(`[data-refresh-on~="${CSS.escape(topic)}"]`);
  // What was said about a moment ago is past: the page shows what came of it. Left long enough to be read.
  setTimeout(() => document.querySelectorAll("[data-passing]").forEach((one) => one.remove()), Math.max(0, READ_MS - performance.now()));
  document.dispatchEvent(new CustomEvent("live:updated", { detail: { topic, version } }));
}

function catchUp(topic, wait = Math.random() * JITTER_MS) {
  if (fetching.has(topic)) return;
  fetching.add(topic);
  setTimeout(async () => {
    try {
      const answer = await fetch(`/live/fragments/?topic=${encodeURIComponent(topic)}`, { headers: { Accept: "application/json" } });
      if (answer.ok) take(await answer.json());
    } catch {
      // The line is down; the next check fetches again.
    } finally {
      fetching.delete(topic);
    }
  }, wait);
}

function hear(message) {
  clearTimeout(silence);
  silence = setTimeout(() => socket.close(), CHECK_MS);
  if (message.rights) refresh("[data-refresh-on]");
  if (message.versions) {
    for (const [topic, version] of Object.entries(message.versions)) {
      if (version > (versions[topic] ?? Infinity)) catchUp(topic);
    }
  } else if (message.closed) {
    delete versions[message.closed];
    if (!Object.keys(versions).length) show("closed");
  } else if (message.topic) take(message);
}

function connect() {
  const open = Object.keys(versions);
  if (!open.length) return;
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/live/`);
  socket.onopen = () => {
    tries = 0;
    silence = setTimeout(() => socket.close(), CHECK_MS);
    socket.send(JSON.stringify({ subscribe: open, versions }));
    show("live");
    if (wasLost) open.forEach((topic) => catchUp(topic));
    wasLost = false;
  };
  socket.onmessage = (event) => hear(JSON.parse(event.data));
  socket.onclose = () => {
    clearTimeout(silence);
    if (!Object.keys(versions).length) return;
    wasLost = true;
    show("lost");
    setTimeout(connect, Math.min(30000, 500 * 2 ** tries++) * (0.5 + Math.random() / 2));
  };
}

connect();
addEventListener("pagehide", () => { if (socket) socket.onclose = null; socket?.close(); });
addEventListener("pageshow", (event) => { if (event.persisted) { wasLost = true; connect(); } });
