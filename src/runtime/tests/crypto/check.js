// What the scripts of this folder share; it is put before each of them. Also runs in Node.js 20 and later.
const failures = [];
let checked = 0;

function show(value) {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return hex(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function equal(actual, expected, name) {
  checked++;
  if (show(actual) !== show(expected)) failures.push(`${name}: ${show(actual)} is not ${show(expected)}`);
}

async function throws(expected, run, name) {
  checked++;
  try {
    await run();
  } catch (error) {
    if (error.name !== expected) failures.push(`${name}: ${error.name} (${error.message}) is not ${expected}`);
    return;
  }
  failures.push(`${name}: nothing was thrown, expected ${expected}`);
}

function hex(bytes) {
  const view = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
  return Array.from(view, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text) {
  return Uint8Array.from(text.replace(/\s+/g, "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function fromBase64Url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

const utf8 = (text) => new TextEncoder().encode(text);

async function run(tests) {
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
    } catch (error) {
      failures.push(`${name}: ${error.name}: ${error.message}\n${error.stack}`);
    }
  }
  return failures.length > 0 ? failures.join("\n") : `all ${checked > 0 ? "" : "none "}good`;
}
