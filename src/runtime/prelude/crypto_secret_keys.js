/** Secret keys: HMAC, AES, and the secrets that HKDF and PBKDF2 start from. */

import { compute, cryptoError } from "./crypto_host.js";
import { bytesOfMember, checkJwk, invalid, toBase64Url } from "./crypto_jwk.js";
import { hasEqualBytes } from "./crypto_compare.js";
import { getRandomValues } from "./random.js";

/** https://developers.cloudflare.com/workers/runtime-apis/web-crypto/ : iterations that production allows. */
const PBKDF2_ITERATIONS_MAX = 100_000;
const RANDOM_BYTES_MAX = 65_536;
const AES_BITS = [128, 192, 256];
const BLOCK_BITS = { MD5: 512, "SHA-1": 512, "SHA-256": 512, "SHA-384": 1024, "SHA-512": 1024 };
const GCM_TAG_BITS = [32, 64, 96, 104, 112, 120, 128];

function secretState(algorithm, material, extractable, usages) {
  return { type: "secret", extractable, algorithm, usages, material };
}

function requireFormat(format, formats, name) {
  if (!formats.includes(format)) {
    throw cryptoError("NotSupportedError", `Keys of ${name} have no format "${format}".`);
  }
}

function importBytes(format, data, expected) {
  if (format === "raw") return data;
  checkJwk(data, { kty: "oct", ...expected });
  return bytesOfMember(data, "k");
}

function exportSecret(format, state, alg) {
  requireFormat(format, ["raw", "jwk"], state.algorithm.name);
  if (format === "raw") return state.material.slice();
  const { usages, extractable } = state;
  return { kty: "oct", k: toBase64Url(state.material), alg, key_ops: [...usages], ext: extractable };
}

function macAlgorithm(hash, length) {
  return { name: "HMAC", hash, length };
}

/** "HS256" and the like. */
function macName({ name }) {
  return name === "MD5" ? undefined : `HS${name.slice(4)}`;
}

export const HMAC = {
  usages: { secret: ["sign", "verify"] },

  generate({ hash, length = BLOCK_BITS[hash.name] }, extractable, usages) {
    if (length === 0) throw cryptoError("OperationError", "A key of HMAC has at least one bit.");
    return secretState(macAlgorithm(hash, length), randomBits(length), extractable, usages);
  },

  import(format, data, { hash, length }, extractable, usages) {
    requireFormat(format, ["raw", "jwk"], "HMAC");
    const bytes = importBytes(format, data, { use: "sig", alg: macName(hash), usages, extractable });
    const bits = bytes.byteLength * 8;
    if (bits === 0) throw cryptoError("DataError", "The key of HMAC is empty.");
    if (length !== undefined && (length > bits || length <= bits - 8)) {
      throw cryptoError("DataError", `The key does not have ${length} bits.`);
    }
    return secretState(macAlgorithm(hash, length ?? bits), bytes, extractable, usages);
  },

  export: (format, state) => exportSecret(format, state, macName(state.algorithm.hash)),

  sign: (algorithm, { material, algorithm: { hash } }, data) => compute("hmac", { hash: hash.name }, [material, data]),

  verify(algorithm, state, signature, data) {
    return hasEqualBytes(HMAC.sign(algorithm, state, data), signature);
  },

  keyLength({ hash, length = BLOCK_BITS[hash.name] }) {
    if (length === 0) throw new TypeError("A key of HMAC has at least one bit.");
    return length;
  },
};

/** The bits that do not fill a byte come first in the last one; the others are zero. */
function randomBits(length) {
  const bytes = new Uint8Array(Math.ceil(length / 8));
  for (let at = 0; at < bytes.length; at += RANDOM_BYTES_MAX) getRandomValues(bytes.subarray(at, at + RANDOM_BYTES_MAX));
  if (length % 8 !== 0) bytes[bytes.length - 1] &= 0xff << (8 - (length % 8));
  return bytes;
}

function requireLength(bytes, length, name) {
  if (bytes.byteLength !== length) throw cryptoError("OperationError", `AES: ${name} does not have ${length} bytes.`);
}

/** What all modes of AES have in common. */
function aes(mode, usages, cipher) {
  const name = `AES-${mode}`;
  const alg = (bits) => `A${bits}${mode}`;
  return {
    usages: { secret: usages },

    generate({ length }, extractable, granted) {
      if (!AES_BITS.includes(length)) throw cryptoError("OperationError", `AES has no keys of ${length} bits.`);
      return secretState({ name, length }, randomBits(length), extractable, granted);
    },

    import(format, data, algorithm, extractable, granted) {
      requireFormat(format, ["raw", "jwk"], name);
      const bytes = importBytes(format, data, { use: "enc", usages: granted, extractable });
      const length = bytes.byteLength * 8;
      if (!AES_BITS.includes(length)) throw cryptoError("DataError", `AES has no keys of ${length} bits.`);
      if (format === "jwk" && data.alg !== undefined && data.alg !== alg(length)) {
        throw invalid(`is for the algorithm "${data.alg}", not "${alg(length)}"`);
      }
      return secretState({ name, length }, bytes, extractable, granted);
    },

    export: (format, state) => exportSecret(format, state, alg(state.algorithm.length)),

    keyLength({ length }) {
      if (!AES_BITS.includes(length)) throw cryptoError("OperationError", `AES has no keys of ${length} bits.`);
      return length;
    },

    ...cipher,
  };
}

/** encrypt and decrypt; `prepare` checks the parameters and gives the host's and the inputs behind the key. */
function cipher(mode, prepare) {
  const method = (operation) => (algorithm, { material }, data) => {
    const { parameters, vector, additional } = prepare(algorithm);
    const inputs = [material, vector, data];
    if (additional !== undefined) inputs.push(additional);
    return compute(operation, { mode, ...parameters }, inputs);
  };
  return { encrypt: method("aes-encrypt"), decrypt: method("aes-decrypt") };
}

const CIPHER_USAGES = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];

export const AES_CBC = aes("CBC", CIPHER_USAGES, cipher("CBC", ({ iv }) => {
  requireLength(iv, 16, "iv");
  return { vector: iv };
}));

export const AES_CTR = aes("CTR", CIPHER_USAGES, cipher("CTR", ({ counter, length }) => {
  requireLength(counter, 16, "counter");
  if (length === 0 || length > 128) throw cryptoError("OperationError", "The counter has from 1 to 128 bits.");
  return { parameters: { counterBits: length }, vector: counter };
}));

export const AES_GCM = aes("GCM", CIPHER_USAGES, cipher("GCM", ({ iv, additionalData, tagLength = 128 }) => {
  if (!GCM_TAG_BITS.includes(tagLength)) {
    throw cryptoError("OperationError", `AES-GCM has no tags of ${tagLength} bits.`);
  }
  return { parameters: { tagBytes: tagLength / 8 }, vector: iv, additional: additionalData };
}));

const NO_VECTOR = new Uint8Array(0);

export const AES_KW = aes("KW", ["wrapKey", "unwrapKey"], {
  wrap: (algorithm, { material }, data) => compute("aes-encrypt", { mode: "KW" }, [material, NO_VECTOR, data]),
  unwrap: (algorithm, { material }, data) => compute("aes-decrypt", { mode: "KW" }, [material, NO_VECTOR, data]),
});

/** What secrets to derive from have in common. */
function derivation(name, deriveBits) {
  return {
    usages: { secret: ["deriveKey", "deriveBits"] },

    import(format, data, algorithm, extractable, usages) {
      requireFormat(format, ["raw"], name);
      if (extractable) throw cryptoError("SyntaxError", `Keys of ${name} are not extractable.`);
      return secretState({ name }, data, extractable, usages);
    },

    keyLength: () => null,

    deriveBits(algorithm, state, length) {
      if (length === null || length % 8 !== 0) {
        throw cryptoError("OperationError", `${name} derives a length that is a multiple of 8 bits.`);
      }
      return deriveBits(algorithm, state, length / 8);
    },
  };
}

export const HKDF = derivation("HKDF", ({ hash, salt, info }, { material }, lengthBytes) =>
  compute("hkdf", { hash: hash.name, lengthBytes }, [material, salt, info]),
);

export const PBKDF2 = derivation("PBKDF2", ({ hash, salt, iterations }, { material }, lengthBytes) => {
  if (iterations === 0) throw cryptoError("OperationError", "PBKDF2 has at least one iteration.");
  if (iterations > PBKDF2_ITERATIONS_MAX) {
    const message = `Pbkdf2 failed: iteration counts above ${PBKDF2_ITERATIONS_MAX} are not supported (requested ${iterations}).`;
    throw cryptoError("NotSupportedError", message);
  }
  return compute("pbkdf2", { hash: hash.name, iterations, lengthBytes }, [material, salt]);
});
