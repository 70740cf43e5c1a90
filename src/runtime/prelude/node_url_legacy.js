/** The URLs of url.parse(): https://nodejs.org/docs/latest-v20.x/api/url.html#legacy-url-api */

import { createNodeError, validateString } from "./node_errors.js";
import querystring from "./node_querystring.js";
import { URL } from "./url.js";

/** protocol, slashes, authority, path, search and hash. */
const PARTS = /^([a-z][a-z0-9+.-]*:)?(\/\/)?([^]*?)(\?[^#]*)?(#[^]*)?$/i;
const WITH_SLASHES = ["http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:"];
const WITHOUT_AUTHORITY = "javascript:";
const TO_ESCAPE = /[\t\n\r "<>\\^`{|}']/g;
const HOST_END = /[/?#\t\n\r "<>\\^`{|}';%]/;
const FIELDS = ["protocol", "slashes", "auth", "host", "port", "hostname", "hash", "search", "query", "pathname", "path", "href"];

/** The parts of a URL; null for what it has not. */
export function Url() {
  for (const field of FIELDS) this[field] = null;
}

function escapeCharacter(character) {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Before the query, a backslash is a slash. */
function withForwardSlashes(text) {
  const end = text.search(/[?#]/);
  if (end === -1) return text.replaceAll("\\", "/");
  return text.slice(0, end).replaceAll("\\", "/") + text.slice(end);
}

function takeAuthority(url, rest) {
  const at = rest.slice(0, rest.search(/[/?#]|$/)).lastIndexOf("@");
  if (at !== -1) url.auth = decodeURIComponent(rest.slice(0, at));
  const afterAuth = rest.slice(at + 1);
  const end = afterAuth.startsWith("[") ? afterAuth.indexOf("]") + 1 : 0;
  const stop = afterAuth.slice(end).search(HOST_END);
  const authority = stop === -1 ? afterAuth : afterAuth.slice(0, end + stop);
  const port = /:(\d*)$/.exec(authority);
  if (port !== null && port[1] !== "") url.port = port[1];
  const { host, rest: invalid } = splitHost(port === null ? authority : authority.slice(0, port.index));
  url.hostname = hostnameOf(host);
  url.host = url.hostname.includes(":") ? `[${url.hostname}]` : url.hostname;
  if (url.port !== null) url.host += `:${url.port}`;
  if (url.host === "" && url.slashes === null) url.host = url.hostname = null;
  return invalid + afterAuth.slice(authority.length);
}

/** A host ends at the first character that none may have; the path begins there. */
function splitHost(text) {
  if (text.startsWith("[")) return { host: text, rest: "" };
  // eslint-disable-next-line no-control-regex
  const end = text.search(/[^a-z0-9.\-_+\u0080-\uffff]/i);
  return end === -1 ? { host: text, rest: "" } : { host: text.slice(0, end), rest: `/${text.slice(end)}` };
}

function hostnameOf(host) {
  if (host.startsWith("[") && host.endsWith("]")) return host.slice(1, -1).toLowerCase();
  const lower = host.toLowerCase();
  // eslint-disable-next-line no-control-regex
  if (!/[^\0-\x7f]/.test(lower)) return lower;
  if (!URL.canParse(`ws://${lower}`)) throw createNodeError(TypeError, "ERR_INVALID_URL", "Invalid URL", { input: host });
  return new URL(`ws://${lower}`).hostname;
}

/**
 * Splits a URL, absolute or relative, into its parts.
 * @param {string} text
 * @param {boolean} [parseQuery] whether `query` is an object
 * @param {boolean} [slashesDenoteHost] whether "//host/path" has a host
 * @returns {Url}
 */
export function parseLegacyUrl(text, parseQuery = false, slashesDenoteHost = false) {
  if (text instanceof Url) return text;
  validateString(text, "url");
  const url = new Url();
  const [, protocol, slashes, rest, search, hash] = PARTS.exec(withForwardSlashes(text.trim()));
  let path = rest;
  if (protocol !== undefined) url.protocol = protocol.toLowerCase();
  const mayHaveHost = protocol !== undefined || slashesDenoteHost || /^[^@/]+@[^@/]+/.test(rest);
  const isOpaque = protocol !== undefined && !WITH_SLASHES.includes(url.protocol);
  if (url.protocol === WITHOUT_AUTHORITY) {
    path = `${slashes ?? ""}${rest}`;
  } else if ((slashes !== undefined && mayHaveHost) || isOpaque) {
    if (slashes !== undefined) url.slashes = true;
    path = takeAuthority(url, rest);
  } else if (slashes !== undefined) {
    path = `//${rest}`;
  }
  finishParsing(url, path, search, hash, parseQuery);
  return url;
}

function finishParsing(url, path, search, hash, parseQuery) {
  if (hash !== undefined) url.hash = hash.replace(TO_ESCAPE, escapeCharacter);
  if (search !== undefined) url.search = search.replace(TO_ESCAPE, escapeCharacter);
  const query = url.search === null ? null : url.search.slice(1);
  if (parseQuery) url.search ??= "";
  url.query = parseQuery ? querystring.parse(query ?? "") : query;
  const pathname = url.protocol === WITHOUT_AUTHORITY ? path : path.replace(TO_ESCAPE, escapeCharacter);
  if (pathname !== "") url.pathname = pathname;
  else if (WITH_SLASHES.includes(url.protocol) && url.hostname) url.pathname = "/";
  if (url.pathname !== null || url.search) url.path = `${url.pathname ?? ""}${url.search ?? ""}`;
  url.href = url.format();
}

function formatAuthority({ auth, host, hostname, port }) {
  const prefix = auth ? `${encodeURIComponent(auth).replace(/%3A/i, ":")}@` : "";
  if (host) return prefix + host;
  if (!hostname) return "";
  const name = hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
  return `${prefix}${name}${port ? `:${port}` : ""}`;
}

Url.prototype.format = function format() {
  const protocol = this.protocol && !this.protocol.endsWith(":") ? `${this.protocol}:` : (this.protocol ?? "");
  let host = formatAuthority(this);
  let pathname = (this.pathname ?? "").replace(/[?#]/g, escapeCharacter);
  const hasQueryObject = this.query !== null && typeof this.query === "object";
  const query = hasQueryObject ? querystring.stringify(this.query) : "";
  let search = this.search || (query && `?${query}`) || "";
  if (search && !search.startsWith("?")) search = `?${search}`;
  const hash = this.hash && !this.hash.startsWith("#") ? `#${this.hash}` : (this.hash ?? "");
  if (this.slashes || WITH_SLASHES.includes(protocol)) {
    if (this.slashes || host) {
      if (pathname && !pathname.startsWith("/")) pathname = `/${pathname}`;
      host = `//${host}`;
    } else if (protocol === "file:") {
      host = "//";
    }
  }
  return `${protocol}${host}${pathname}${search.replaceAll("#", "%23")}${hash}`;
};

Url.prototype.parse = function parse(text, parseQuery, slashesDenoteHost) {
  return Object.assign(this, parseLegacyUrl(text, parseQuery, slashesDenoteHost));
};

Url.prototype.resolve = function resolve(to) {
  return resolveLegacyUrl(this.format(), to);
};

/** Removes "." and ".." from a path as a browser does. */
function resolvePath(base, relative, hasHost) {
  const path = relative.startsWith("/") ? relative : base.slice(0, base.lastIndexOf("/") + 1) + relative;
  const absolute = path.startsWith("/") || hasHost;
  const segments = [];
  const parts = path.split("/");
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (part === "..") {
      if (segments.length > (absolute ? 1 : 0) && segments.at(-1) !== "..") segments.pop();
      else if (!absolute) segments.push("..");
    } else if (part !== ".") {
      segments.push(part);
    }
    if (isLast && (part === "." || part === "..")) segments.push("");
  }
  const resolved = segments.join("/");
  return absolute && !resolved.startsWith("/") ? `/${resolved}` : resolved;
}

/** What a link `to` on a page `from` leads to. */
export function resolveLegacyUrl(from, to) {
  const base = parseLegacyUrl(from, false, true);
  const target = parseLegacyUrl(to, false, true);
  if (to === "") return base.href.slice(0, base.href.length - (base.hash?.length ?? 0));
  const isOther = target.protocol !== null && target.protocol !== base.protocol;
  if (isOther || (target.protocol !== null && !WITH_SLASHES.includes(target.protocol))) return target.href;
  const result = new Url();
  Object.assign(result, { protocol: base.protocol, slashes: base.slashes, hash: target.hash, search: target.search });
  const authority = target.host ? target : base;
  for (const part of ["auth", "host", "hostname", "port"]) result[part] = authority[part];
  result.slashes = target.host ? true : base.slashes;
  if (target.host) result.pathname = target.pathname ?? "/";
  else if (target.pathname !== null) result.pathname = resolvePath(base.pathname ?? "", target.pathname, Boolean(base.host));
  else {
    result.pathname = base.pathname;
    result.search = target.search ?? base.search;
  }
  return result.format();
}
