// A phone in a browser, as an app's maker writes one with JsSIP. The test tells it what to do and hears what
// happens, both over HTTP: no other library is needed for it.
"use strict";

const name = new URLSearchParams(location.search).get("name");
const media = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };
let ua = null;
let session = null;
let told = Promise.resolve();

// In the order in which it happened.
function tell(event, more = {}) {
  const body = JSON.stringify({ name, event, ...more });
  told = told.then(() => fetch("/event", { method: "POST", body }));
}

function watch(made) {
  session = made;
  session.on("progress", () => tell("progress"));
  session.on("confirmed", () => tell("confirmed"));
  session.on("ended", (data) => tell("ended", { cause: data.cause }));
  session.on("failed", (data) =>
    tell("failed", { cause: data.cause, status: data.message ? data.message.status_code || 0 : 0 }));
}

function register({ url, user, password }) {
  const sockets = [new JsSIP.WebSocketInterface(url)];
  const uri = `sip:${user}@${new URL(url).hostname}`;
  ua = new JsSIP.UA({ sockets, uri, password, session_timers: false });
  ua.on("connected", () => tell("connected"));
  ua.on("disconnected", (data) => tell("disconnected", { code: data.code || 0 }));
  ua.on("registered", (data) => tell("registered", { status: data.response.status_code }));
  ua.on("unregistered", () => tell("unregistered"));
  ua.on("registrationFailed", (data) =>
    tell("refused", { cause: data.cause, status: data.response ? data.response.status_code : 0 }));
  ua.on("newRTCSession", (data) => {
    watch(data.session);
    if (data.originator === "remote") {
      const caller = data.request.from;
      tell("rings", { user: caller.uri.user, shown: caller.display_name || "" });
    }
  });
  ua.start();
}

// What has gone both ways by now.
async function count() {
  const found = { dtls: "", pair: "", sent: 0, received: 0, codec: "" };
  if (session === null || !session.connection) return tell("count", found);
  const all = await session.connection.getStats();
  for (const each of all.values()) {
    if (each.type === "transport") found.dtls = each.dtlsState;
    if (each.type === "candidate-pair" && each.nominated) found.pair = each.state;
    if (each.type === "outbound-rtp") found.sent += each.packetsSent;
    if (each.type === "inbound-rtp") {
      found.received += each.packetsReceived;
      if (each.codecId) found.codec = all.get(each.codecId).mimeType;
    }
  }
  tell("count", found);
}

const deeds = {
  register,
  again: () => ua.register(),
  call: ({ number }) => ua.call(`sip:${number}@${ua.configuration.uri.host}`, media),
  answer: () => session.answer(media),
  hangup: () => session.terminate(),
  count,
};

async function main() {
  tell("open");
  for (;;) {
    const answer = await fetch(`/next?name=${encodeURIComponent(name)}`);
    if (answer.status !== 200) continue;
    const { deed, ...more } = await answer.json();
    try {
      await deeds[deed](more);
    } catch (error) {
      tell("broken", { cause: String(error) });
    }
  }
}

main();
