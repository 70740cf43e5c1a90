/** Shared secrets: createECDH and diffieHellman. */

import { compute, operate } from "./node_crypto_host.js";
import { Buffer } from "./node_buffer.js";
import { requireCurve } from "./node_crypto_curves.js";
import { encoded, inputBytes } from "./node_crypto_hash.js";
import { privateKeyState, publicKeyState } from "./node_crypto_key_input.js";
import { requireHandler } from "./global_scope.js";
import { createNodeError, invalidArgumentValue, validateObject, validateString } from "./node_errors.js";

const HYBRID = 6;

/** A point in one of the forms of SEC 1. */
function formatPoint(curve, point, format = "uncompressed") {
  if (format === "compressed") return compute("key-export", { kind: "EC", curve, format: "compressed" }, [point]);
  if (format === "uncompressed" || format === null) return point;
  if (format !== "hybrid") {
    throw createNodeError(TypeError, "ERR_CRYPTO_ECDH_INVALID_FORMAT", `Invalid ECDH format: ${format}`);
  }
  const hybrid = point.slice();
  hybrid[0] = HYBRID + (point[point.length - 1] & 1);
  return hybrid;
}

/** The uncompressed form of a point in any. */
function readPoint(curve, bytes) {
  const copy = bytes.slice();
  if (copy[0] === HYBRID || copy[0] === HYBRID + 1) copy[0] = 4;
  try {
    return operate("key-import", { kind: "EC", curve, format: "raw" }, [copy]).outputs[0];
  } catch {
    throw createNodeError(Error, "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY", "Public key is not valid for specified curve");
  }
}

/** Half of an agreement on one curve. */
export class ECDH {
  #curve;
  #private;
  #public;

  constructor(curve) {
    validateString(curve, "curve");
    this.#curve = requireCurve(curve);
  }

  static convertKey(key, curve, inputEncoding = undefined, outputEncoding = undefined, format = "uncompressed") {
    const name = requireCurve(curve);
    return encoded(formatPoint(name, readPoint(name, inputBytes(key, inputEncoding, "key")), format), outputEncoding);
  }

  generateKeys(encoding = undefined, format = "uncompressed") {
    requireHandler();
    [this.#private, this.#public] = operate("ec-generate", { curve: this.#curve }, []).outputs;
    return this.getPublicKey(encoding, format);
  }

  computeSecret(otherPublicKey, inputEncoding = undefined, outputEncoding = undefined) {
    const peer = readPoint(this.#curve, inputBytes(otherPublicKey, inputEncoding, "otherPublicKey"));
    return encoded(compute("ec-agree", { curve: this.#curve }, [this.#requirePrivate(), peer]), outputEncoding);
  }

  getPrivateKey(encoding = undefined) {
    return encoded(this.#requirePrivate(), encoding);
  }

  getPublicKey(encoding = undefined, format = "uncompressed") {
    this.#requirePrivate();
    return encoded(formatPoint(this.#curve, this.#public, format), encoding);
  }

  setPrivateKey(key, encoding = undefined) {
    const parameters = { kind: "EC", curve: this.#curve, private: true };
    try {
      [this.#private] = operate("key-import", { ...parameters, format: "raw" }, [inputBytes(key, encoding, "key")]).outputs;
    } catch {
      throw createNodeError(Error, "ERR_CRYPTO_INVALID_KEYTYPE", "Private key is not valid for specified curve.");
    }
    this.#public = compute("key-public", parameters, [this.#private]);
    return this;
  }

  #requirePrivate() {
    if (this.#private === undefined) {
      throw createNodeError(Error, "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY", "Failed to get ECDH private key: generate or set one first");
    }
    return this.#private;
  }
}

export function createECDH(curve) {
  return new ECDH(curve);
}

/** The shared secret of two keys. */
export function diffieHellman(options) {
  validateObject(options, "options");
  const own = privateKeyState(options.privateKey ?? missing("privateKey", options.privateKey));
  const peer = publicKeyState(options.publicKey ?? missing("publicKey", options.publicKey));
  if (own.kind !== peer.kind || own.curve !== peer.curve || (own.kind !== "EC" && own.kind !== "X25519")) {
    throw createNodeError(Error, "ERR_CRYPTO_INCOMPATIBLE_KEY", "Incompatible key types for Diffie-Hellman");
  }
  const operation = own.kind === "EC" ? "ec-agree" : "okp-agree";
  return Buffer.from(compute(operation, { curve: own.curve }, [own.material, peer.material]));
}

function missing(name, value) {
  throw invalidArgumentValue(`options.${name}`, value);
}
