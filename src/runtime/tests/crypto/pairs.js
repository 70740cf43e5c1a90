// RSA, ECDSA, ECDH, Ed25519 (RFC 8032), X25519 (RFC 7748), and the examples of RFC 7515 and RFC 8037.
const { subtle } = crypto;

const RSA_JWK = {
  kty: "RSA",
  n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
  e: "AQAB",
  d: "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
  p: "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
  q: "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
  dp: "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
  dq: "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
  qi: "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuMW9phXj5pGVRLpAY3IK2Y8h2TNsmM-0k0L_8UzN6pOiGBlQXHtsuuzo6E2-XLHmzYs3YDYOQaTZ5qNxGfPcSLGnqJXEeNR9-V7DKHXBBMHjHhV7X7_0j8Rj4Y",
};
const EC_JWK = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
};
const PAYLOAD = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const publicPart = ({ d, p, q, dp, dq, qi, ...rest }) => rest;

/** Exports and imports a key in every format it has, and says whether it stays the same. */
async function roundTrips(key, formats) {
  const { algorithm, usages } = key;
  for (const format of formats) {
    const exported = await subtle.exportKey(format, key);
    const back = await subtle.importKey(format, exported, algorithm, true, usages);
    equal(await subtle.exportKey(format, back), exported, `${algorithm.name} ${format}`);
    equal([back.type, back.usages, back.algorithm], [key.type, key.usages, key.algorithm], `${algorithm.name} ${format}`);
  }
}

export const tests = {
  async "RS256, the second example of RFC 7515"() {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const key = await subtle.importKey("jwk", RSA_JWK, algorithm, true, ["sign"]);
    const data = utf8(`eyJhbGciOiJSUzI1NiJ9.${PAYLOAD}`);
    const expected = fromBase64Url("cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
    equal(await subtle.sign("RSASSA-PKCS1-v1_5", key, data), expected, "the signature");
    const open = await subtle.importKey("jwk", publicPart(RSA_JWK), algorithm, true, ["verify"]);
    equal(await subtle.verify("RSASSA-PKCS1-v1_5", open, expected, data), true, "verifies");
    equal(await subtle.verify("RSASSA-PKCS1-v1_5", open, expected, utf8("x")), false, "other data");
    equal([key.algorithm.modulusLength, hex(key.algorithm.publicExponent)], [2048, "010001"], "its algorithm");
    await roundTrips(key, ["pkcs8", "jwk"]);
    await roundTrips(open, ["spki", "jwk"]);
    equal((await subtle.exportKey("jwk", key)).dp, RSA_JWK.dp, "dp is found");
  },

  async "RSA-PSS and RSA-OAEP"() {
    const algorithm = { name: "RSA-PSS", hash: "SHA-384" };
    const key = await subtle.importKey("jwk", { ...RSA_JWK, alg: "PS384" }, algorithm, false, ["sign"]);
    const open = await subtle.importKey("jwk", publicPart(RSA_JWK), algorithm, true, ["verify"]);
    const data = utf8("data");
    for (const saltLength of [0, 20, 48]) {
      const signature = await subtle.sign({ name: "RSA-PSS", saltLength }, key, data);
      equal(await subtle.verify({ name: "RSA-PSS", saltLength }, open, signature, data), true, `salt ${saltLength}`);
      equal(await subtle.verify({ name: "RSA-PSS", saltLength: 32 }, open, signature, data), false, "another salt's length");
    }
    await throws("OperationError", () => subtle.sign({ name: "RSA-PSS", saltLength: 300 }, key, data), "too long a salt");
    await throws("DataError", () => subtle.importKey("jwk", { ...RSA_JWK, alg: "PS256" }, algorithm, false, ["sign"]), "another alg");

    const oaep = { name: "RSA-OAEP", hash: "SHA-256" };
    const opener = await subtle.importKey("jwk", RSA_JWK, oaep, false, ["decrypt", "unwrapKey"]);
    const sealer = await subtle.importKey("jwk", publicPart(RSA_JWK), oaep, false, ["encrypt", "wrapKey"]);
    const label = utf8("label");
    const secret = await subtle.encrypt({ name: "RSA-OAEP", label }, sealer, data);
    equal(await subtle.decrypt({ name: "RSA-OAEP", label }, opener, secret), data, "OAEP");
    await throws("OperationError", () => subtle.decrypt("RSA-OAEP", opener, secret), "without its label");
    await throws("OperationError", () => subtle.encrypt("RSA-OAEP", sealer, new Uint8Array(191)), "too long");
    await throws("InvalidAccessError", () => subtle.encrypt("RSA-OAEP", opener, data), "a private key does not encrypt");
    const content = await subtle.generateKey({ name: "AES-CBC", length: 256 }, true, ["encrypt", "decrypt"]);
    const wrapped = await subtle.wrapKey("raw", content, sealer, "RSA-OAEP");
    const back = await subtle.unwrapKey("raw", wrapped, opener, "RSA-OAEP", "AES-CBC", true, ["decrypt"]);
    equal(await subtle.exportKey("raw", back), await subtle.exportKey("raw", content), "wrapped");
  },

  async "generating RSA"() {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-1" };
    const { publicKey, privateKey } = await subtle.generateKey(algorithm, false, ["sign", "verify"]);
    equal([publicKey.extractable, privateKey.extractable, publicKey.usages, privateKey.usages], [true, false, ["verify"], ["sign"]], "halves");
    equal((await subtle.exportKey("jwk", publicKey)).alg, "RS1", "alg");
    const signature = await subtle.sign("RSASSA-PKCS1-v1_5", privateKey, utf8("x"));
    equal([signature.byteLength, await subtle.verify("RSASSA-PKCS1-v1_5", publicKey, signature, utf8("x"))], [128, true], "signs");
    await throws("OperationError", () => subtle.generateKey({ ...algorithm, publicExponent: new Uint8Array([1, 0, 0]) }, true, ["sign"]), "e");
    await throws("SyntaxError", () => subtle.generateKey(algorithm, true, ["verify"]), "a private key without a usage");
  },

  async "ES256, the third example of RFC 7515"() {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const key = await subtle.importKey("jwk", EC_JWK, algorithm, true, ["sign"]);
    const open = await subtle.importKey("jwk", publicPart(EC_JWK), algorithm, true, ["verify"]);
    const data = utf8(`eyJhbGciOiJFUzI1NiJ9.${PAYLOAD}`);
    const published = fromBase64Url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
    const ecdsa = { name: "ECDSA", hash: "SHA-256" };
    equal(await subtle.verify(ecdsa, open, published, data), true, "verifies");
    const own = await subtle.sign(ecdsa, key, data);
    equal([own.byteLength, await subtle.verify(ecdsa, open, own, data)], [64, true], "signs");
    equal(await subtle.verify(ecdsa, open, new Uint8Array(64), data), false, "zeros");
    equal(await subtle.verify(ecdsa, open, published.slice(1), data), false, "too short");
    await roundTrips(key, ["pkcs8", "jwk"]);
    await roundTrips(open, ["spki", "raw", "jwk"]);
    equal(key.algorithm, algorithm, "its algorithm");
  },

  async "every curve with every hash"() {
    for (const namedCurve of ["P-256", "P-384", "P-521"]) {
      const { publicKey, privateKey } = await subtle.generateKey({ name: "ECDSA", namedCurve }, true, ["sign", "verify"]);
      for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"]) {
        const signature = await subtle.sign({ name: "ECDSA", hash }, privateKey, utf8("x"));
        equal(await subtle.verify({ name: "ECDSA", hash }, publicKey, signature, utf8("x")), true, `${namedCurve} ${hash}`);
        equal(await subtle.verify({ name: "ECDSA", hash }, publicKey, signature, utf8("y")), false, `${namedCurve} ${hash}`);
      }
      await roundTrips(privateKey, ["pkcs8", "jwk"]);
      await roundTrips(publicKey, ["spki", "raw", "jwk"]);
    }
  },

  async ecdh() {
    // NIST's test vectors for the primitive (CAVS 14.1), P-256, count 0.
    const algorithm = { name: "ECDH", namedCurve: "P-256" };
    const own = {
      kty: "EC",
      crv: "P-256",
      d: "fX3F9x6yndr4DWIUYy7q4D2QWK8fttIu2AuttivBpTQ",
      x: "6tIYWQEZ6IdrKRRv-JymF3DE7bv5fTjOOF7SgdimsjA",
      y: "KK9hKB_TXi-nACUjrMhaQpywbuZkgyU4n1nt_OFAUUE",
    };
    const key = await subtle.importKey("jwk", own, algorithm, false, ["deriveBits"]);
    const point = fromHex(`04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287
      db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac`);
    const peer = await subtle.importKey("raw", point, algorithm, true, []);
    equal(await subtle.deriveBits({ name: "ECDH", public: peer }, key, 256),
      "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b", "CAVS");
    for (const namedCurve of ["P-256", "P-384", "P-521"]) {
      const algorithm = { name: "ECDH", namedCurve };
      const [a, b] = [await subtle.generateKey(algorithm, true, ["deriveBits", "deriveKey"]), await subtle.generateKey(algorithm, true, ["deriveBits"])];
      const derive = (mine, theirs, length) => subtle.deriveBits({ name: "ECDH", public: theirs.publicKey }, mine.privateKey, length);
      equal(await derive(a, b, null), await derive(b, a, null), namedCurve);
      equal(hex(await derive(a, b, 128)), hex(await derive(a, b, null)).slice(0, 32), "the first bits");
      await throws("OperationError", () => derive(a, b, 8 * 67), "too many bits");
      const key = await subtle.deriveKey({ name: "ECDH", public: b.publicKey }, a.privateKey, { name: "AES-GCM", length: 256 }, true, ["encrypt"]);
      equal(hex(await subtle.exportKey("raw", key)), hex(await derive(a, b, 256)), "a key");
      await roundTrips(a.privateKey, ["pkcs8", "jwk"]);
      await roundTrips(a.publicKey, ["spki", "raw", "jwk"]);
    }
  },

  async "Ed25519, RFC 8032 and RFC 8037"() {
    const cases = [
      ["9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"],
      ["4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"],
    ];
    for (const [secret, open, data, signature] of cases) {
      const pkcs8 = fromHex(`302e020100300506032b657004220420${secret}`);
      const key = await subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
      const verifier = await subtle.importKey("raw", fromHex(open), { name: "ed25519" }, true, ["verify"]);
      equal(await subtle.sign("Ed25519", key, fromHex(data)), signature, "signs");
      equal(await subtle.verify("Ed25519", verifier, fromHex(signature), fromHex(data)), true, "verifies");
      equal(await subtle.verify("Ed25519", verifier, fromHex(signature), utf8("other")), false, "other data");
      equal(await subtle.exportKey("pkcs8", key), pkcs8, "pkcs8");
      await roundTrips(verifier, ["spki", "raw", "jwk"]);
      await roundTrips(key, ["pkcs8", "jwk"]);
    }
    const jwk = { kty: "OKP", crv: "Ed25519", d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
    const key = await subtle.importKey("jwk", jwk, "Ed25519", false, ["sign"]);
    const signature = await subtle.sign("Ed25519", key, utf8("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"));
    equal(signature, fromBase64Url("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"), "RFC 8037");
    await throws("DataError", () => subtle.importKey("jwk", { ...jwk, x: jwk.d }, "Ed25519", false, ["sign"]), "halves that do not fit");
  },

  async "X25519, RFC 7748"() {
    const importPrivate = (secret) => subtle.importKey("pkcs8", fromHex(`302e020100300506032b656e04220420${secret}`), "X25519", true, ["deriveBits"]);
    const importPublic = (open) => subtle.importKey("raw", fromHex(open), "X25519", true, []);
    const alice = await importPrivate("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    const bob = await importPrivate("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    const alicePublic = await importPublic("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    const bobPublic = await importPublic("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    equal(await subtle.deriveBits({ name: "X25519", public: bobPublic }, alice, 256), shared, "section 6.1");
    equal(await subtle.deriveBits({ name: "X25519", public: alicePublic }, bob, null), shared, "section 6.1");
    const pair = await subtle.generateKey("X25519", true, ["deriveBits"]);
    const other = await subtle.generateKey("X25519", true, ["deriveBits"]);
    const derive = (mine, theirs) => subtle.deriveBits({ name: "X25519", public: theirs.publicKey }, mine.privateKey, null);
    equal(await derive(pair, other), await derive(other, pair), "agreement");
    const zero = await subtle.importKey("raw", new Uint8Array(32), "X25519", true, []);
    await throws("OperationError", () => derive(pair, { publicKey: zero }), "a point of small order");
    await roundTrips(pair.privateKey, ["pkcs8", "jwk"]);
    await roundTrips(pair.publicKey, ["spki", "raw", "jwk"]);
  },
};
