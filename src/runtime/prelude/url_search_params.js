/**
 * URLSearchParams of the URL Standard, in JavaScript alone: no call to the host.
 */
import { decodeUtf8Lossy } from "./utf8.js";
import { defineInterface, definePairIterable, isObject, requireArguments, toUSVString } from "./webidl.js";

let linkTo;
let replaceAll;

/** The name-value pairs of a query. */
export class URLSearchParams {
  #pairs;
  /** Called with the serialised query after each change, when the object belongs to a URL. */
  #onChange = null;

  constructor(init = "") {
    if (typeof init === "string") this.#pairs = parseForm(stripQuestionMark(init.toWellFormed()));
    else if (isObject(init)) this.#pairs = pairsFromObject(init);
    else this.#pairs = parseForm(stripQuestionMark(toUSVString(init)));
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    requireArguments(arguments.length, 2, "URLSearchParams.append");
    this.#pairs.push([toUSVString(name), toUSVString(value)]);
    this.#changed();
  }

  delete(name, value = undefined) {
    requireArguments(arguments.length, 1, "URLSearchParams.delete");
    const matches = matcher(name, value);
    this.#pairs = this.#pairs.filter((pair) => !matches(pair));
    this.#changed();
  }

  get(name) {
    requireArguments(arguments.length, 1, "URLSearchParams.get");
    const key = toUSVString(name);
    for (const pair of this.#pairs) if (pair[0] === key) return pair[1];
    return null;
  }

  getAll(name) {
    requireArguments(arguments.length, 1, "URLSearchParams.getAll");
    const key = toUSVString(name);
    const values = [];
    for (const pair of this.#pairs) if (pair[0] === key) values.push(pair[1]);
    return values;
  }

  has(name, value = undefined) {
    requireArguments(arguments.length, 1, "URLSearchParams.has");
    return this.#pairs.some(matcher(name, value));
  }

  set(name, value) {
    requireArguments(arguments.length, 2, "URLSearchParams.set");
    const key = toUSVString(name);
    const text = toUSVString(value);
    const first = this.#pairs.find((pair) => pair[0] === key);
    if (first) {
      first[1] = text;
      this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== key);
    } else {
      this.#pairs.push([key, text]);
    }
    this.#changed();
  }

  sort() {
    this.#pairs.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
    this.#changed();
  }

  toString() {
    return serialiseForm(this.#pairs);
  }

  #changed() {
    this.#onChange?.(serialiseForm(this.#pairs));
  }

  static {
    linkTo = (params, onChange) => {
      params.#onChange = onChange;
    };
    replaceAll = (params, query) => {
      params.#pairs = parseForm(query);
    };
    defineInterface(URLSearchParams);
    definePairIterable(URLSearchParams, (params) => params.#pairs);
  }
}

/** A URLSearchParams of `query` (no question mark) that reports its changes to `onChange`. */
export function linkedSearchParams(query, onChange) {
  const params = new URLSearchParams();
  replaceAll(params, query);
  linkTo(params, onChange);
  return params;
}

/** Replaces the pairs after the URL's own query changed. */
export function updateSearchParams(params, query) {
  replaceAll(params, query);
}

/** Parses application/x-www-form-urlencoded text into pairs. */
export function parseForm(text) {
  const pairs = [];
  if (text === "") return pairs;
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals < 0) pairs.push([decodeFormPart(part), ""]);
    else pairs.push([decodeFormPart(part.slice(0, equals)), decodeFormPart(part.slice(equals + 1))]);
  }
  return pairs;
}

/** Serialises pairs of well-formed strings as application/x-www-form-urlencoded. */
export function serialiseForm(pairs) {
  let text = "";
  for (const [name, value] of pairs) {
    text += `${text === "" ? "" : "&"}${encodeFormPart(name)}=${encodeFormPart(value)}`;
  }
  return text;
}

const UNRESERVED = /^[A-Za-z0-9*\-._]*$/;
const LEFT_BY_LANGUAGE = /[!'()~]|%20/g;
const FORM_ESCAPES = { "!": "%21", "'": "%27", "(": "%28", ")": "%29", "~": "%7E", "%20": "+" };

function encodeFormPart(text) {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(LEFT_BY_LANGUAGE, (match) => FORM_ESCAPES[match]);
}

function decodeFormPart(part) {
  const text = part.includes("+") ? part.replaceAll("+", " ") : part;
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return decodeMalformed(text);
  }
}

/** Percent-decoding as the URL Standard has it: what is no escape stays, bad UTF-8 becomes U+FFFD. */
function decodeMalformed(text) {
  const bytes = unescape(encodeURIComponent(text)).replace(/%([0-9A-Fa-f]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decodeUtf8Lossy(Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)));
}

function stripQuestionMark(text) {
  return text.startsWith("?") ? text.slice(1) : text;
}

function matcher(name, value) {
  const key = toUSVString(name);
  if (value === undefined) return (pair) => pair[0] === key;
  const text = toUSVString(value);
  return (pair) => pair[0] === key && pair[1] === text;
}

function pairsFromObject(init) {
  const iterate = init[Symbol.iterator];
  return iterate === undefined || iterate === null ? pairsFromRecord(init) : pairsFromSequence(init);
}

function pairsFromSequence(sequence) {
  const pairs = [];
  for (const entry of sequence) {
    if (!isObject(entry) || typeof entry[Symbol.iterator] !== "function") {
      throw new TypeError("URLSearchParams: every entry of a sequence must itself be a sequence.");
    }
    const pair = [...entry];
    if (pair.length !== 2)
      throw new TypeError("URLSearchParams: every entry of a sequence must have a name and a value.");
    pairs.push([toUSVString(pair[0]), toUSVString(pair[1])]);
  }
  return pairs;
}

function pairsFromRecord(record) {
  const pairs = new Map();
  for (const key of Object.keys(record)) pairs.set(toUSVString(key), toUSVString(record[key]));
  return [...pairs];
}
