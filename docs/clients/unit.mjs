// A vehicle's gateway in Node, without any library: MQTT 3.1.1 over a plain socket.
//
//   node unit.mjs HOST PORT CITY UNIT [COUNT] [drill]
//
// It says that it lives (birth, and a Will for its death), sends COUNT positions, one a second, and says goodbye.
// Messages as docs/asyncapi.json has them. With a real client library keep the same order of things.
import net from "node:net";

const [host, port, city, unit, count = "3", world = "real"] = process.argv.slice(2);
if (!unit) {
  console.error("usage: node unit.mjs HOST PORT CITY UNIT [COUNT] [drill]");
  process.exit(2);
}
const node = `gateway-${unit}`;
const epoch = Math.floor(Date.now() / 1000); // grows at each start
const sequences = new Map(); // seq counts from 1 for each topic

function envelope(topic, type, data, happened = Date.now()) {
  const seq = (sequences.get(topic) ?? 0) + 1;
  sequences.set(topic, seq);
  return JSON.stringify({
    v: 1, type, src: { city, node, epoch }, seq, ts_evt: happened, ts_pub: Date.now(), drill: world === "drill", data,
  });
}

// --- MQTT 3.1.1, just what is needed -------------------------------------------------------------------------
const text = (value) => { const bytes = Buffer.from(value, "utf8"); return Buffer.concat([number16(bytes.length), bytes]); };
const number16 = (value) => Buffer.from([value >> 8, value & 255]);
function packet(head, ...parts) {
  const body = Buffer.concat(parts);
  const length = [];
  let rest = body.length;
  do { length.push((rest % 128) | (rest > 127 ? 128 : 0)); rest = Math.floor(rest / 128); } while (rest > 0);
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}

const stateTopic = `czt/v1/${city}/node/${node}/state`;
const online = () => envelope(stateTopic, "node.state", { state: "online", kind: "gateway" });
const offline = () => envelope(stateTopic, "node.state", { state: "offline", kind: "gateway" });

const socket = net.connect({ host, port: Number(port), noDelay: true });
let buffer = Buffer.alloc(0);
const waiting = new Map(); // packet type and id -> who waits for it
let lastId = 0;

function expect(key) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the broker does not answer ${key}`)), 10_000);
    waiting.set(key, (value) => { clearTimeout(timer); resolve(value); });
  });
}

socket.on("error", (error) => { console.error(error.message); process.exit(1); });
socket.on("close", () => { if (waiting.size > 0) { console.error("the broker closed the connection"); process.exit(1); } });
socket.on("data", (bytes) => {
  buffer = Buffer.concat([buffer, bytes]);
  for (;;) {
    let length = 0, at = 1;
    for (; at < 5 && at < buffer.length; at += 1) {
      length += (buffer[at] & 127) * 128 ** (at - 1);
      if (buffer[at] < 128) break;
    }
    if (at >= buffer.length || buffer.length < at + 1 + length) return;
    const body = buffer.subarray(at + 1, at + 1 + length);
    answered(buffer[0] >> 4, body);
    buffer = buffer.subarray(at + 1 + length);
  }
});

function answered(type, body) {
  const key = type === 2 ? "connect" : `${type}:${body.readUInt16BE(0)}`;
  const done = waiting.get(key);
  waiting.delete(key);
  done?.(body);
}

async function publish(topic, payload, { qos = 0, retain = false } = {}) {
  const head = 0x30 | (qos << 1) | (retain ? 1 : 0);
  if (qos === 0) { socket.write(packet(head, text(topic), Buffer.from(payload, "utf8"))); return; }
  lastId += 1;
  const acknowledged = expect(`4:${lastId}`); // PUBACK
  socket.write(packet(head, text(topic), number16(lastId), Buffer.from(payload, "utf8")));
  await acknowledged;
}

// --- the life of a gateway -----------------------------------------------------------------------------------
const connected = expect("connect");
const will = offline(); // its number comes before the birth's: a later life is never ended by it
socket.write(packet(0x10, text("MQTT"), Buffer.from([4, 0b00101110]), number16(30), // clean session, Will of QoS 1, retained
  text(node), text(stateTopic), text(will)));
const answer = await connected;
if (answer[1] !== 0) { console.error(`the broker refuses: code ${answer[1]}`); process.exit(1); }

await publish(stateTopic, online(), { qos: 1, retain: true });
const positionTopic = `czt/v1/${city}/ems/unit/${unit}/position`;
for (let step = 0; step < Number(count); step += 1) {
  const fix = { unit, lat: 28.2 + step * 1e-4, lon: 112.95, datum: "wgs84", accuracy_m: 8, speed_kmh: 40, heading_deg: 0 };
  await publish(positionTopic, envelope(positionTopic, "unit.position", fix));
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
await publish(stateTopic, offline(), { qos: 1, retain: true }); // a clean end: the Will is not sent then
socket.end(packet(0xe0));
