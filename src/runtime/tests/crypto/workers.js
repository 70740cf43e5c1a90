// What Cloudflare's runtime adds to the Web Cryptography API.
const { subtle } = crypto;

export const tests = {
  async "MD5, DigestStream and timingSafeEqual"() {
    equal(await subtle.digest("MD5", utf8("abc")), "900150983cd24fb0d6963f7d28e17f72", "MD5");
    const stream = new crypto.DigestStream({ name: "sha-256" });
    const writer = stream.getWriter();
    for (let index = 0; index < 1000; index++) await writer.write(utf8("a".repeat(1000)));
    await writer.close();
    equal(await stream.digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "a million letters");
    equal(stream.bytesWritten, 1_000_000n, "bytesWritten");
    const wrong = new crypto.DigestStream("SHA-1");
    await throws("TypeError", () => wrong.getWriter().write(5), "no bytes");
    await throws("TypeError", () => wrong.digest, "its digest");
    equal(subtle.timingSafeEqual(utf8("ab"), utf8("ab")), true, "equal");
    equal(subtle.timingSafeEqual(utf8("ab"), utf8("ac")), false, "different");
    await throws("TypeError", () => subtle.timingSafeEqual(utf8("ab"), utf8("a")), "lengths");
  },

  async "NODE-ED25519"() {
    const algorithm = { name: "NODE-ED25519", namedCurve: "NODE-ED25519" };
    const { publicKey, privateKey } = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
    equal(publicKey.algorithm, algorithm, "algorithm");
    const signature = await subtle.sign("NODE-ED25519", privateKey, utf8("x"));
    const raw = await subtle.exportKey("raw", publicKey);
    const standard = await subtle.importKey("raw", raw, "Ed25519", true, ["verify"]);
    equal(await subtle.verify("Ed25519", standard, signature, utf8("x")), true, "the same algorithm");
    const back = await subtle.importKey("raw", raw, algorithm, true, ["verify"]);
    equal(await subtle.verify("NODE-ED25519", back, signature, utf8("x")), true, "verifies");
  },

  async "as many iterations as production allows"() {
    const key = await subtle.importKey("raw", utf8("x"), "PBKDF2", false, ["deriveBits"]);
    const derive = (iterations) => subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: utf8("x"), iterations }, key, 256);
    equal((await derive(100_000)).byteLength, 32, "100,000");
    await throws("NotSupportedError", () => derive(100_001), "100,001");
  },
};
