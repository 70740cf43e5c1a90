/**
 * FormData of the XMLHttpRequest Standard, with the multipart form it travels in (RFC 7578).
 */
import { File, bytesOfBlob, isBlob } from "./blob.js";
import { randomUUID } from "./random.js";
import { parseForm } from "./url_search_params.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";
import {
  concatenateBytes,
  defineInterface,
  definePairIterable,
  isObject,
  requireArguments,
  toUSVString,
} from "./webidl.js";

let pairsIn;
let isFormDataObject;

/** The entries of a form: texts and files. */
export class FormData {
  #pairs = [];

  constructor(form = undefined) {
    if (form !== undefined) throw new TypeError("FormData: there are no form elements to take entries from.");
  }

  append(name, value, filename = undefined) {
    requireArguments(arguments.length, 2, "FormData.append");
    this.#pairs.push(createEntry(name, value, filename));
  }

  delete(name) {
    requireArguments(arguments.length, 1, "FormData.delete");
    const key = toUSVString(name);
    this.#pairs = this.#pairs.filter((pair) => pair[0] !== key);
  }

  get(name) {
    requireArguments(arguments.length, 1, "FormData.get");
    const key = toUSVString(name);
    return this.#pairs.find((pair) => pair[0] === key)?.[1] ?? null;
  }

  getAll(name) {
    requireArguments(arguments.length, 1, "FormData.getAll");
    const key = toUSVString(name);
    return this.#pairs.filter((pair) => pair[0] === key).map((pair) => pair[1]);
  }

  has(name) {
    requireArguments(arguments.length, 1, "FormData.has");
    const key = toUSVString(name);
    return this.#pairs.some((pair) => pair[0] === key);
  }

  set(name, value, filename = undefined) {
    requireArguments(arguments.length, 2, "FormData.set");
    const entry = createEntry(name, value, filename);
    const at = this.#pairs.findIndex((pair) => pair[0] === entry[0]);
    if (at < 0) this.#pairs.push(entry);
    else this.#pairs = this.#pairs.toSpliced(at, 1, entry).filter((pair) => pair === entry || pair[0] !== entry[0]);
  }

  static {
    pairsIn = (form) => form.#pairs;
    isFormDataObject = (value) => isObject(value) && #pairs in value;
    defineInterface(FormData);
    definePairIterable(FormData, (form) => form.#pairs);
  }
}

function createEntry(name, value, filename) {
  const key = toUSVString(name);
  if (!isBlob(value)) {
    if (filename !== undefined) throw new TypeError("FormData: a file name was given, but the value is not a Blob.");
    return [key, toUSVString(value)];
  }
  if (value instanceof File && filename === undefined) return [key, value];
  const fileName = filename === undefined ? "blob" : toUSVString(filename);
  const options = { type: value.type, lastModified: value instanceof File ? value.lastModified : undefined };
  return [key, new File([value], fileName, options)];
}

/** True for FormData objects. */
export function isFormData(value) {
  return isFormDataObject(value);
}

/** Serialises a form: `{ bytes, contentType }`. */
export function serialiseMultipart(form) {
  const boundary = `----formdata-${randomUUID()}`;
  const chunks = [];
  for (const [name, value] of pairsIn(form)) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(normaliseLines(name))}"`;
    if (typeof value === "string") {
      chunks.push(encodeUtf8(`${head}\r\n\r\n${normaliseLines(value)}\r\n`));
    } else {
      const type = value.type || "application/octet-stream";
      chunks.push(encodeUtf8(`${head}; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`));
      chunks.push(bytesOfBlob(value), encodeUtf8("\r\n"));
    }
  }
  chunks.push(encodeUtf8(`--${boundary}--\r\n`));
  return { bytes: concatenateBytes(chunks), contentType: `multipart/form-data; boundary=${boundary}` };
}

function normaliseLines(text) {
  return text.replace(/\r\n?|\n/g, "\r\n");
}

function escapeName(name) {
  return name.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22");
}

/** Parses a body by its content type. Throws a TypeError when it is no form or not well formed. */
export function parseFormBody(bytes, contentType) {
  const [essence] = contentType.split(";");
  const type = essence.trim().toLowerCase();
  if (type === "application/x-www-form-urlencoded") return formFromPairs(parseForm(decodeUtf8(bytes)));
  if (type !== "multipart/form-data") {
    throw new TypeError(`A form cannot be parsed from a body of the type "${contentType}".`);
  }
  const boundary = parameterOf(contentType, "boundary");
  if (!boundary) throw new TypeError("The Content-Type header of a multipart/form-data body has no boundary.");
  return formFromPairs(new MultipartParser(bytes, boundary).parse());
}

function formFromPairs(pairs) {
  const form = new FormData();
  for (const [name, value] of pairs) form.append(name, value);
  return form;
}

/** A parameter of a header value such as `form-data; name="a"`; null when it is not there. */
function parameterOf(value, name) {
  const pattern = /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g;
  for (const [, key, quoted, plain] of value.matchAll(pattern)) {
    if (key.toLowerCase() === name) return quoted === undefined ? plain : quoted.replace(/\\(["\\])/g, "$1");
  }
  return null;
}

const UNITS_AT_A_TIME = 8192;

/** One character a byte, so that the engine's own string search finds boundaries. */
function toBinaryString(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.byteLength; at += UNITS_AT_A_TIME) {
    parts.push(String.fromCharCode.apply(null, bytes.subarray(at, at + UNITS_AT_A_TIME)));
  }
  return parts.join("");
}

class MultipartParser {
  #bytes;
  #text;
  #delimiter;

  constructor(bytes, boundary) {
    this.#bytes = bytes;
    this.#text = toBinaryString(bytes);
    this.#delimiter = `--${boundary}`;
  }

  parse() {
    const pairs = [];
    let at = this.#firstDelimiter();
    for (;;) {
      at += this.#delimiter.length;
      if (this.#text.startsWith("--", at)) return pairs;
      at = this.#skipLineEnd(at);
      const end = this.#text.indexOf(`\r\n${this.#delimiter}`, at - 2);
      if (end < 0) throw malformed();
      pairs.push(this.#part(at, end));
      at = end + 2;
    }
  }

  #firstDelimiter() {
    if (this.#text.startsWith(this.#delimiter)) return 0;
    const at = this.#text.indexOf(`\r\n${this.#delimiter}`);
    if (at < 0) throw malformed();
    return at + 2;
  }

  #skipLineEnd(at) {
    let end = at;
    while (this.#text[end] === " " || this.#text[end] === "\t") end++;
    if (!this.#text.startsWith("\r\n", end)) throw malformed();
    return end + 2;
  }

  #part(start, end) {
    const headEnd = this.#text.indexOf("\r\n\r\n", start);
    if (headEnd < 0 || headEnd > end) throw malformed();
    const headers = parsePartHeaders(decodeUtf8(this.#bytes.subarray(start, headEnd)));
    const disposition = headers.get("content-disposition") ?? "";
    const name = parameterOf(disposition, "name");
    if (name === null || !/^\s*form-data\s*;/i.test(disposition)) throw malformed();
    const content = this.#bytes.subarray(Math.min(headEnd + 4, end), end);
    const filename = parameterOf(disposition, "filename");
    if (filename === null) return [unescapeName(name), decodeUtf8(content)];
    const type = headers.get("content-type") ?? "text/plain";
    return [unescapeName(name), new File([content], unescapeName(filename), { type })];
  }
}

function parsePartHeaders(text) {
  const headers = new Map();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) throw malformed();
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

function unescapeName(name) {
  return name.replace(/%0D/g, "\r").replace(/%0A/g, "\n").replace(/%22/g, '"');
}

function malformed() {
  return new TypeError("The multipart/form-data body is not well formed.");
}
