/** publicEncrypt and its reverse. */

import { compute } from "./node_crypto_host.js";
import { Buffer } from "./node_buffer.js";
import { constants } from "./node_crypto_constants.js";
import { findDigest, inputBytes, unknownDigest } from "./node_crypto_hash.js";
import { privateKeyState, publicKeyState } from "./node_crypto_key_input.js";
import { createNodeError, invalidArgumentValue, notProvided } from "./node_errors.js";

const NOTHING = new Uint8Array(0);

function requireRsa(state) {
  if (state.kind !== "RSA") {
    throw createNodeError(Error, "ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE", "The key is none of RSA");
  }
  return state;
}

function parametersOf(key, usual) {
  const { padding = usual, oaepHash = "sha1", oaepLabel } = key ?? {};
  if (padding === constants.RSA_PKCS1_PADDING) return { parameters: { padding: "PKCS1" }, label: NOTHING };
  if (padding === constants.RSA_NO_PADDING) throw notProvided("node:crypto", "RSA_NO_PADDING");
  if (padding !== constants.RSA_PKCS1_OAEP_PADDING) throw invalidArgumentValue("options.padding", padding);
  const digest = findDigest(oaepHash);
  if (digest === undefined) throw unknownDigest(oaepHash);
  const label = oaepLabel === undefined ? NOTHING : inputBytes(oaepLabel, undefined, "key.oaepLabel");
  return { parameters: { hash: digest.name }, label };
}

export function publicEncrypt(key, buffer) {
  const state = requireRsa(publicKeyState(key));
  const { parameters, label } = parametersOf(key, constants.RSA_PKCS1_OAEP_PADDING);
  return Buffer.from(compute("rsa-encrypt", parameters, [state.material, inputBytes(buffer, undefined, "buffer"), label]));
}

export function privateDecrypt(key, buffer) {
  const state = requireRsa(privateKeyState(key));
  const { parameters, label } = parametersOf(key, constants.RSA_PKCS1_OAEP_PADDING);
  return Buffer.from(compute("rsa-decrypt", parameters, [state.material, inputBytes(buffer, undefined, "buffer"), label]));
}

/** PKCS #1 v1.5 of data that has been hashed and marked already. */
export function privateEncrypt(key, buffer) {
  const state = requireRsa(privateKeyState(key));
  const { padding = constants.RSA_PKCS1_PADDING } = key ?? {};
  if (padding !== constants.RSA_PKCS1_PADDING) throw invalidArgumentValue("options.padding", padding);
  return Buffer.from(compute("rsa-sign", { scheme: "raw" }, [state.material, inputBytes(buffer, undefined, "buffer")]));
}
