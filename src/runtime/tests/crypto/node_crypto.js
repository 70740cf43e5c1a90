// node:crypto; runs in Node.js 20 too, with the same results.
import * as crypto_ from "node:crypto";
import { Buffer } from "node:buffer";
import { promisify } from "node:util";

const {
  createCipheriv, createDecipheriv, createECDH, createHash, createHmac, createPrivateKey, createPublicKey,
  createSecretKey, createSign, createVerify, diffieHellman, ECDH, generateKeyPair, generateKeyPairSync,
  generateKeySync, getCipherInfo, getCiphers, getCurves, getHashes, hkdfSync, KeyObject, pbkdf2Sync, privateDecrypt,
  privateEncrypt, publicEncrypt, scrypt, scryptSync, sign, verify, constants,
} = crypto_;

const PKCS8 = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`;

const rsa = () => generateKeyPairSync("rsa", { modulusLength: 1024 });

export const tests = {
  async "hashes and their names"() {
    equal(createHash("sha224").update("abc").digest("hex"), "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7", "sha224");
    equal(createHash("SHA512-256").update("abc").digest("hex"), "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23", "sha512-256");
    equal(createHash("RSA-SHA256").update("abc").digest("base64"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "RSA-SHA256");
    const long = createHash("sha256");
    for (let index = 0; index < 1000; index++) long.update("a".repeat(1000));
    equal(long.copy().digest("hex"), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "a copy of a long one");
    equal(long.digest("hex"), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "a long one");
    const mac = createHmac("sha256", "key");
    for (let index = 0; index < 100; index++) mac.update("b".repeat(1000));
    equal(mac.digest("hex"), createHmac("sha256", createSecretKey("key", "utf8")).update("b".repeat(100_000)).digest("hex"), "a long HMAC");
    equal(["sha1", "sha256"].every((name) => getHashes().includes(name)), true, "getHashes");
    equal(["aes-256-gcm", "aes-128-cbc"].every((name) => getCiphers().includes(name)), true, "getCiphers");
    equal(["prime256v1", "secp384r1", "secp521r1"].every((name) => getCurves().includes(name)), true, "getCurves");
  },

  async "derivations"() {
    equal(pbkdf2Sync("password", "salt", 4096, 20, "sha1").toString("hex"), "4b007901b765489abead49d926f721d065a429c1", "RFC 6070");
    equal(Buffer.from(hkdfSync("sha256", Buffer.alloc(22, 0x0b), Buffer.alloc(0), Buffer.alloc(0), 42)).toString("hex"),
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8", "RFC 5869");
    equal(scryptSync("password", "NaCl", 64, { N: 1024, r: 8, p: 16 }).toString("hex"),
      "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640", "RFC 7914");
    equal((await promisify(scrypt)("", "", 64, { N: 16, r: 1, p: 1 })).toString("hex").slice(0, 16), "77d6576238657b20", "RFC 7914");
    await throws("RangeError", () => scryptSync("x", "x", 8, { N: 2 ** 20, r: 8 }), "memory");
  },

  async "ciphers"() {
    for (const name of ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-ctr", "aes-256-ctr", "aes-128-gcm", "aes-256-gcm"]) {
      const { keyLength, ivLength } = getCipherInfo(name);
      const [key, iv] = [Buffer.alloc(keyLength, 1), Buffer.alloc(ivLength, 2)];
      const cipher = createCipheriv(name, key, iv);
      if (name.endsWith("gcm")) cipher.setAAD(Buffer.from("more"));
      const secret = cipher.update("text that is longer ", "utf8", "base64") + cipher.update("than one block", "utf8", "base64") + cipher.final("base64");
      const decipher = createDecipheriv(name, key, iv);
      if (name.endsWith("gcm")) decipher.setAAD(Buffer.from("more")).setAuthTag(cipher.getAuthTag());
      equal(decipher.update(secret, "base64", "utf8") + decipher.final("utf8"), "text that is longer than one block", name);
    }
    const known = createCipheriv("aes-256-cbc", fromHex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"), fromHex("000102030405060708090a0b0c0d0e0f"));
    known.setAutoPadding(false);
    equal(known.update("6bc1bee22e409f96e93d7e117393172a", "hex", "hex") + known.final("hex"), "f58c4c04d6e5f1ba779eabfb5f7bfbd6", "F.2.5");
    const gcm = createCipheriv("aes-128-gcm", Buffer.alloc(16), Buffer.alloc(12));
    equal(gcm.update(Buffer.alloc(16)).toString("hex") + gcm.final("hex") + gcm.getAuthTag().toString("hex"),
      "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf", "GCM case 2");
    const wrong = createDecipheriv("aes-128-gcm", Buffer.alloc(16), Buffer.alloc(12)).setAuthTag(Buffer.alloc(16));
    wrong.update(Buffer.alloc(16));
    await throws("Error", () => wrong.final(), "a wrong tag");
    const broken = createDecipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16));
    broken.update(Buffer.alloc(16));
    await throws("Error", () => broken.final(), "bad decrypt");
    await throws("RangeError", () => createCipheriv("aes-128-cbc", Buffer.alloc(15), Buffer.alloc(16)), "a short key");
    await throws("TypeError", () => createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(15)), "a short vector");
    const streamed = [];
    const stream = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
    stream.end("streamed");
    for await (const chunk of stream) streamed.push(chunk);
    const plain = createDecipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
    equal(plain.update(Buffer.concat(streamed)).toString(), "streamed", "a stream");
  },

  async "keys in PEM, DER and JWK"() {
    const key = createPrivateKey(PKCS8);
    equal([key.type, key.asymmetricKeyType, key.export({ type: "pkcs8", format: "pem" })], ["private", "ed25519", PKCS8], "Ed25519");
    equal(createPublicKey(PKCS8).export({ format: "jwk" }).x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "its public half");
    for (const [type, options, formats] of [
      ["rsa", { modulusLength: 1024 }, ["pkcs1", "pkcs8"]],
      ["ec", { namedCurve: "prime256v1" }, ["sec1", "pkcs8"]],
      ["ec", { namedCurve: "secp521r1" }, ["sec1", "pkcs8"]],
      ["ed25519", {}, ["pkcs8"]],
      ["x25519", {}, ["pkcs8"]],
    ]) {
      const { publicKey, privateKey } = generateKeyPairSync(type, options);
      for (const format of formats) {
        const pem = privateKey.export({ type: format, format: "pem" });
        equal(createPrivateKey(pem).equals(privateKey), true, `${type} ${format} pem`);
        equal(createPublicKey(pem).equals(publicKey), true, `${type} public of ${format}`);
        const der = privateKey.export({ type: format, format: "der" });
        equal(createPrivateKey({ key: der, format: "der", type: format }).equals(privateKey), true, `${type} ${format} der`);
      }
      equal(createPrivateKey({ key: privateKey.export({ format: "jwk" }), format: "jwk" }).equals(privateKey), true, `${type} jwk`);
      equal(createPublicKey({ key: publicKey.export({ format: "jwk" }), format: "jwk" }).equals(publicKey), true, `${type} public jwk`);
      equal(createPublicKey(publicKey.export({ type: "spki", format: "pem" })).equals(publicKey), true, `${type} spki`);
      equal(createPublicKey(privateKey).equals(publicKey), true, `${type} public of private`);
      const sealed = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" });
      equal(createPrivateKey({ key: sealed, passphrase: "secret" }).equals(privateKey), true, `${type} sealed`);
      await throws("Error", () => createPrivateKey({ key: sealed, passphrase: "wrong" }), "a wrong passphrase");
      await throws("TypeError", () => createPrivateKey(sealed), "no passphrase");
    }
    equal(rsa().publicKey.asymmetricKeyDetails.modulusLength, 1024, "details");
    equal(`${rsa().publicKey.asymmetricKeyDetails.publicExponent}`, "65537", "details");
    equal(createSecretKey(Buffer.from("secret")).export().toString(), "secret", "a secret");
    equal(generateKeySync("aes", { length: 256 }).symmetricKeySize, 32, "a generated secret");
    await throws("Error", () => createPublicKey("no key"), "no key");
    const webKey = await crypto_.webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    equal(KeyObject.from(webKey.publicKey).asymmetricKeyDetails, { namedCurve: "prime256v1" }, "from a CryptoKey");
  },

  async "signatures"() {
    const data = Buffer.from("data");
    const keys = rsa();
    const signature = createSign("RSA-SHA256").update("da").update("ta").sign(keys.privateKey);
    equal(createVerify("sha256").update(data).verify(keys.publicKey, signature), true, "RSA");
    equal(verify("sha256", data, keys.publicKey, signature), true, "in one step");
    equal(verify("sha512", data, keys.publicKey, signature), false, "another hash");
    for (const saltLength of [undefined, constants.RSA_PSS_SALTLEN_DIGEST, 0, 17]) {
      const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
      const pss = sign("sha256", data, { key: keys.privateKey, ...options });
      equal(verify("sha256", data, { key: keys.publicKey, padding: options.padding }, pss), true, `PSS ${saltLength}`);
      equal(verify("sha256", data, { key: keys.publicKey, ...options }, pss), true, `PSS ${saltLength}`);
    }
    for (const namedCurve of ["prime256v1", "secp384r1", "secp521r1"]) {
      const pair = generateKeyPairSync("ec", { namedCurve });
      const der = sign("sha256", data, pair.privateKey);
      equal([der[0], verify("sha256", data, pair.publicKey, der)], [0x30, true], namedCurve);
      const raw = sign("sha384", data, { key: pair.privateKey, dsaEncoding: "ieee-p1363" });
      equal(verify("sha384", data, { key: pair.publicKey, dsaEncoding: "ieee-p1363" }, raw), true, `${namedCurve} raw`);
      equal(verify("sha384", data, pair.publicKey, raw), false, "the wrong encoding");
    }
    const key = createPrivateKey(PKCS8);
    equal(sign(null, Buffer.alloc(0), key).toString("hex").slice(0, 16), "e5564300c360ac72", "Ed25519");
    equal(verify(undefined, data, createPublicKey(key), sign(undefined, data, key)), true, "Ed25519");
    equal(await new Promise((resolve, reject) => sign(null, data, key, (error, result) => (error ? reject(error) : resolve(result.length)))), 64, "later");
    await throws("TypeError", () => sign("sha256", data, keys.publicKey), "a public key does not sign");
  },

  async "encryption with RSA"() {
    const keys = rsa();
    for (const options of [{}, { oaepHash: "sha256" }, { oaepHash: "sha256", oaepLabel: Buffer.from("label") }]) {
      const secret = publicEncrypt({ key: keys.publicKey, ...options }, Buffer.from("plain"));
      equal(privateDecrypt({ key: keys.privateKey, ...options }, secret).toString(), "plain", JSON.stringify(options));
    }
    const padding = constants.RSA_PKCS1_PADDING;
    const marked = privateEncrypt({ key: keys.privateKey, padding }, Buffer.from("digest"));
    equal(marked.length, 128, "privateEncrypt");
    await throws("Error", () => privateDecrypt(keys.privateKey, Buffer.alloc(128)), "no cipher text");
  },

  async "shared secrets"() {
    const [a, b] = [createECDH("prime256v1"), createECDH("prime256v1")];
    a.generateKeys();
    b.setPrivateKey("7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534", "hex");
    equal(b.getPublicKey("hex", "compressed"), "02ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230".replace(/^02/, "03"), "compressed");
    equal(a.computeSecret(b.getPublicKey("hex", "compressed"), "hex", "hex"), b.computeSecret(a.getPublicKey(), null, "hex"), "agreement");
    equal(ECDH.convertKey(b.getPublicKey("hex", "compressed"), "prime256v1", "hex", "hex"), b.getPublicKey("hex"), "convertKey");
    await throws("Error", () => a.computeSecret(Buffer.alloc(65)), "no point");
    for (const [type, options] of [["x25519", {}], ["ec", { namedCurve: "secp384r1" }]]) {
      const [one, other] = [generateKeyPairSync(type, options), generateKeyPairSync(type, options)];
      const secret = diffieHellman({ privateKey: one.privateKey, publicKey: other.publicKey });
      equal(secret, diffieHellman({ privateKey: other.privateKey, publicKey: one.publicKey }), type);
    }
    const pair = await promisify(generateKeyPair)("ec", { namedCurve: "P-256", publicKeyEncoding: { type: "spki", format: "pem" } });
    equal(pair.publicKey.startsWith("-----BEGIN PUBLIC KEY-----\n"), true, "encoded");
  },
};
