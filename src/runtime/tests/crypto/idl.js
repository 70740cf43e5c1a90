// What the Web Cryptography API's IDL and its algorithms' steps say about wrong use.
const { subtle } = crypto;

const secret = (usages = ["encrypt"], extractable = true) =>
  subtle.importKey("raw", new Uint8Array(16), "AES-GCM", extractable, usages);

export const tests = {
  async "keys cannot be made or changed by hand"() {
    await throws("TypeError", () => new CryptoKey(), "constructor");
    await throws("TypeError", () => new SubtleCrypto(), "constructor");
    const key = await secret(["decrypt", "encrypt", "encrypt"]);
    equal(Object.prototype.toString.call(key), "[object CryptoKey]", "tag");
    equal([key.type, key.extractable, key.algorithm, key.usages],
      ["secret", true, { name: "AES-GCM", length: 128 }, ["encrypt", "decrypt"]], "attributes");
    key.algorithm.name = "AES-CBC";
    key.usages.push("wrapKey");
    await throws("InvalidAccessError", () => subtle.wrapKey("raw", key, key, { name: "AES-GCM", iv: new Uint8Array(12) }), "usages");
    await subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, new Uint8Array(1));
    await throws("TypeError", () => Object.getOwnPropertyDescriptor(CryptoKey.prototype, "type").get.call({}), "brand");
    await throws("DataCloneError", () => structuredClone(key), "structured clone");
  },

  async "every mistake is a rejection"() {
    for (const method of ["encrypt", "decrypt", "sign", "verify", "digest", "generateKey", "deriveKey", "deriveBits", "importKey", "exportKey", "wrapKey", "unwrapKey"]) {
      let promise;
      await throws("TypeError", () => (promise = subtle[method]()), method);
      equal(promise instanceof Promise, true, method);
      await throws("TypeError", () => SubtleCrypto.prototype[method].call({}, 1, 2, 3, 4, 5, 6, 7), `${method} of nothing`);
      equal(Object.getOwnPropertyDescriptor(SubtleCrypto.prototype, method).enumerable, true, method);
    }
  },

  async "conversions of arguments"() {
    const iv = new Uint8Array(12);
    const key = await secret();
    await throws("TypeError", () => subtle.encrypt({ iv }, key, iv), "no name");
    await throws("TypeError", () => subtle.encrypt({ name: "AES-GCM" }, key, iv), "no vector");
    await throws("TypeError", () => subtle.encrypt({ name: "AES-GCM", iv: "text" }, key, iv), "a vector of text");
    await throws("TypeError", () => subtle.encrypt({ name: "AES-GCM", iv, tagLength: -1 }, key, iv), "a negative length");
    await throws("TypeError", () => subtle.encrypt({ name: "AES-GCM", iv }, {}, iv), "no key");
    await throws("TypeError", () => subtle.encrypt({ name: "AES-GCM", iv }, key, "text"), "text");
    await throws("TypeError", () => subtle.importKey("der", iv, "AES-GCM", true, []), "a format");
    await throws("TypeError", () => subtle.importKey("raw", iv, "AES-GCM", true, ["use"]), "a usage");
    await throws("TypeError", () => subtle.importKey("raw", iv, "AES-GCM", true, 1), "no sequence");
    await throws("TypeError", () => subtle.importKey("jwk", iv, "AES-GCM", true, ["encrypt"]), "bytes for jwk");
    await throws("TypeError", () => subtle.importKey("raw", { kty: "oct" }, "AES-GCM", true, ["encrypt"]), "jwk for raw");
    await throws("TypeError", () => subtle.generateKey({ name: "AES-GCM" }, true, ["encrypt"]), "no length");
    await throws("TypeError", () => subtle.generateKey({ name: "HMAC" }, true, ["sign"]), "no hash");
    await throws("TypeError", () => subtle.generateKey({ name: "RSA-PSS", modulusLength: 2048, publicExponent: [1, 0, 1], hash: "SHA-1" }, true, ["sign"]), "exponent");
    await throws("TypeError", () => subtle.deriveBits({ name: "ECDH", public: {} }, key, 8), "no public key");
  },

  async "what is not there"() {
    const key = await secret();
    await throws("NotSupportedError", () => subtle.digest("SHA-3", new Uint8Array(1)), "SHA-3");
    await throws("NotSupportedError", () => subtle.encrypt("AES-ECB", key, new Uint8Array(1)), "ECB");
    await throws("NotSupportedError", () => subtle.sign("AES-GCM", key, new Uint8Array(1)), "no signature");
    await throws("NotSupportedError", () => subtle.generateKey("PBKDF2", true, ["deriveBits"]), "PBKDF2");
    await throws("NotSupportedError", () => subtle.generateKey({ name: "ECDSA", namedCurve: "P-192" }, true, ["sign"]), "P-192");
    await throws("NotSupportedError", () => subtle.importKey("spki", new Uint8Array(1), "AES-GCM", true, ["encrypt"]), "spki");
    await throws("NotSupportedError", () => subtle.generateKey({ name: "HMAC", hash: "none" }, true, ["sign"]), "a hash");
  },

  async "wrong keys and usages"() {
    const iv = new Uint8Array(12);
    await throws("SyntaxError", () => subtle.importKey("raw", new Uint8Array(16), "AES-GCM", true, []), "no usage");
    await throws("SyntaxError", () => subtle.importKey("raw", new Uint8Array(16), "AES-GCM", true, ["sign"]), "sign");
    await throws("SyntaxError", () => subtle.generateKey({ name: "AES-GCM", length: 128 }, true, []), "no usage");
    await throws("SyntaxError", () => subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["sign"]), "sign");
    await throws("SyntaxError", () => subtle.importKey("raw", iv, "PBKDF2", true, ["deriveBits"]), "extractable");
    await throws("DataError", () => subtle.importKey("raw", new Uint8Array(15), "AES-GCM", true, ["encrypt"]), "15 bytes");
    await throws("DataError", () => subtle.importKey("raw", new Uint8Array(0), { name: "HMAC", hash: "SHA-1" }, true, ["sign"]), "empty");
    await throws("OperationError", () => subtle.generateKey({ name: "AES-GCM", length: 64 }, true, ["encrypt"]), "64 bits");
    await throws("OperationError", () => subtle.generateKey({ name: "HMAC", hash: "SHA-1", length: 0 }, true, ["sign"]), "no bits");
    const key = await secret(["encrypt"], false);
    await throws("InvalidAccessError", () => subtle.decrypt({ name: "AES-GCM", iv }, key, new Uint8Array(16)), "only encrypts");
    await throws("InvalidAccessError", () => subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, key, iv), "another mode");
    await throws("InvalidAccessError", () => subtle.exportKey("raw", key), "not extractable");
  },

  async "JSON Web Keys that do not fit"() {
    const jwk = { kty: "oct", k: "AAAAAAAAAAAAAAAAAAAAAA", alg: "A128GCM" };
    const read = (changes, usages = ["encrypt"], extractable = true) =>
      subtle.importKey("jwk", { ...jwk, ...changes }, "AES-GCM", extractable, usages);
    equal((await read({})).algorithm.length, 128, "as it is");
    equal((await read({ ext: false }, ["encrypt"], false)).extractable, false, "not extractable");
    await throws("DataError", () => read({ kty: "RSA" }), "kty");
    await throws("DataError", () => read({ k: undefined }), "no k");
    await throws("DataError", () => read({ k: "AAAA=" }), "not base64url");
    await throws("DataError", () => read({ k: "AAAA" }), "too short");
    await throws("DataError", () => read({ alg: "A256GCM" }), "alg");
    await throws("DataError", () => read({ use: "sig" }), "use");
    await throws("DataError", () => read({ key_ops: ["decrypt"] }), "key_ops");
    await throws("DataError", () => read({ key_ops: ["encrypt", "encrypt"] }), "key_ops twice");
    await throws("DataError", () => read({ ext: false }), "ext");
  },

  async "encodings that are broken"() {
    const { publicKey, privateKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
    const spki = new Uint8Array(await subtle.exportKey("spki", publicKey));
    const read = (bytes, algorithm = ecdsa) => subtle.importKey("spki", bytes, algorithm, true, ["verify"]);
    for (let length = 0; length < spki.length; length += 9) await throws("DataError", () => read(spki.slice(0, length)), `${length} bytes`);
    await throws("DataError", () => read(spki, { name: "ECDSA", namedCurve: "P-384" }), "another curve");
    await throws("DataError", () => read(spki, { name: "RSA-PSS", hash: "SHA-1" }), "another algorithm");
    const other = spki.slice();
    other[60] ^= 1;
    await throws("DataError", () => read(other), "no point of the curve");
    await throws("InvalidAccessError", () => subtle.exportKey("spki", privateKey), "spki of a private key");
    await throws("InvalidAccessError", () => subtle.exportKey("pkcs8", publicKey), "pkcs8 of a public key");
    await throws("InvalidAccessError", () => subtle.exportKey("raw", privateKey), "raw of a private key");
    await throws("DataError", () => subtle.importKey("raw", new Uint8Array(65), ecdsa, true, ["verify"]), "no point");
  },

  async "bytes are copied when the call is made"() {
    const data = new Uint8Array([1, 2, 3]);
    const digest = subtle.digest("SHA-256", data);
    data.fill(0);
    equal(await digest, "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81", "digest");
    const view = new DataView(new Uint8Array([9, 1, 2, 3]).buffer, 1);
    equal(await subtle.digest({ name: "sha-256" }, view), await digest, "a view");
  },
};
