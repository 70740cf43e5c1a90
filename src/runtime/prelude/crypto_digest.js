/** Digests at once and of data that comes in pieces. */

import { compute } from "./crypto_host.js";
import { normalizeAlgorithm } from "./crypto_parameters.js";
import { FINISH, HostTransform, NO_FLUSH } from "./host_transform.js";
import { encodeUtf8 } from "./utf8.js";
import { WritableStream } from "./writable_stream.js";
import { concatenateBytes, copyBytesOf, defineInterface, exactBuffer, isBufferSource, requireArguments } from "./webidl.js";

/** Up to this many bytes are kept here, so that short data crosses to the host once. */
const KEPT_BYTES_MAX = 65_536;
const NOTHING = new Uint8Array(0);

/** A digest under way. */
export class RunningDigest {
  #hash;
  #transform;
  #kept = [];
  #keptBytes = 0;

  /** @param {string} hash as the host names it */
  constructor(hash) {
    this.#hash = hash;
  }

  /** Takes in bytes, which must not change later. */
  add(bytes) {
    this.#kept.push(bytes);
    this.#keptBytes += bytes.byteLength;
    if (this.#keptBytes > KEPT_BYTES_MAX || this.#kept.length > KEPT_BYTES_MAX / 16) this.#pass();
  }

  #pass() {
    this.#transform ??= new HostTransform("digest", { hash: this.#hash }, []);
    this.#transform.step(this.#takeKept(), NO_FLUSH, 1);
  }

  #takeKept() {
    const bytes = concatenateBytes([NOTHING, ...this.#kept]);
    this.#kept = [];
    this.#keptBytes = 0;
    return bytes;
  }

  /** The digest of everything; nothing can be added then. */
  finish() {
    const rest = this.#takeKept();
    if (this.#transform === undefined) return compute("digest", { hash: this.#hash }, [rest]);
    const { output } = this.#transform.step(rest, FINISH, 1);
    this.#transform.close();
    return output;
  }

  copy() {
    const copy = new RunningDigest(this.#hash);
    copy.#transform = this.#transform?.copy();
    copy.#kept = [...this.#kept];
    copy.#keptBytes = this.#keptBytes;
    return copy;
  }
}

/** Writes bytes into a digest; an addition of Cloudflare's runtime. */
export class DigestStream extends WritableStream {
  #digest;
  #bytesWritten = 0n;

  constructor(algorithm) {
    requireArguments(arguments.length, 1, "DigestStream");
    const digest = new RunningDigest(normalizeAlgorithm("digest", algorithm).name);
    const result = Promise.withResolvers();
    result.promise.catch(() => {});
    super({
      write: (chunk) => {
        try {
          const bytes = digestInput(chunk);
          digest.add(bytes);
          this.#bytesWritten += BigInt(bytes.byteLength);
        } catch (error) {
          result.reject(error);
          throw error;
        }
      },
      close: () => result.resolve(exactBuffer(digest.finish())),
      abort: (reason) => result.reject(reason),
    });
    this.#digest = result.promise;
  }

  get digest() {
    return this.#digest;
  }

  get bytesWritten() {
    return this.#bytesWritten;
  }

  static {
    defineInterface(DigestStream);
  }
}

function digestInput(chunk) {
  if (typeof chunk === "string") return encodeUtf8(chunk);
  if (!isBufferSource(chunk)) throw new TypeError("DigestStream accepts ArrayBuffers, views on them and strings only.");
  return copyBytesOf(chunk);
}
