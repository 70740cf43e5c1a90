/**
 * The Headers class of the Fetch Standard, with Workers' `getAll` for Set-Cookie.
 */
import { defineInterface, definePairIterable, isObject, requireArguments, toByteString } from "./webidl.js";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]/;
/** Values may have any character, as in Cloudflare's runtime: they are sent as UTF-8. The usual ones need no closer look: visible ASCII and spaces, none at the ends. */
const PLAIN_VALUE = /^[!-~](?:[ -~]*[!-~])?$/;
const EDGE_WHITESPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g;
const SET_COOKIE = "set-cookie";
const KNOWN_NAMES_LIMIT = 1024;
const KNOWN_VALUES_LIMIT = 256;
const KNOWN_VALUE_LENGTH = 64;

/** Lower-case forms of names that were validated before: validation is the costly part. */
const knownNames = new Map();

/** Short values that were validated before and need no trimming. */
const knownValues = new Set();

function normaliseName(name) {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const text = toByteString(name);
  if (!TOKEN.test(text)) throw new TypeError(`"${text}" is not a valid header name.`);
  const lower = text.toLowerCase();
  if (knownNames.size < KNOWN_NAMES_LIMIT) knownNames.set(text, lower);
  return lower;
}

function normaliseValue(value) {
  if (knownValues.has(value)) return value;
  const text = typeof value === "string" ? value : `${value}`;
  if (PLAIN_VALUE.test(text)) {
    if (text.length <= KNOWN_VALUE_LENGTH && knownValues.size < KNOWN_VALUES_LIMIT) knownValues.add(text);
    return text;
  }
  const trimmed = text.toWellFormed().replace(EDGE_WHITESPACE, "");
  if (FORBIDDEN_IN_VALUE.test(trimmed)) throw new TypeError("The header value has a NUL, CR or LF in it.");
  return trimmed;
}

let mapOf;
let freeze;
let adopt;

/** A list of HTTP headers. Names are kept in lower case. */
export class Headers {
  /** Name -> combined value; Set-Cookie -> array of values. */
  #values = new Map();
  #sorted = null;
  #immutable = false;

  constructor(init = undefined) {
    if (init !== undefined) this.#fill(init);
  }

  append(name, value) {
    requireArguments(arguments.length, 2, "Headers.append");
    const key = normaliseName(name);
    const text = normaliseValue(value);
    this.#beforeChange();
    this.#append(key, text);
  }

  delete(name) {
    requireArguments(arguments.length, 1, "Headers.delete");
    const key = normaliseName(name);
    this.#beforeChange();
    this.#values.delete(key);
  }

  get(name) {
    requireArguments(arguments.length, 1, "Headers.get");
    const value = this.#values.get(normaliseName(name));
    if (value === undefined) return null;
    return typeof value === "string" ? value : value.join(", ");
  }

  /** All values of Set-Cookie, the only name Cloudflare's runtime accepts here. */
  getAll(name) {
    requireArguments(arguments.length, 1, "Headers.getAll");
    if (normaliseName(name) !== SET_COOKIE) {
      throw new TypeError('getAll() can only be used with the header name "Set-Cookie".');
    }
    return this.getSetCookie();
  }

  getSetCookie() {
    return this.#values.get(SET_COOKIE)?.slice() ?? [];
  }

  has(name) {
    requireArguments(arguments.length, 1, "Headers.has");
    return this.#values.has(normaliseName(name));
  }

  set(name, value) {
    requireArguments(arguments.length, 2, "Headers.set");
    const key = normaliseName(name);
    const text = normaliseValue(value);
    this.#beforeChange();
    this.#values.set(key, key === SET_COOKIE ? [text] : text);
  }

  #beforeChange() {
    if (this.#immutable) throw new TypeError("Can't modify immutable headers.");
    this.#sorted = null;
  }

  #append(key, text) {
    const before = this.#values.get(key);
    if (key === SET_COOKIE) {
      if (before) before.push(text);
      else this.#values.set(key, [text]);
    } else {
      this.#values.set(key, before === undefined ? text : `${before}, ${text}`);
    }
  }

  #fill(init) {
    if (!isObject(init)) {
      throw new TypeError("Headers: the initialiser is neither a sequence of pairs nor an object.");
    }
    if (#values in init && init[Symbol.iterator] === Headers.prototype[Symbol.iterator]) {
      for (const [key, value] of init.#values) this.#values.set(key, typeof value === "string" ? value : value.slice());
      return;
    }
    const iterate = init[Symbol.iterator];
    if (iterate !== undefined && iterate !== null) this.#fillFromSequence(init);
    else this.#fillFromRecord(init);
  }

  #fillFromSequence(sequence) {
    const pairs = [];
    for (const entry of sequence) {
      if (!isObject(entry) || typeof entry[Symbol.iterator] !== "function") {
        throw new TypeError("Headers: every entry of a sequence must itself be a sequence.");
      }
      const pair = [...entry];
      if (pair.length !== 2) throw new TypeError("Headers: every entry of a sequence must have a name and a value.");
      pairs.push(pair);
    }
    for (const [name, value] of pairs) this.#append(normaliseName(name), normaliseValue(value));
  }

  #fillFromRecord(record) {
    for (const name of Object.keys(record)) this.#append(normaliseName(name), normaliseValue(record[name]));
  }

  static #sort(headers) {
    if (headers.#sorted) return headers.#sorted;
    const pairs = [];
    for (const key of [...headers.#values.keys()].sort()) {
      const value = headers.#values.get(key);
      if (typeof value === "string") pairs.push([key, value]);
      else for (const cookie of value) pairs.push([key, cookie]);
    }
    headers.#sorted = pairs;
    return pairs;
  }

  static {
    mapOf = (headers) => headers.#values;
    freeze = (headers) => {
      headers.#immutable = true;
      return headers;
    };
    adopt = (pairs) => {
      const headers = new Headers();
      for (let index = 0; index < pairs.length; index++) {
        const pair = pairs[index];
        headers.#append(knownNames.get(pair[0]) ?? pair[0].toLowerCase(), pair[1]);
      }
      return headers;
    };
    defineInterface(Headers);
    definePairIterable(Headers, (headers) => Headers.#sort(headers));
  }
}

/** Headers from pairs the host already validated. */
export function headersFromPairs(pairs) {
  return adopt(pairs);
}

/** Makes headers immutable: the guard of requests and responses that came from outside. */
export function freezeHeaders(headers) {
  return freeze(headers);
}

/** The pairs of `headers` in the order they were added, as the host wants them. */
export function pairsOfHeaders(headers) {
  const pairs = [];
  for (const [key, value] of mapOf(headers)) {
    if (typeof value === "string") pairs.push([key, value]);
    else for (const cookie of value) pairs.push([key, cookie]);
  }
  return pairs;
}

/** Sets a header unless the user chose a value for it; used for the type of a body. */
export function setDefaultHeader(headers, name, value) {
  const map = mapOf(headers);
  if (!map.has(name)) map.set(name, value);
}

/** A header's value without validation of the name, which must be in lower case. */
export function readHeader(headers, name) {
  return mapOf(headers).get(name);
}
