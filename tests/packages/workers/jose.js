import * as jose from "jose";
import { worker } from "../worker.js";

const secret = new TextEncoder().encode("a secret of more than thirty-two bytes");

/** One token for each algorithm, signed with a new key and kept with its public half. */
async function signed(alg) {
  const token = (key) => new jose.SignJWT({ alg }).setProtectedHeader({ alg }).setIssuer("test").setExpirationTime("1h").sign(key);
  if (alg === "HS256") return { alg, token: await token(secret) };
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  return { alg, token: await token(privateKey), jwk: await jose.exportJWK(publicKey), spki: await jose.exportSPKI(publicKey) };
}

export default worker({
  async produce() {
    const tokens = [];
    for (const alg of ["HS256", "RS256", "PS384", "ES256", "ES512", "EdDSA"]) tokens.push(await signed(alg));
    const { publicKey, privateKey } = await jose.generateKeyPair("ECDH-ES+A256KW", { extractable: true });
    const encrypt = (key, header) => new jose.CompactEncrypt(new TextEncoder().encode("hidden")).setProtectedHeader(header).encrypt(key);
    const jwes = [
      await encrypt(secret.slice(0, 32), { alg: "dir", enc: "A256GCM" }),
      await encrypt(secret.slice(0, 32), { alg: "dir", enc: "A128CBC-HS256" }),
      await encrypt(secret.slice(0, 16), { alg: "A128KW", enc: "A128GCM" }),
      await encrypt(publicKey, { alg: "ECDH-ES+A256KW", enc: "A256GCM" }),
    ];
    const message = { tokens, jwes, own: await jose.exportJWK(privateKey) };
    const expired = await new jose.SignJWT({}).setProtectedHeader({ alg: "HS256" }).setExpirationTime(1).sign(secret);
    const failure = await jose.jwtVerify(expired, secret).catch((error) => error.code);
    return { answer: [tokens.length, jwes.length, failure], message };
  },

  async consume({ tokens, jwes, own }) {
    const algorithms = [];
    for (const { alg, token, jwk, spki } of tokens) {
      const key = jwk === undefined ? secret : await jose.importJWK(jwk, alg);
      const { payload } = await jose.jwtVerify(token, key, { issuer: "test" });
      if (spki !== undefined) await jose.jwtVerify(token, await jose.importSPKI(spki, alg));
      algorithms.push(payload.alg);
    }
    const keys = [secret.slice(0, 32), secret.slice(0, 32), secret.slice(0, 16), await jose.importJWK(own, "ECDH-ES+A256KW")];
    const plain = [];
    for (const [index, jwe] of jwes.entries()) {
      plain.push(new TextDecoder().decode((await jose.compactDecrypt(jwe, keys[index])).plaintext));
    }
    return [algorithms, plain];
  },
});
