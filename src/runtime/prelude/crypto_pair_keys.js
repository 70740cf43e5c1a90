/** Keys of pairs: RSA, the NIST curves, Ed25519 and X25519. */

import { compute, cryptoError, operate, test } from "./crypto_host.js";
import { bytesOfMember, checkJwk, invalid, toBase64Url } from "./crypto_jwk.js";
import { keyState } from "./crypto_key.js";
import { parseJson } from "./primordials.js";

const RSA_PUBLIC = ["n", "e"];
const RSA_PRIVATE = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
const COORDINATE_BYTES = { "P-256": 32, "P-384": 48, "P-521": 66 };

/** Reads a key; whatever is wrong with it is the data's fault. */
function importKey(parameters, inputs) {
  let answer;
  try {
    answer = operate("key-import", parameters, inputs);
  } catch (error) {
    throw error.name === "NotSupportedError" ? cryptoError("DataError", error.message) : error;
  }
  return { description: parseJson(answer.description), outputs: answer.outputs };
}

function exportKey(parameters, state) {
  const isPrivate = state.type === "private";
  return operate("key-export", { ...parameters, private: isPrivate }, [state.material]).outputs;
}

function requireType(state, type) {
  if (state.type !== type) throw cryptoError("InvalidAccessError", `The operation needs a ${type} key.`);
}

function unknownFormat(format, name) {
  return cryptoError("NotSupportedError", `Keys of ${name} have no format "${format}".`);
}

/** The pair that `generateKey` answers, each half with the usages it may have. */
function pairOf(algorithm, [secret, open], extractable, usages, allowed) {
  const half = (type, material) => ({
    type,
    extractable: type === "public" || extractable,
    algorithm,
    usages: usages.filter((usage) => allowed[type].includes(usage)),
    material,
  });
  return { privateKey: half("private", secret), publicKey: half("public", open) };
}

const SIGNING = { private: ["sign"], public: ["verify"] };
const AGREEING = { private: ["deriveKey", "deriveBits"], public: [] };
const ENCRYPTING = { private: ["decrypt", "unwrapKey"], public: ["encrypt", "wrapKey"] };

/** spki, pkcs8 and jwk of any kind of key; `raw` where `importRaw` is given. */
function importFormats(kind, use, { fromJwk, fromRaw, name }) {
  return (format, data, usages, extractable) => {
    if (format === "spki" || format === "pkcs8") {
      const found = importKey({ format }, [data]);
      if (found.description.kind !== kind) throw cryptoError("DataError", `The key is none of ${name}.`);
      return { type: format === "spki" ? "public" : "private", ...found };
    }
    if (format === "raw" && fromRaw !== undefined) return { type: "public", ...fromRaw(data) };
    if (format !== "jwk") throw unknownFormat(format, name);
    const type = data.d === undefined ? "public" : "private";
    return { type, ...fromJwk(data, type === "private", { use, usages, extractable }) };
  };
}

/** What the three algorithms with RSA have in common. */
function rsa(name, allowed, algOf, operations) {
  const use = allowed === ENCRYPTING ? "enc" : "sig";

  function fromJwk(jwk, isPrivate, { usages, extractable, hash }) {
    checkJwk(jwk, { kty: "RSA", use, alg: algOf(hash), usages, extractable });
    if (jwk.oth !== undefined) throw invalid("has more than two primes, which is not supported");
    const hasPrimes = jwk.p !== undefined;
    const members = !isPrivate ? RSA_PUBLIC : RSA_PRIVATE.slice(0, hasPrimes ? 5 : 3);
    const parameters = { format: "components", kind: "RSA", private: isPrivate };
    return importKey(parameters, members.map((member) => bytesOfMember(jwk, member)));
  }

  return {
    usages: allowed,

    generate({ modulusLength, publicExponent, hash }, extractable, usages) {
      const { outputs } = operate("rsa-generate", { modulusLength }, [publicExponent]);
      return pairOf({ name, modulusLength, publicExponent, hash }, outputs, extractable, usages, allowed);
    },

    import(format, data, { hash }, extractable, usages) {
      const read = importFormats("RSA", use, {
        name,
        fromJwk: (jwk, isPrivate, expected) => fromJwk(jwk, isPrivate, { ...expected, hash }),
      });
      const { type, description, outputs } = read(format, data, usages, extractable);
      const { modulusLength } = description;
      const algorithm = { name, modulusLength, publicExponent: outputs[1], hash };
      return { type, extractable, algorithm, usages, material: outputs[0] };
    },

    export(format, state) {
      if (format === "spki") requireType(state, "public");
      else if (format === "pkcs8") requireType(state, "private");
      else if (format !== "jwk") throw unknownFormat(format, name);
      if (format !== "jwk") return exportKey({ kind: "RSA", format }, state)[0];
      const numbers = exportKey({ kind: "RSA", format: "components" }, state);
      const jwk = { kty: "RSA" };
      numbers.forEach((number, index) => (jwk[RSA_PRIVATE[index]] = toBase64Url(number)));
      const { usages, extractable, algorithm } = state;
      return { ...jwk, alg: algOf(algorithm.hash), key_ops: [...usages], ext: extractable };
    },

    ...operations,
  };
}

/** "RS256" and the like; "RS1" for SHA-1. */
function algNames(prefix) {
  return ({ name }) => (name === "MD5" ? undefined : `${prefix}${name.slice(4)}`);
}

/** sign and verify with RSA; `parametersOf` gives what the host needs besides the hash. */
function rsaSigning(parametersOf) {
  return {
    sign(algorithm, state, data) {
      requireType(state, "private");
      const parameters = { ...parametersOf(algorithm), hash: state.algorithm.hash.name };
      return compute("rsa-sign", parameters, [state.material, data]);
    },

    verify(algorithm, state, signature, data) {
      requireType(state, "public");
      const parameters = { ...parametersOf(algorithm), hash: state.algorithm.hash.name };
      return test("rsa-verify", parameters, [state.material, signature, data]);
    },
  };
}

export const RSASSA_PKCS1 = rsa("RSASSA-PKCS1-v1_5", SIGNING, algNames("RS"), rsaSigning(() => ({})));

export const RSA_PSS = rsa("RSA-PSS", SIGNING, algNames("PS"), rsaSigning(({ saltLength }) => ({ scheme: "PSS", saltLength })));

/** "RSA-OAEP" alone stands for SHA-1. */
function oaepName({ name }) {
  if (name === "MD5") return undefined;
  return name === "SHA-1" ? "RSA-OAEP" : `RSA-OAEP-${name.slice(4)}`;
}

function rsaCipher(operation, type) {
  return ({ label = new Uint8Array(0) }, state, data) => {
    requireType(state, type);
    return compute(operation, { hash: state.algorithm.hash.name }, [state.material, data, label]);
  };
}

export const RSA_OAEP = rsa("RSA-OAEP", ENCRYPTING, oaepName, {
  encrypt: rsaCipher("rsa-encrypt", "public"),
  decrypt: rsaCipher("rsa-decrypt", "private"),
});

function requireCurve(namedCurve) {
  if (COORDINATE_BYTES[namedCurve] === undefined) {
    throw cryptoError("NotSupportedError", `Unrecognized or unimplemented EC curve "${namedCurve}" requested.`);
  }
}

/** What ECDSA and ECDH have in common. */
function elliptic(name, allowed, operations) {
  function fromJwk(jwk, isPrivate, curve, expected) {
    const alg = name === "ECDSA" ? `ES${curve === "P-521" ? "512" : curve.slice(2)}` : undefined;
    checkJwk(jwk, { kty: "EC", alg, ...expected });
    if (jwk.crv !== curve) throw invalid(`is of the curve "${jwk.crv}", not "${curve}"`);
    const members = isPrivate ? ["x", "y", "d"] : ["x", "y"];
    const parameters = { format: "components", kind: "EC", curve, private: isPrivate };
    return importKey(parameters, members.map((member) => bytesOfMember(jwk, member)));
  }

  return {
    usages: allowed,

    generate({ namedCurve }, extractable, usages) {
      requireCurve(namedCurve);
      const { outputs } = operate("ec-generate", { curve: namedCurve }, []);
      return pairOf({ name, namedCurve }, outputs, extractable, usages, allowed);
    },

    import(format, data, { namedCurve }, extractable, usages) {
      requireCurve(namedCurve);
      const read = importFormats("EC", name === "ECDSA" ? "sig" : "enc", {
        name,
        fromJwk: (jwk, isPrivate, expected) => fromJwk(jwk, isPrivate, namedCurve, expected),
        fromRaw: (bytes) => importKey({ format: "raw", kind: "EC", curve: namedCurve }, [bytes]),
      });
      const { type, description, outputs } = read(format, data, usages, extractable);
      if (description.curve !== namedCurve) {
        throw cryptoError("DataError", `The key is of the curve ${description.curve}, not ${namedCurve}.`);
      }
      return { type, extractable, algorithm: { name, namedCurve }, usages, material: outputs[0] };
    },

    export(format, state) {
      const { namedCurve } = state.algorithm;
      if (format === "raw" || format === "spki") requireType(state, "public");
      if (format === "pkcs8") requireType(state, "private");
      if (format !== "jwk") return exportKey({ kind: "EC", curve: namedCurve, format }, state)[0];
      const members = exportKey({ kind: "EC", curve: namedCurve, format: "components" }, state).map(toBase64Url);
      const [x, y, d] = members;
      const jwk = { kty: "EC", crv: namedCurve, x, y, ...(d === undefined ? {} : { d }) };
      return { ...jwk, key_ops: [...state.usages], ext: state.extractable };
    },

    ...operations,
  };
}

export const ECDSA = elliptic("ECDSA", SIGNING, {
  sign({ hash }, state, data) {
    requireType(state, "private");
    return compute("ec-sign", { curve: state.algorithm.namedCurve, hash: hash.name }, [state.material, data]);
  },

  verify({ hash }, state, signature, data) {
    requireType(state, "public");
    const parameters = { curve: state.algorithm.namedCurve, hash: hash.name };
    return test("ec-verify", parameters, [state.material, signature, data]);
  },
});

/** The other side's key of an agreement. */
function peerState(state, key) {
  requireType(state, "private");
  const peer = keyState(key, "public");
  requireType(peer, "public");
  if (peer.algorithm.name !== state.algorithm.name || peer.algorithm.namedCurve !== state.algorithm.namedCurve) {
    throw cryptoError("InvalidAccessError", "The keys are not of the same algorithm and curve.");
  }
  return peer;
}

/** The first bits of a shared secret; null for all of it. */
function firstBits(secret, length) {
  if (length === null) return secret;
  if (length > secret.byteLength * 8) {
    throw cryptoError("OperationError", `The shared secret has ${secret.byteLength * 8} bits, not ${length}.`);
  }
  const bytes = secret.slice(0, Math.ceil(length / 8));
  if (length % 8 !== 0) bytes[bytes.length - 1] &= 0xff << (8 - (length % 8));
  return bytes;
}

export const ECDH = elliptic("ECDH", AGREEING, {
  deriveBits(algorithm, state, length) {
    const peer = peerState(state, algorithm.public);
    const secret = compute("ec-agree", { curve: state.algorithm.namedCurve }, [state.material, peer.material]);
    return firstBits(secret, length);
  },
});

/** Ed25519, X25519, and the name that Workers had for the former before it was in the specification. */
function octetKeyPair(name, kind, allowed, operations) {
  const algorithmOf = () => (name === kind ? { name } : { name, namedCurve: name });
  const use = allowed === SIGNING ? "sig" : "enc";
  const alg = allowed === SIGNING ? ["EdDSA", "Ed25519"] : undefined;

  function requireName({ namedCurve }) {
    if (namedCurve !== undefined && namedCurve !== name) requireCurve(namedCurve);
  }

  function fromJwk(jwk, isPrivate, expected) {
    checkJwk(jwk, { kty: "OKP", alg, ...expected });
    if (jwk.crv !== kind) throw invalid(`is of the curve "${jwk.crv}", not "${kind}"`);
    const members = isPrivate ? ["x", "d"] : ["x"];
    const parameters = { format: "components", kind, private: isPrivate };
    return importKey(parameters, members.map((member) => bytesOfMember(jwk, member)));
  }

  return {
    usages: allowed,

    generate(algorithm, extractable, usages) {
      requireName(algorithm);
      const { outputs } = operate("okp-generate", { kind }, []);
      return pairOf(algorithmOf(), outputs, extractable, usages, allowed);
    },

    import(format, data, algorithm, extractable, usages) {
      requireName(algorithm);
      const fromRaw = (bytes) => importKey({ format: "raw", kind }, [bytes]);
      const read = importFormats(kind, use, { name, fromJwk, fromRaw });
      const { type, outputs } = read(format, data, usages, extractable);
      return { type, extractable, algorithm: algorithmOf(), usages, material: outputs[0] };
    },

    export(format, state) {
      if (format === "raw" || format === "spki") requireType(state, "public");
      if (format === "pkcs8") requireType(state, "private");
      if (format !== "jwk") return exportKey({ kind, format }, state)[0];
      const [x, d] = exportKey({ kind, format: "components" }, state).map(toBase64Url);
      const jwk = { kty: "OKP", crv: kind, x, ...(d === undefined ? {} : { d }) };
      return { ...jwk, key_ops: [...state.usages], ext: state.extractable };
    },

    ...operations,
  };
}

const EDWARDS_OPERATIONS = {
  sign(algorithm, state, data) {
    requireType(state, "private");
    return compute("okp-sign", {}, [state.material, data]);
  },

  verify(algorithm, state, signature, data) {
    requireType(state, "public");
    return test("okp-verify", {}, [state.material, signature, data]);
  },
};

export const ED25519 = octetKeyPair("Ed25519", "Ed25519", SIGNING, EDWARDS_OPERATIONS);
export const NODE_ED25519 = octetKeyPair("NODE-ED25519", "Ed25519", SIGNING, EDWARDS_OPERATIONS);

export const X25519 = octetKeyPair("X25519", "X25519", AGREEING, {
  deriveBits(algorithm, state, length) {
    const peer = peerState(state, algorithm.public);
    return firstBits(compute("okp-agree", {}, [state.material, peer.material]), length);
  },
});
