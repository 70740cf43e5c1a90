// HMAC (RFC 4231), HKDF (RFC 5869), PBKDF2, and AES in its modes (NIST SP 800-38A, the GCM specification's test
// cases, RFC 3394).
const { subtle } = crypto;

const AES_KEY = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
const PLAIN = `6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51
  30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710`;

const importRaw = (name, key, usages) => subtle.importKey("raw", fromHex(key), name, true, usages);

export const tests = {
  async hmac() {
    const cases = [
      ["SHA-256", "0b".repeat(20), utf8("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
      ["SHA-384", "0b".repeat(20), utf8("Hi There"),
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"],
      ["SHA-512", "4a656665", utf8("what do ya want for nothing?"),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"],
      ["SHA-256", "aa".repeat(131), utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"],
    ];
    for (const [hash, key, data, expected] of cases) {
      const imported = await importRaw({ name: "HMAC", hash }, key, ["sign", "verify"]);
      const signature = await subtle.sign("HMAC", imported, data);
      equal(signature, expected, `HMAC ${hash}`);
      equal(await subtle.verify("HMAC", imported, signature, data), true, "verifies");
      equal(await subtle.verify("HMAC", imported, signature.slice(1), data), false, "a shorter one");
      equal(await subtle.verify("HMAC", imported, signature, utf8("other")), false, "other data");
    }
  },

  async "a key of HMAC from JSON Web Signature's first example"() {
    const k = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const jwk = { kty: "oct", k, alg: "HS256", key_ops: ["verify", "sign"], ext: true };
    const key = await subtle.importKey("jwk", jwk, { name: "hmac", hash: "sha-256" }, true, ["sign", "verify"]);
    const header = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9";
    const payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const signature = fromBase64Url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    equal(await subtle.verify("HMAC", key, signature, utf8(`${header}.${payload}`)), true, "JWS");
    equal(key.algorithm, { name: "HMAC", hash: { name: "SHA-256" }, length: 512 }, "algorithm");
    const exported = await subtle.exportKey("jwk", key);
    equal([exported.k, exported.alg, exported.ext, [...exported.key_ops].sort()], [k, "HS256", true, ["sign", "verify"]], "JWK");
  },

  async hkdf() {
    const key = await importRaw("HKDF", "0b".repeat(22), ["deriveBits"]).catch(() => undefined);
    equal(key, undefined, "extractable keys of HKDF");
    const secret = await subtle.importKey("raw", fromHex("0b".repeat(22)), "HKDF", false, ["deriveBits", "deriveKey"]);
    const algorithm = { name: "HKDF", hash: "SHA-256", salt: fromHex("000102030405060708090a0b0c"), info: fromHex("f0f1f2f3f4f5f6f7f8f9") };
    equal(await subtle.deriveBits(algorithm, secret, 336),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865", "HKDF case 1");
    const bare = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: new Uint8Array(0) };
    equal(await subtle.deriveBits(bare, secret, 336),
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8", "HKDF case 3");
    await throws("OperationError", () => subtle.deriveBits(bare, secret, 255 * 32 * 8 + 8), "too much of HKDF");
    await throws("OperationError", () => subtle.deriveBits(bare, secret, 7), "odd bits of HKDF");
    const derived = await subtle.deriveKey(algorithm, secret, { name: "AES-GCM", length: 128 }, true, ["encrypt"]);
    equal(await subtle.exportKey("raw", derived), "3cb25f25faacd57a90434f64d0362f2a", "a derived key");
    const mac = await subtle.deriveKey(algorithm, secret, { name: "HMAC", hash: "SHA-384" }, true, ["sign"]);
    equal(mac.algorithm.length, 1024, "a derived key of HMAC has a block's length");
  },

  async pbkdf2() {
    const key = await subtle.importKey("raw", utf8("password"), "PBKDF2", false, ["deriveBits"]);
    const derive = (hash, iterations, bits) => subtle.deriveBits({ name: "PBKDF2", hash, salt: utf8("salt"), iterations }, key, bits);
    equal(await derive("SHA-1", 2, 160), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957", "RFC 6070, 2");
    equal(await derive("SHA-1", 1, 160), "0c60c80f961f0e71f3a9b524af6012062fe037a6", "RFC 6070");
    equal(await derive("SHA-1", 4096, 160), "4b007901b765489abead49d926f721d065a429c1", "RFC 6070, 4096");
    equal(await derive("SHA-256", 1, 256), "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b", "SHA-256");
    equal(await derive("SHA-256", 4096, 256), "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a", "SHA-256, 4096");
    await throws("OperationError", () => derive("SHA-256", 0, 256), "no iterations");
  },

  async "AES-CBC"() {
    const key = await importRaw("AES-CBC", AES_KEY, ["encrypt", "decrypt"]);
    const iv = fromHex("000102030405060708090a0b0c0d0e0f");
    const secret = await subtle.encrypt({ name: "AES-CBC", iv }, key, fromHex(PLAIN));
    equal(hex(secret).slice(0, 128),
      `f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d
       39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b`.replace(/\s+/g, ""), "F.2.5");
    equal(secret.byteLength, 80, "a block of padding");
    equal(await subtle.decrypt({ name: "AES-CBC", iv }, key, secret), fromHex(PLAIN), "F.2.6");
    await throws("OperationError", () => subtle.decrypt({ name: "AES-CBC", iv }, key, secret.slice(16, 70)), "a broken block");
    await throws("OperationError", () => subtle.encrypt({ name: "AES-CBC", iv: iv.slice(1) }, key, utf8("x")), "a short vector");
  },

  async "AES-CTR"() {
    const key = await importRaw("AES-CTR", AES_KEY, ["encrypt", "decrypt"]);
    const counter = fromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    const secret = await subtle.encrypt({ name: "AES-CTR", counter, length: 128 }, key, fromHex(PLAIN));
    equal(secret, fromHex(`601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5
       2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6`), "F.5.5");
    equal(await subtle.decrypt({ name: "AES-CTR", counter, length: 128 }, key, secret), fromHex(PLAIN), "F.5.6");
    const wrapped = await subtle.encrypt({ name: "AES-CTR", counter, length: 1 }, key, new Uint8Array(32));
    const low = fromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfefe");
    const zero = await subtle.encrypt({ name: "AES-CTR", counter: low, length: 64 }, key, new Uint8Array(16));
    equal(hex(wrapped).slice(32), hex(zero), "a counter of one bit wraps");
    await throws("OperationError", () => subtle.encrypt({ name: "AES-CTR", counter, length: 1 }, key, new Uint8Array(33)), "repeats");
    await throws("OperationError", () => subtle.encrypt({ name: "AES-CTR", counter, length: 0 }, key, utf8("x")), "no counter");
    await throws("OperationError", () => subtle.encrypt({ name: "AES-CTR", counter, length: 129 }, key, utf8("x")), "too long");
    await throws("TypeError", () => subtle.encrypt({ name: "AES-CTR", counter, length: 256 }, key, utf8("x")), "no octet");
  },

  async "AES-GCM"() {
    const plain = fromHex(`d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39`);
    const additionalData = fromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const cases = [
      ["feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091", "5bc94fbc3221a5db94fae95ae7121a47"],
      ["feffe9928665731c6d6a8f9467308308", "cafebabefacedbad",
        "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598", "3612d2e79e3b0785561be14aaca2fccb"],
      ["feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662", "76fc6ece0f4e1768cddf8853bb2d551b"],
    ];
    for (const [key, iv, secret, tag] of cases) {
      const imported = await importRaw("AES-GCM", key, ["encrypt", "decrypt"]);
      const algorithm = { name: "AES-GCM", iv: fromHex(iv), additionalData };
      equal(await subtle.encrypt(algorithm, imported, plain), secret + tag, `vector of ${iv.length / 2} bytes`);
      equal(await subtle.decrypt(algorithm, imported, fromHex(secret + tag)), plain, "opens");
      equal(await subtle.encrypt({ ...algorithm, tagLength: 96 }, imported, plain), secret + tag.slice(0, 24), "short tag");
      equal(await subtle.decrypt({ ...algorithm, tagLength: 96 }, imported, fromHex(secret + tag.slice(0, 24))), plain, "short tag");
      await throws("OperationError", () => subtle.decrypt(algorithm, imported, fromHex(`00${secret.slice(2)}${tag}`)), "changed");
      await throws("OperationError", () => subtle.decrypt({ ...algorithm, additionalData: plain }, imported, fromHex(secret + tag)), "other");
      await throws("OperationError", () => subtle.decrypt(algorithm, imported, plain.slice(0, 15)), "shorter than a tag");
      await throws("OperationError", () => subtle.encrypt({ ...algorithm, tagLength: 100 }, imported, plain), "no such tag");
    }
    const empty = await importRaw("AES-GCM", "00".repeat(16), ["encrypt"]);
    equal(await subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, empty, new Uint8Array(0)), "58e2fccefa7e3061367f1d57a4e7455a", "case 1");
  },

  async "AES-KW"() {
    const wrapping = await importRaw("AES-KW", "000102030405060708090A0B0C0D0E0F1011121314151617", ["wrapKey", "unwrapKey"]);
    const key = await importRaw("AES-GCM", "00112233445566778899AABBCCDDEEFF0001020304050607", ["encrypt"]);
    const wrapped = await subtle.wrapKey("raw", key, wrapping, "AES-KW");
    equal(wrapped, fromHex("031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2"), "RFC 3394, 4.4");
    const unwrapped = await subtle.unwrapKey("raw", wrapped, wrapping, "AES-KW", "AES-CBC", true, ["decrypt"]);
    equal(await subtle.exportKey("raw", unwrapped), fromHex("00112233445566778899AABBCCDDEEFF0001020304050607"), "unwrapped");
    equal([unwrapped.algorithm, unwrapped.usages], [{ name: "AES-CBC", length: 192 }, ["decrypt"]], "its algorithm");
    const damaged = new Uint8Array(wrapped);
    damaged[3] ^= 1;
    await throws("OperationError", () => subtle.unwrapKey("raw", damaged, wrapping, "AES-KW", "AES-CBC", true, ["decrypt"]), "damaged");
  },

  async "wrapping a JSON Web Key"() {
    const key = await subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign", "verify"]);
    const wrapping = await subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
    const algorithm = { name: "AES-GCM", iv: crypto.getRandomValues(new Uint8Array(12)) };
    const wrapped = await subtle.wrapKey("jwk", key, wrapping, algorithm);
    const back = await subtle.unwrapKey("jwk", wrapped, wrapping, algorithm, { name: "HMAC", hash: "SHA-256" }, true, ["verify"]);
    equal(await subtle.verify("HMAC", back, await subtle.sign("HMAC", key, utf8("x")), utf8("x")), true, "the same key");
    await throws("InvalidAccessError", () => subtle.encrypt(algorithm, wrapping, utf8("x")), "it may not encrypt");
    await throws("InvalidAccessError", () => subtle.exportKey("raw", wrapping), "nor be shown");
  },
};
