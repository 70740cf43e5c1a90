/**
 * URL of the URL Standard. The host parses; plain http(s) URLs, the common case, are taken apart here,
 * and what the host answered last is remembered.
 */
import * as host from "./host.js";
import { linkedSearchParams, updateSearchParams } from "./url_search_params.js";
import { defineInterface, requireArguments, toUSVString } from "./webidl.js";

const REMEMBERED_URLS = 64;

/** Parts in the order of the host's answer. */
const HREF = 0;
const ORIGIN = 1;
const PROTOCOL = 2;
const USERNAME = 3;
const PASSWORD = 4;
const HOSTNAME = 5;
const PORT = 6;
const PATHNAME = 7;
const SEARCH = 8;
const HASH = 9;

/** Scheme and authority of http(s) URLs that are already in the form the parser would produce. */
const PLAIN_AUTHORITY = /^(https?:)\/\/([a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*|127\.0\.0\.1)(?::([1-9][0-9]{0,4}))?$/;
/** What the parser might change in the path, query or fragment of such a URL. */
const NOT_PLAIN = /[^\w\-.~!$&()*+,;=:@%/?#]/;

const remembered = new Map();
const rememberedRelative = new Map();
/** Scheme and authority as written -> origin, protocol, host name and port; null where the host must parse. */
const authorities = new Map();

function parsePlain(input) {
  const pathAt = input.indexOf("/", 8);
  if (pathAt < 0) return null;
  const authority = recallAuthority(input.slice(0, pathAt));
  if (authority === null) return null;
  const rest = input.slice(pathAt);
  if (NOT_PLAIN.test(rest) || rest.includes("/.") || rest.includes("/%2")) return null;
  const hashAt = rest.indexOf("#");
  const end = hashAt < 0 ? rest.length : hashAt;
  const queryAt = rest.indexOf("?");
  const pathEnd = queryAt < 0 || queryAt > end ? end : queryAt;
  const search = end - pathEnd > 1 ? rest.slice(pathEnd, end) : "";
  const hash = rest.length - end > 1 ? rest.slice(end) : "";
  const { origin, protocol, hostname, port } = authority;
  return [input, origin, protocol, "", "", hostname, port, rest.slice(0, pathEnd), search, hash];
}

function recallAuthority(text) {
  let authority = authorities.get(text);
  if (authority === undefined) {
    authority = parseAuthority(text);
    remember(authorities, text, authority);
  }
  return authority;
}

function parseAuthority(text) {
  const match = PLAIN_AUTHORITY.exec(text);
  if (match === null) return null;
  const [origin, protocol, hostname, port = ""] = match;
  if (hostname.includes("xn--") || Number(port) > 65535) return null;
  return port === (protocol === "http:" ? "80" : "443") ? null : { origin, protocol, hostname, port };
}

/** The ten parts of a URL, or null when `input` is no valid URL. */
function parse(input, base) {
  return base === undefined ? parseAbsolute(input) : parseRelative(input, base);
}

function parseAbsolute(input) {
  const known = remembered.get(input);
  if (known !== undefined) return known;
  const parts = parsePlain(input) ?? split(host.parseUrl(input, undefined));
  if (parts !== null) remember(remembered, input, parts);
  return parts;
}

function parseRelative(input, base) {
  const key = `${base.length} ${base}${input}`;
  const known = rememberedRelative.get(key);
  if (known !== undefined) return known;
  const parts = split(host.parseUrl(input, base));
  if (parts !== null) remember(rememberedRelative, key, parts);
  return parts;
}

function remember(memory, key, value) {
  if (memory.size >= REMEMBERED_URLS) memory.clear();
  memory.set(key, value);
}

function split(answer) {
  return answer === null || answer === undefined ? null : answer.split("\n");
}

function parseArguments(url, base) {
  const input = toUSVString(url);
  return parse(input, base === undefined ? undefined : toUSVString(base));
}

/** Replaces the query by one that URLSearchParams serialised, which needs no further encoding. */
function withQuery(parts, query) {
  const href = parts[HREF];
  const hashAt = href.indexOf("#");
  const fragment = hashAt < 0 ? "" : href.slice(hashAt);
  const rest = hashAt < 0 ? href : href.slice(0, hashAt);
  const queryAt = rest.indexOf("?");
  const search = query === "" ? "" : `?${query}`;
  const changed = parts.slice();
  changed[HREF] = (queryAt < 0 ? rest : rest.slice(0, queryAt)) + search + fragment;
  changed[SEARCH] = search;
  return changed;
}

const FROM_PARTS = Symbol("parts");

/** A parsed URL. */
export class URL {
  /** Shared with the memory of parsed URLs: replaced, never changed. */
  #parts;
  #searchParams = null;

  constructor(url, base = undefined) {
    if (url === FROM_PARTS) {
      this.#parts = base;
      return;
    }
    requireArguments(arguments.length, 1, "URL");
    this.#parts = parseArguments(url, base);
    if (this.#parts === null) throw invalidUrl(url);
  }

  static canParse(url, base = undefined) {
    requireArguments(arguments.length, 1, "URL.canParse");
    return parseArguments(url, base) !== null;
  }

  static parse(url, base = undefined) {
    requireArguments(arguments.length, 1, "URL.parse");
    const parts = parseArguments(url, base);
    return parts === null ? null : new URL(FROM_PARTS, parts);
  }

  get href() {
    return this.#parts[HREF];
  }
  set href(value) {
    const parts = parse(toUSVString(value), undefined);
    if (parts === null) throw invalidUrl(value);
    this.#replace(parts);
  }

  get origin() {
    return this.#parts[ORIGIN];
  }

  get protocol() {
    return this.#parts[PROTOCOL];
  }
  set protocol(value) {
    this.#set("protocol", value);
  }

  get username() {
    return this.#parts[USERNAME];
  }
  set username(value) {
    this.#set("username", value);
  }

  get password() {
    return this.#parts[PASSWORD];
  }
  set password(value) {
    this.#set("password", value);
  }

  get host() {
    const parts = this.#parts;
    return parts[PORT] === "" ? parts[HOSTNAME] : `${parts[HOSTNAME]}:${parts[PORT]}`;
  }
  set host(value) {
    this.#set("host", value);
  }

  get hostname() {
    return this.#parts[HOSTNAME];
  }
  set hostname(value) {
    this.#set("hostname", value);
  }

  get port() {
    return this.#parts[PORT];
  }
  set port(value) {
    this.#set("port", value);
  }

  get pathname() {
    return this.#parts[PATHNAME];
  }
  set pathname(value) {
    this.#set("pathname", value);
  }

  get search() {
    return this.#parts[SEARCH];
  }
  set search(value) {
    this.#set("search", value);
  }

  get searchParams() {
    this.#searchParams ??= linkedSearchParams(this.#parts[SEARCH].slice(1), (query) => {
      this.#parts = withQuery(this.#parts, query);
    });
    return this.#searchParams;
  }

  get hash() {
    return this.#parts[HASH];
  }
  set hash(value) {
    this.#set("hash", value);
  }

  toString() {
    return this.#parts[HREF];
  }

  toJSON() {
    return this.#parts[HREF];
  }

  #set(part, value) {
    const text = toUSVString(value);
    const parts = split(host.setUrlPart(this.#parts[HREF], part, text));
    if (parts !== null) this.#replace(parts);
  }

  #replace(parts) {
    this.#parts = parts;
    if (this.#searchParams) updateSearchParams(this.#searchParams, parts[SEARCH].slice(1));
  }

  static {
    defineInterface(URL);
  }
}

/** The normalised form of an absolute URL, or null when `input` is not one. */
export function normaliseUrl(input) {
  return parse(input, undefined)?.[HREF] ?? null;
}

function invalidUrl(input) {
  const error = new TypeError("Invalid URL string.");
  error.code = "ERR_INVALID_URL";
  error.input = String(input);
  return error;
}
