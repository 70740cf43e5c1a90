/** KeyObject: https://nodejs.org/docs/latest-v20.x/api/crypto.html#class-keyobject */

import { compute, operate } from "./node_crypto_host.js";
import { toBase64Url } from "./crypto_jwk.js";
import { keyState } from "./crypto_key.js";
import { subtle } from "./crypto_subtle.js";
import { hasEqualBytes } from "./crypto_compare.js";
import { Buffer } from "./node_buffer.js";
import { createNodeError, invalidArgumentType, invalidArgumentValue } from "./node_errors.js";
import { sealKey, toPem } from "./node_crypto_pem.js";

const CREATE = Symbol("create");
/** The host's names of curves as Node shows them. */
const NODE_CURVES = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" };
const KEY_TYPES = { RSA: "rsa", EC: "ec", Ed25519: "ed25519", X25519: "x25519" };
const JWK_MEMBERS = { RSA: ["n", "e", "d", "p", "q", "dp", "dq", "qi"], EC: ["x", "y", "d"], Ed25519: ["x", "d"], X25519: ["x", "d"] };

let stateOfObject;

/**
 * A key that shows its bytes only when asked. Its state has `type`, `material` and for keys of pairs `kind`
 * and `curve`, all as the host has them, and for RSA `modulusLength` and `publicExponent`.
 */
export class KeyObject {
  #state;

  constructor(token, state) {
    if (token !== CREATE) throw invalidArgumentValue("type", token);
    this.#state = state;
  }

  /** The KeyObject of a CryptoKey. */
  static from(key) {
    return createKeyObject(fromWebKey(keyState(key, "The key")));
  }

  get type() {
    return this.#state.type;
  }

  get symmetricKeySize() {
    return this.#state.type === "secret" ? this.#state.material.length : undefined;
  }

  get asymmetricKeyType() {
    return KEY_TYPES[this.#state.kind];
  }

  get asymmetricKeyDetails() {
    const { kind, curve } = this.#state;
    if (kind === "RSA") {
      const { modulusLength, publicExponent } = rsaDetails(this.#state);
      return { modulusLength, publicExponent: BigInt(`0x${Buffer.from(publicExponent).toString("hex")}`) };
    }
    if (kind === "EC") return { namedCurve: NODE_CURVES[curve] };
    return kind === undefined ? undefined : {};
  }

  export(options = undefined) {
    const state = this.#state;
    if (options?.format === "jwk") return toJwk(state);
    if (state.type === "secret") return Buffer.from(state.material);
    if (options === null || typeof options !== "object") throw invalidArgumentType("options", "Object", options);
    return state.type === "public" ? exportPublic(state, options) : exportPrivate(state, options);
  }

  equals(other) {
    if (!(other instanceof KeyObject)) throw invalidArgumentType("otherKeyObject", "KeyObject", other);
    const [a, b] = [this.#state, other.#state];
    return a.type === b.type && a.kind === b.kind && a.curve === b.curve && hasEqualBytes(a.material, b.material);
  }

  toCryptoKey(algorithm, extractable, keyUsages) {
    const state = this.#state;
    const format = state.type === "secret" ? "raw" : state.type === "public" ? "spki" : "pkcs8";
    const bytes = state.type === "secret" ? state.material : encode(state, format);
    return subtle.importKey(format, bytes, algorithm, extractable, keyUsages);
  }

  get [Symbol.toStringTag]() {
    return "KeyObject";
  }

  static {
    stateOfObject = (value) => (#state in value ? value.#state : undefined);
  }
}

/** A KeyObject with this state. */
export function createKeyObject(state) {
  return new KeyObject(CREATE, state);
}

/** The state of a KeyObject, or undefined. */
export function objectState(value) {
  return typeof value === "object" && value !== null ? stateOfObject(value) : undefined;
}

/** The state of a CryptoKey as KeyObjects have it. */
export function fromWebKey({ type, algorithm, material }) {
  if (type === "secret") return { type, material };
  const { name, namedCurve } = algorithm;
  if (name.startsWith("RSA")) return { type, kind: "RSA", material };
  if (name === "ECDSA" || name === "ECDH") return { type, kind: "EC", curve: namedCurve, material };
  return { type, kind: name === "X25519" ? "X25519" : "Ed25519", material };
}

/** The bytes of a secret KeyObject or CryptoKey. */
export function secretBytes(key) {
  const state = objectState(key) ?? keyState(key, "The key");
  if (state.type !== "secret") {
    const message = `Invalid key object type ${state.type}, expected secret.`;
    throw createNodeError(TypeError, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", message);
  }
  return state.material;
}

/** A key of a pair in one of the host's formats. */
export function encode(state, format) {
  const { kind, curve, type, material } = state;
  return compute("key-export", { kind, curve, private: type === "private", format }, [material]);
}

/** The public half of a key. */
export function publicState(state) {
  if (state.type === "public") return state;
  const { kind, curve, material } = state;
  return { type: "public", kind, curve, material: compute("key-public", { kind, curve, private: true }, [material]) };
}

function rsaDetails(state) {
  if (state.modulusLength !== undefined) return state;
  const [n, e] = operate("key-export", { kind: "RSA", private: state.type === "private", format: "components" }, [
    state.material,
  ]).outputs;
  return { modulusLength: n.length * 8 - Math.clz32(n[0]) + 24, publicExponent: e };
}

function toJwk({ type, kind, curve, material }) {
  if (type === "secret") return { kty: "oct", k: toBase64Url(material) };
  const jwk = { kty: kind === "RSA" || kind === "EC" ? kind : "OKP" };
  if (kind !== "RSA") jwk.crv = curve ?? kind;
  const { outputs } = operate("key-export", { kind, curve, private: type === "private", format: "components" }, [material]);
  outputs.forEach((bytes, index) => (jwk[JWK_MEMBERS[kind][index]] = toBase64Url(bytes)));
  return jwk;
}

function requireEncoding({ type, format }, types) {
  if (!types.includes(type)) throw invalidArgumentValue("options.type", type);
  if (format !== "pem" && format !== "der") throw invalidArgumentValue("options.format", format);
}

function exportPublic(state, options) {
  requireEncoding(options, state.kind === "RSA" ? ["spki", "pkcs1"] : ["spki"]);
  const { type, format } = options;
  const der = encode(state, type === "spki" ? "spki" : "pkcs1-public");
  return format === "der" ? Buffer.from(der) : toPem(type === "spki" ? "PUBLIC KEY" : "RSA PUBLIC KEY", der);
}

const PRIVATE_LABELS = { pkcs8: "PRIVATE KEY", pkcs1: "RSA PRIVATE KEY", sec1: "EC PRIVATE KEY" };
const PRIVATE_FORMATS = { pkcs8: "pkcs8", pkcs1: "pkcs1-private", sec1: "sec1" };

function exportPrivate(state, options) {
  const own = { RSA: ["pkcs1"], EC: ["sec1"] }[state.kind] ?? [];
  requireEncoding(options, ["pkcs8", ...own]);
  const { type, format, cipher, passphrase } = options;
  let der = encode(state, PRIVATE_FORMATS[type]);
  let label = PRIVATE_LABELS[type];
  if (cipher !== undefined && cipher !== null) {
    der = sealKey(der, options);
    label = "ENCRYPTED PRIVATE KEY";
  } else if (passphrase !== undefined) {
    throw invalidArgumentValue("options.cipher", cipher);
  }
  return format === "der" ? Buffer.from(der) : toPem(label, der);
}
