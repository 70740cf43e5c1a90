/** PEM (RFC 7468) and encrypted PKCS #8. */

import { compute } from "./node_crypto_host.js";
import { Buffer } from "./node_buffer.js";
import { createNodeError, invalidArgumentType, notProvided } from "./node_errors.js";
import { bytesOf, isBufferSource } from "./webidl.js";

const LINE_LENGTH = 64;
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/;
/** Keys are sealed with this one, by the host. */
const CIPHER = "aes-256-cbc";

/** DER as PEM. */
export function toPem(label, der) {
  const lines = Buffer.from(der).toString("base64").match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** The first block of a text: its label and its bytes. Undefined when there is none. */
export function fromPem(text) {
  if (/^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw notProvided("node:crypto", "keys encrypted in the style of PKCS #1 (Proc-Type: 4,ENCRYPTED)");
  }
  const [, label, base64] = BLOCK.exec(text) ?? [];
  if (label === undefined) return undefined;
  return { label, der: new Uint8Array(Buffer.from(base64, "base64")) };
}

function passphraseBytes(passphrase, encoding) {
  if (typeof passphrase === "string") return new Uint8Array(Buffer.from(passphrase, encoding));
  if (isBufferSource(passphrase)) return bytesOf(passphrase);
  throw invalidArgumentType("options.passphrase", ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"], passphrase);
}

/** Encrypts PKCS #8. */
export function sealKey(der, { cipher, passphrase, encoding }) {
  if (cipher !== CIPHER) throw notProvided("node:crypto", `private keys encrypted with ${cipher} (use ${CIPHER})`);
  return compute("key-seal", {}, [der, passphraseBytes(passphrase, encoding)]);
}

/** Decrypts PKCS #8. */
export function openKey(der, { passphrase, encoding }) {
  if (passphrase === undefined || passphrase === null) {
    throw createNodeError(TypeError, "ERR_MISSING_PASSPHRASE", "Passphrase required for encrypted key");
  }
  return compute("key-open", {}, [der, passphraseBytes(passphrase, encoding)]);
}
