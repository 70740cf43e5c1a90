/**
 * Conversions and definitions that Web IDL prescribes for every interface of the platform.
 */

/** Converts to a DOMString. Symbols throw, as the language's own conversion does. */
export function toDOMString(value) {
  return typeof value === "string" ? value : `${value}`;
}

/** Converts to a USVString: lone surrogates become U+FFFD. */
export function toUSVString(value) {
  return (typeof value === "string" ? value : `${value}`).toWellFormed();
}

const NOT_A_BYTE = /[^\0-\xff]/;

/** Converts to a ByteString: every code unit must fit a byte. */
export function toByteString(value) {
  const text = typeof value === "string" ? value : `${value}`;
  if (NOT_A_BYTE.test(text)) {
    throw new TypeError("Cannot convert the string to a ByteString: it has a character above 255.");
  }
  return text;
}

/** Converts to an integer of `[EnforceRange] unsigned long long`. `name` is used in the message. */
export function toEnforcedInteger(value, name, minimum = 0, maximum = Number.MAX_SAFE_INTEGER) {
  const number = Math.trunc(Number(value));
  if (!(number >= minimum && number <= maximum)) {
    throw new TypeError(`${name} is outside the accepted range of ${minimum} to ${maximum}.`);
  }
  return number;
}

/** Converts to a short unsigned integer as Web IDL's `unsigned short` does without extended attributes. */
export function toUnsignedShort(value) {
  return Number(value) & 0xffff;
}

/** Converts a dictionary argument: undefined and null count as empty, other primitives throw. */
export function toDictionary(value, name) {
  if (value === undefined || value === null) return EMPTY_DICTIONARY;
  if (typeof value !== "object" && typeof value !== "function") {
    throw new TypeError(`${name} is not an object.`);
  }
  return value;
}

const EMPTY_DICTIONARY = Object.freeze(Object.create(null));

/** Throws the TypeError for too few arguments. */
export function requireArguments(count, required, name) {
  if (count < required) {
    throw new TypeError(
      `${name}: ${required} argument${required === 1 ? "" : "s"} required, but only ${count} present.`,
    );
  }
}

/** Throws unless an optional member of a dictionary is a function. */
export function requireMethod(value, name) {
  if (value !== undefined && typeof value !== "function") throw new TypeError(`${name} is not a function.`);
}

/** True for values that may carry properties. */
export function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** True for ArrayBuffer and SharedArrayBuffer of any realm. */
export function isBuffer(value) {
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

/** True for ArrayBuffers and views on them: the IDL type BufferSource. */
export function isBufferSource(value) {
  return ArrayBuffer.isView(value) || isBuffer(value);
}

/** A Uint8Array over the same memory as a BufferSource. */
export function bytesOf(source) {
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  return new Uint8Array(source);
}

/** A copy of the bytes of a BufferSource, in a buffer of exactly their length. */
export function copyBytesOf(source) {
  return bytesOf(source).slice();
}

/** The ArrayBuffer holding exactly `bytes`; copies only when the buffer is larger or shared. */
export function exactBuffer(bytes) {
  const { buffer } = bytes;
  if (bytes.byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) return buffer;
  return bytes.slice().buffer;
}

/** Joins chunks into one Uint8Array; a single chunk is returned as it is. */
export function concatenateBytes(chunks) {
  if (chunks.length === 1) return chunks[0];
  let length = 0;
  for (const chunk of chunks) length += chunk.byteLength;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return joined;
}

/**
 * Makes a class look like a Web IDL interface: enumerable members and Symbol.toStringTag.
 * `constants` are put on both the constructor and the prototype.
 */
export function defineInterface(constructor, name = constructor.name, constants = {}) {
  const { prototype } = constructor;
  for (const [key, value] of Object.entries(constants)) {
    const descriptor = { value, enumerable: true };
    Object.defineProperty(constructor, key, descriptor);
    Object.defineProperty(prototype, key, descriptor);
  }
  makeEnumerable(prototype, ["constructor"]);
  makeEnumerable(constructor, ["length", "name", "prototype"]);
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
}

function makeEnumerable(target, except) {
  for (const key of Object.getOwnPropertyNames(target)) {
    if (!except.includes(key)) Object.defineProperty(target, key, { enumerable: true });
  }
}

const ITERATOR_PROTOTYPE = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

/**
 * Gives an interface its `iterable<key, value>` members. `pairsOf(object)` returns the current
 * list of pairs; it is asked again at every step, as iteration is live.
 */
export function definePairIterable(constructor, pairsOf) {
  const name = constructor.prototype[Symbol.toStringTag];
  const Cursor = pairCursor(pairsOf, `${name} Iterator`);
  const members = {
    entries() {
      return new Cursor(this, "entry");
    },
    keys() {
      return new Cursor(this, "key");
    },
    values() {
      return new Cursor(this, "value");
    },
    forEach(callback, thisArgument = undefined) {
      pairsOf(this);
      if (typeof callback !== "function") throw new TypeError(`${name}.forEach: the callback is not a function.`);
      for (let index = 0, pairs; index < (pairs = pairsOf(this)).length; index++) {
        callback.call(thisArgument, pairs[index][1], pairs[index][0], this);
      }
    },
  };
  for (const [key, value] of Object.entries(members)) {
    Object.defineProperty(constructor.prototype, key, { value, writable: true, enumerable: true, configurable: true });
  }
  Object.defineProperty(constructor.prototype, Symbol.iterator, {
    value: members.entries,
    writable: true,
    configurable: true,
  });
}

function pairCursor(pairsOf, tag) {
  class Cursor {
    #target;
    #kind;
    #index = 0;

    constructor(target, kind) {
      pairsOf(target);
      this.#target = target;
      this.#kind = kind;
    }

    next() {
      const pairs = pairsOf(this.#target);
      if (this.#index >= pairs.length) return { value: undefined, done: true };
      const [key, value] = pairs[this.#index++];
      const kind = this.#kind;
      return { value: kind === "entry" ? [key, value] : kind === "key" ? key : value, done: false };
    }
  }
  delete Cursor.prototype.constructor;
  Object.setPrototypeOf(Cursor.prototype, ITERATOR_PROTOTYPE);
  defineInterface(Cursor, tag);
  return Cursor;
}
