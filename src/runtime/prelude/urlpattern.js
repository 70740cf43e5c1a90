/**
 * URLPattern of the URL Pattern Standard: https://urlpattern.spec.whatwg.org/
 */
import { URL } from "./url.js";
import { compileComponent, escapePattern } from "./urlpattern_component.js";
import { parseConstructorString } from "./urlpattern_constructor.js";
import { defineInterface, isObject, toDictionary, toUSVString } from "./webidl.js";

const COMPONENTS = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];
/** Components a base URL may stand in for, in the order in which naming one ends the inheritance. */
const INHERITED = ["protocol", "hostname", "port", "pathname", "search", "hash"];
const DEFAULT_PORTS = { http: "80", https: "443", ws: "80", wss: "443", ftp: "21", file: "" };
const SPECIAL_SCHEMES = Object.keys(DEFAULT_PORTS);
const DUMMY_URL = "https://dummy.invalid/";
const PLAIN_TEXT = /^[\w\-~]*$/;

/** Matches URLs and takes them apart. */
export class URLPattern {
  #components;

  constructor(input = {}, baseOrOptions = undefined, options = undefined) {
    const hasBase = options !== undefined || (baseOrOptions !== undefined && !isObject(baseOrOptions));
    const base = hasBase && baseOrOptions !== undefined ? toUSVString(baseOrOptions) : undefined;
    const { ignoreCase } = toDictionary(hasBase ? options : baseOrOptions, "URLPattern options");
    this.#components = compile(patternInit(input, base), Boolean(ignoreCase));
  }

  test(input = {}, base = undefined) {
    const values = valuesToMatch(input, base);
    return values !== null && COMPONENTS.every((component) => this.#components[component].test(values[component]));
  }

  exec(input = {}, base = undefined) {
    const values = valuesToMatch(input, base);
    if (values === null) return null;
    const result = { inputs: base === undefined ? [input] : [input, base] };
    for (const component of COMPONENTS) {
      const match = this.#components[component].match(values[component]);
      if (match === null) return null;
      result[component] = match;
    }
    return result;
  }

  get protocol() {
    return this.#components.protocol.text;
  }

  get username() {
    return this.#components.username.text;
  }

  get password() {
    return this.#components.password.text;
  }

  get hostname() {
    return this.#components.hostname.text;
  }

  get port() {
    return this.#components.port.text;
  }

  get pathname() {
    return this.#components.pathname.text;
  }

  get search() {
    return this.#components.search.text;
  }

  get hash() {
    return this.#components.hash.text;
  }

  get hasRegExpGroups() {
    return COMPONENTS.some((component) => this.#components[component].hasRegExpGroups);
  }

  static {
    defineInterface(URLPattern);
  }
}

/** The pattern strings of all components that are named or inherited. */
function patternInit(input, base) {
  if (isObject(input)) {
    if (base !== undefined) throw new TypeError("URLPattern: with an object, the base URL is its baseURL member.");
    return processInit(readInit(input), true);
  }
  const init = parseConstructorString(toUSVString(input), (protocol) => matchesSpecial(compileProtocol(protocol)));
  if (base === undefined && init.protocol === undefined) {
    throw new TypeError("URLPattern: a pattern without a protocol needs a base URL.");
  }
  return processInit({ ...init, baseURL: base }, true);
}

function readInit(input) {
  const init = {};
  for (const name of [...COMPONENTS, "baseURL"]) {
    if (input[name] !== undefined) init[name] = toUSVString(input[name]);
  }
  return init;
}

/** Resolves `init` against its base URL. Values of patterns stay as they are, others are normalised. */
function processInit(init, isPattern) {
  const result = {};
  const base = init.baseURL === undefined ? null : new URL(init.baseURL);
  if (base !== null) inherit(result, init, valuesOfUrl(base), isPattern);
  for (const component of COMPONENTS) {
    if (init[component] !== undefined) result[component] = stripDelimiter(component, init[component]);
  }
  if (base !== null && init.pathname !== undefined) result.pathname = resolvePath(init.pathname, base, isPattern);
  return isPattern ? result : canonicalise(result);
}

function inherit(result, init, values, isPattern) {
  const keep = (text) => (isPattern ? escapePattern(text) : text);
  if (!isPattern && ["protocol", "hostname", "port", "username"].every((name) => init[name] === undefined)) {
    result.username = values.username;
    if (init.password === undefined) result.password = values.password;
  }
  for (const component of INHERITED) {
    if (init[component] !== undefined) return;
    result[component] = keep(values[component]);
  }
}

function resolvePath(pathname, base, isPattern) {
  if (isAbsolutePath(pathname, isPattern) || !base.pathname.startsWith("/")) return pathname;
  const folder = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1);
  return (isPattern ? escapePattern(folder) : folder) + pathname;
}

function isAbsolutePath(pathname, isPattern) {
  return pathname.startsWith("/") || (isPattern && (pathname.startsWith("\\/") || pathname.startsWith("{/")));
}

function stripDelimiter(component, text) {
  if (component === "protocol") return text.endsWith(":") ? text.slice(0, -1) : text;
  if (component === "search") return text.startsWith("?") ? text.slice(1) : text;
  return component === "hash" && text.startsWith("#") ? text.slice(1) : text;
}

function compile(init, ignoreCase) {
  if (SPECIAL_SCHEMES.includes(init.protocol) && DEFAULT_PORTS[init.protocol] === init.port) init.port = "";
  const components = { protocol: compileProtocol(init.protocol ?? "*") };
  const isSpecial = matchesSpecial(components.protocol);
  for (const component of COMPONENTS.slice(1)) {
    const path = component === "pathname" && isSpecial;
    components[component] = compileComponent(init[component] ?? "*", {
      delimiter: path ? "/" : component === "hostname" ? "." : "",
      prefix: path ? "/" : "",
      ignoreCase: ignoreCase && ["pathname", "search", "hash"].includes(component),
      encode: component === "pathname" && !isSpecial ? encodeOpaquePath : ENCODERS[component],
    });
  }
  return components;
}

function compileProtocol(pattern) {
  return compileComponent(pattern, { delimiter: "", prefix: "", ignoreCase: false, encode: ENCODERS.protocol });
}

function matchesSpecial(component) {
  return SPECIAL_SCHEMES.some((scheme) => component.test(scheme));
}

/** What `test` and `exec` match; null when the input is no URL. */
function valuesToMatch(input, base) {
  if (!isObject(input) || input instanceof URL) {
    const url = URL.parse(input, base);
    return url === null ? null : valuesOfUrl(url);
  }
  if (base !== undefined) throw new TypeError("URLPattern: with an object, the base URL is its baseURL member.");
  try {
    return processInit(readInit(input), false);
  } catch {
    return null;
  }
}

function valuesOfUrl(url) {
  return {
    protocol: url.protocol.slice(0, -1),
    username: url.username,
    password: url.password,
    hostname: url.hostname,
    port: url.port,
    pathname: url.pathname,
    search: url.search.slice(1),
    hash: url.hash.slice(1),
  };
}

function canonicalise(values) {
  const result = {};
  const protocol = values.protocol === undefined ? "" : ENCODERS.protocol(values.protocol);
  const isOpaque = protocol !== "" && !SPECIAL_SCHEMES.includes(protocol);
  for (const component of COMPONENTS) {
    const encode = component === "pathname" && isOpaque ? encodeOpaquePath : ENCODERS[component];
    result[component] = encode(values[component] ?? "");
  }
  if (DEFAULT_PORTS[protocol] === result.port) result.port = "";
  return result;
}

/** Normalise the text of a component as the URL parser would. They throw a TypeError on what is invalid. */
const ENCODERS = {
  protocol(text) {
    return SPECIAL_SCHEMES.includes(text) || text === ""
      ? text
      : new URL(`${text}://dummy.invalid/`).protocol.slice(0, -1);
  },
  username: (text) => throughUrl(text, "username"),
  password: (text) => throughUrl(text, "password"),
  hostname(text) {
    if (/^[a-z.-]*$/.test(text)) return text;
    if (/^[[\]0-9a-fA-F:.]*$/.test(text) && /[[\]:]/.test(text)) return text.toLowerCase();
    if (/[/?#@:\\]/.test(text)) throw new TypeError(`URLPattern: "${text}" is no host name.`);
    return new URL(`https://${text}/`).hostname;
  },
  port(text) {
    if (!/^[0-9]*$/.test(text) || Number(text) > 65535) throw new TypeError(`URLPattern: "${text}" is no port.`);
    return text === "" ? "" : `${Number(text)}`;
  },
  pathname(text) {
    if (/^[\w\-~/]*$/.test(text)) return text;
    const rooted = text.startsWith("/") ? text : `/-${text}`;
    const path = throughUrl(rooted, "pathname");
    return text.startsWith("/") ? path : path.slice(2);
  },
  search: (text) => throughUrl(text, "search").slice(PLAIN_TEXT.test(text) ? 0 : 1),
  hash: (text) => throughUrl(text, "hash").slice(PLAIN_TEXT.test(text) ? 0 : 1),
};

function throughUrl(text, part) {
  if (PLAIN_TEXT.test(text)) return text;
  const url = new URL(DUMMY_URL);
  url[part] = text;
  return url[part];
}

function encodeOpaquePath(text) {
  return text.replace(/[^\x20-\x7e]/gu, (character) => encodeURIComponent(character));
}
