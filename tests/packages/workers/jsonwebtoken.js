import { generateKeyPairSync } from "node:crypto";
import jwt from "jsonwebtoken";
import { worker } from "../worker.js";

export default worker({
  produce() {
    const encoding = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048, ...encoding });
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256", ...encoding });
    const tokens = [
      [jwt.sign({ a: 1 }, "secret", { expiresIn: "1h" }), "secret"],
      [jwt.sign({ a: 2 }, rsa.privateKey, { algorithm: "RS256", keyid: "k" }), rsa.publicKey],
      [jwt.sign({ a: 3 }, rsa.privateKey, { algorithm: "PS256" }), rsa.publicKey],
      [jwt.sign({ a: 4 }, ec.privateKey, { algorithm: "ES256", audience: "you" }), ec.publicKey],
    ];
    let failure;
    try {
      jwt.verify(tokens[1][0], ec.publicKey);
    } catch (error) {
      failure = error.name;
    }
    return { answer: failure, message: tokens };
  },

  consume: (tokens) => tokens.map(([token, key]) => jwt.verify(token, key)).map(({ a, aud }) => [a, aud]),
});
