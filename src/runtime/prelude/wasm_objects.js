/** Memory, Table and Global: https://webassembly.github.io/spec/js-api/ */

import wasm from "qemu-dev:engine/wasm@0.1.0";
import { defineInterface, isObject, toEnforcedInteger } from "./webidl.js";
import { MemoryCopy } from "./wasm_copies.js";
import { attempt } from "./wasm_errors.js";
import { decode, encode, LETTERS } from "./wasm_values.js";

/** First argument of a constructor that wraps what the host has already. */
const EXISTING = Symbol("existing");
const PAGES_MAX = 65_536;
const ELEMENTS_MAX = 10_000_000;

function limits(descriptor, place, most) {
  if (!isObject(descriptor)) throw new TypeError(`${place}: Argument 0 must be a descriptor`);
  const { initial, maximum } = descriptor;
  const size = toEnforcedInteger(initial, `${place}: Property 'initial'`, 0, most);
  if (maximum === undefined) return { initial: size, maximum: undefined };
  const largest = toEnforcedInteger(maximum, `${place}: Property 'maximum'`, 0, 0xffffffff);
  if (largest < size) throw new RangeError(`${place}: Property 'maximum': value ${largest} is below the lower bound`);
  return { initial: size, maximum: Math.min(largest, most) };
}

/** The number of a Memory; undefined for anything else. So the others. */
export let numberOfMemory;
export let numberOfTable;
export let numberOfGlobal;

const memories = new Map();

export class Memory {
  #number;
  #copy;

  constructor(descriptor, number) {
    this.#number = descriptor === EXISTING ? number : Memory.#create(descriptor);
    this.#copy = new MemoryCopy(this.#number);
    memories.set(this.#number, this);
  }

  static #create(descriptor) {
    const { initial, maximum } = limits(descriptor, "WebAssembly.Memory()", PAGES_MAX);
    if (descriptor.shared) throw new TypeError("WebAssembly.Memory(): shared memories are not emulated by qemu-dev");
    return attempt(RangeError, "WebAssembly.Memory()", () => wasm.createMemory(initial, maximum));
  }

  get buffer() {
    return this.#copy.buffer;
  }

  grow(delta) {
    const pages = toEnforcedInteger(delta, "WebAssembly.Memory.grow(): Argument 0", 0, 0xffffffff);
    const before = pages > PAGES_MAX ? undefined : this.#grow(pages);
    if (before == null) throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
    return before;
  }

  #grow(pages) {
    if (this.#copy.exists) this.#copy.write();
    const before = wasm.growMemory(this.#number, pages);
    if (before != null) this.#copy.detach();
    return before;
  }

  static {
    numberOfMemory = (value) => (isObject(value) && #number in value ? value.#number : undefined);
    defineInterface(Memory, "WebAssembly.Memory");
  }
}

/** The one Memory for a memory of a module. */
export function memoryWithNumber(number) {
  return memories.get(number) ?? new Memory(EXISTING, number);
}

/** A table's elements by default: undefined is a value of externref. */
const emptyElement = (letter) => (letter === "r" ? null : undefined);

export class Table {
  #number;
  #letter;

  constructor(descriptor, init = undefined, letter = undefined) {
    if (descriptor === EXISTING) {
      this.#number = init;
      this.#letter = letter;
      return;
    }
    const { initial, maximum } = limits(descriptor, "WebAssembly.Table()", ELEMENTS_MAX);
    this.#letter = LETTERS[descriptor.element];
    if (this.#letter !== "x" && this.#letter !== "r") {
      throw new TypeError("WebAssembly.Table(): Descriptor property 'element' must be a WebAssembly reference type");
    }
    const slot = this.#slot(init, "WebAssembly.Table(): Argument 1 is invalid");
    this.#number = attempt(RangeError, "WebAssembly.Table()", () => wasm.createTable(this.#letter, initial, maximum, slot));
  }

  get length() {
    return wasm.tableSize(this.#number);
  }

  get(index) {
    const at = this.#index(index, "WebAssembly.Table.get()");
    return decode(this.#letter, wasm.tableElement(this.#number, at), 0)[0];
  }

  set(index, value = undefined) {
    const at = this.#index(index, "WebAssembly.Table.set()");
    wasm.setTableElement(this.#number, at, this.#slot(value, "WebAssembly.Table.set(): Argument 1 is invalid for table"));
  }

  grow(delta, init = undefined) {
    const elements = toEnforcedInteger(delta, "WebAssembly.Table.grow(): Argument 0", 0, 0xffffffff);
    const slot = this.#slot(init, "WebAssembly.Table.grow(): Argument 1 is invalid");
    const before = elements > ELEMENTS_MAX ? undefined : wasm.growTable(this.#number, elements, slot);
    if (before == null) throw new RangeError(`WebAssembly.Table.grow(): failed to grow table by ${elements}`);
    return before;
  }

  #index(index, place) {
    const at = toEnforcedInteger(index, `${place}: Argument 0`, 0, 0xffffffff);
    const size = this.length;
    if (at < size) return at;
    const kind = this.#letter === "r" ? "funcref" : "externref";
    throw new RangeError(`${place}: invalid address ${at} in ${kind} table of size ${size}`);
  }

  #slot(value, place) {
    const element = value === undefined ? emptyElement(this.#letter) : value;
    return attempt(TypeError, place, () => encode(this.#letter, [element]));
  }

  static {
    numberOfTable = (value) => (isObject(value) && #number in value ? value.#number : undefined);
    defineInterface(Table, "WebAssembly.Table");
  }
}

/** A Table for a table of a module, whose elements are of the type `letter`. */
export function createTable(number, letter) {
  return new Table(EXISTING, number, letter);
}

/** The value of a global for which none is given. */
const ZEROS = { __proto__: null, i: 0, I: 0n, f: 0, F: 0, x: undefined, r: null };

export class Global {
  #number;
  #letter;
  #mutable;

  constructor(descriptor, value = undefined, existing = undefined) {
    if (descriptor === EXISTING) {
      ({ number: this.#number, letter: this.#letter, mutable: this.#mutable } = existing);
      return;
    }
    if (!isObject(descriptor)) throw new TypeError("WebAssembly.Global(): Argument 0 must be a global descriptor");
    this.#mutable = Boolean(descriptor.mutable);
    this.#letter = LETTERS[descriptor.value];
    if (this.#letter === undefined) {
      throw new TypeError("WebAssembly.Global(): Descriptor property 'value' must be a WebAssembly type");
    }
    const slot = encode(this.#letter, [value === undefined ? ZEROS[this.#letter] : value]);
    this.#number = wasm.createGlobal(this.#letter, this.#mutable, slot);
  }

  get value() {
    return decode(this.#letter, wasm.globalValue(this.#number), 0)[0];
  }

  set value(value) {
    if (!this.#mutable) throw new TypeError("set WebAssembly.Global.value: Can't set the value of an immutable global.");
    wasm.setGlobalValue(this.#number, encode(this.#letter, [value]));
  }

  valueOf() {
    return this.value;
  }

  static {
    numberOfGlobal = (value) => (isObject(value) && #number in value ? value.#number : undefined);
    defineInterface(Global, "WebAssembly.Global");
  }
}

/** A Global for a global of a module. */
export function createGlobal(number, letter, mutable) {
  return new Global(EXISTING, undefined, { number, letter, mutable });
}
