/** node:url: https://nodejs.org/docs/latest-v20.x/api/url.html */

import { createNodeError, invalidArgumentType, validateString } from "./node_errors.js";
import { parseLegacyUrl, resolveLegacyUrl, Url } from "./node_url_legacy.js";
import { URL } from "./url.js";
import { URLSearchParams } from "./url_search_params.js";

export { URL, Url, URLSearchParams };
export { parseLegacyUrl as parse, resolveLegacyUrl as resolve };

/** The text of a URL, or of an object with its parts. */
export function format(url, options = undefined) {
  if (typeof url === "string") return parseLegacyUrl(url).format();
  if (typeof url !== "object" || url === null) throw invalidArgumentType("urlObject", ["Object", "string"], url);
  if (!(url instanceof URL)) return Url.prototype.format.call(url);
  const { auth = true, fragment = true, search = true } = options ?? {};
  const copy = new URL(url.href);
  if (!fragment) copy.hash = "";
  if (!search) copy.search = "";
  if (!auth) copy.username = copy.password = "";
  return copy.href;
}

export function resolveObject(from, to) {
  return parseLegacyUrl(resolveLegacyUrl(from, to));
}

/** The path that a file: URL names. */
export function fileURLToPath(path) {
  const url = typeof path === "string" ? new URL(path) : path;
  if (typeof url?.href !== "string" || typeof url.protocol !== "string") {
    throw invalidArgumentType("path", ["string", "URL"], path);
  }
  if (url.protocol !== "file:") {
    throw createNodeError(TypeError, "ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
  }
  if (url.hostname !== "") {
    const message = 'File URL host must be "localhost" or empty on linux';
    throw createNodeError(TypeError, "ERR_INVALID_FILE_URL_HOST", message);
  }
  if (/%2f/i.test(url.pathname)) {
    const message = "File URL path must not include encoded / characters";
    throw createNodeError(TypeError, "ERR_INVALID_FILE_URL_PATH", message);
  }
  return decodeURIComponent(url.pathname);
}

const PATH_ESCAPES = { "%": "%25", "\\": "%5C", "\n": "%0A", "\r": "%0D", "\t": "%09", "?": "%3F", "#": "%23" };

/** The file: URL of a path. */
export function pathToFileURL(path) {
  validateString(path, "path");
  const absolute = path.startsWith("/") ? path : `/bundle/${path}`;
  const url = new URL("file:///");
  url.pathname = absolute.replace(/[%\\\n\r\t?#]/g, (character) => PATH_ESCAPES[character]);
  return url;
}

export function domainToASCII(domain) {
  return hostnameOf(`${domain}`);
}

/** There is no way back from punycode here: the ASCII form is as valid a name. */
export function domainToUnicode(domain) {
  return hostnameOf(`${domain}`);
}

function hostnameOf(domain) {
  return URL.canParse(`ws://${domain}`) ? new URL(`ws://${domain}`).hostname : "";
}

/** A URL as the options of an HTTP request. */
export function urlToHttpOptions(url) {
  const { hash, hostname, href, password, pathname, port, protocol, search, searchParams, username } = url;
  const options = {
    __proto__: null,
    ...url,
    hash,
    hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
    href,
    path: `${pathname || ""}${search || ""}`,
    pathname,
    protocol,
    search,
    searchParams,
  };
  if (port !== "") options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

export default {
  URL,
  URLSearchParams,
  Url,
  domainToASCII,
  domainToUnicode,
  fileURLToPath,
  format,
  parse: parseLegacyUrl,
  pathToFileURL,
  resolve: resolveLegacyUrl,
  resolveObject,
  urlToHttpOptions,
};
