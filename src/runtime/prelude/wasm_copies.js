/**
 * The copies of modules' memories that JavaScript has as `memory.buffer`, and their exchange with the host
 * whenever a module begins, stops or goes on.
 *
 * A copy is held until the next crossing, as somebody may have written into it. When nobody else holds it
 * then, it ends: code that looks at a memory in passing costs nothing afterwards.
 */

import host from "qemu-dev:engine/wasm-copies@0.1.0";
import wasm from "qemu-dev:engine/wasm@0.1.0";

const PAGE_BYTES = 4096;
const transfer = ArrayBuffer.prototype.transfer;
const copies = new Set();

/** JavaScript's copy of one memory. */
export class MemoryCopy {
  #memory;
  #buffer = null;
  #seen = null;

  /** @param {number} memory the memory's number */
  constructor(memory) {
    this.#memory = memory;
  }

  get exists() {
    return this.#buffer !== null;
  }

  /** The copy; it is made when there is none. */
  get buffer() {
    if (this.#buffer === null) {
      this.#buffer = wasm.copyMemory(this.#memory).buffer;
      this.#seen = new WeakRef(this.#buffer);
      copies.add(this);
    }
    return this.#buffer;
  }

  /** Carries the copy in before a module runs, and lets go of it when nobody else holds it. */
  send() {
    this.write();
    this.#buffer = null;
    this.#buffer = this.#seen.deref() ?? null;
    if (this.#buffer !== null) return;
    copies.delete(this);
    wasm.forgetCopy(this.#memory);
  }

  /** Carries what is in the copy into the memory. */
  write() {
    host.writeMemory(this.#memory, new Uint8Array(this.#buffer));
  }

  /** Takes over what modules changed. */
  receive() {
    const changes = wasm.memoryChanges(this.#memory);
    if (changes == null) return this.detach();
    const { offsets, bytes } = changes;
    if (bytes.length === 0) return;
    const target = new Uint8Array(this.#buffer);
    const places = new Uint32Array(offsets.buffer);
    for (let index = 0; index < places.length; index++) {
      const from = index * PAGE_BYTES;
      target.set(bytes.subarray(from, from + PAGE_BYTES), places[index]);
    }
  }

  /** Ends the copy as the standard wants when a memory grows. */
  detach() {
    if (this.#buffer === null) return;
    transfer.call(this.#buffer, 0);
    this.#buffer = null;
    copies.delete(this);
    wasm.forgetCopy(this.#memory);
  }
}

/** To be called before a module runs. */
export function sendCopies() {
  for (const copy of copies) copy.send();
}

/** To be called after a module ran. */
export function receiveCopies() {
  for (const copy of copies) copy.receive();
}
