/**
 * Modules of Node.js that are not provided, for packages that import them and may do without. What is read of one
 * can be read further, extended and compared; it throws by name when it is called, made or used as a value.
 */

import { createNodeError } from "./node_errors.js";

/** Data of theirs that packages look at while they are evaluated. */
const DATA = {
  __proto__: null,
  "node:http": { METHODS: ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"], STATUS_CODES: {} },
  "node:os": {
    EOL: "\n",
    arch: () => "x64",
    platform: () => "linux",
    release: () => "",
    type: () => "Linux",
  },
  "node:tty": { isatty: () => false },
};

/** Looked at by promises, bundles and the language without meaning a member. */
const PASSIVE = new Set(["then", "__esModule", "default", "toJSON"]);
/** The language turns an object into a value by these. */
const CONVERSIONS = new Set([Symbol.toPrimitive, "toString", "valueOf"]);

/**
 * The stand-in for a module.
 * @param {string} module its name with the prefix
 * @param {string} importer the package that imports it
 * @returns {object}
 */
export function absentModule(module, importer) {
  const data = DATA[module];
  const members = { __proto__: null };
  const get = (target, key) => {
    if (key in members) return members[key];
    if (typeof key === "symbol" || PASSIVE.has(key)) return undefined;
    return (members[key] = absentMember(module, key, importer));
  };
  // Bundles copy the own members of a module and inherit the others.
  return Object.assign(Object.create(new Proxy({}, { get })), data);
}

function absentMember(module, name, importer) {
  const refuse = () => {
    const advice = `the package ${importer}, which imports it, does not work here where it needs it`;
    throw createNodeError(Error, "ERR_METHOD_NOT_IMPLEMENTED", `${module} ${name} is not provided by qemu-dev: ${advice}`);
  };
  const members = { __proto__: null };
  const get = (target, key) => {
    if (key in target) return CONVERSIONS.has(key) ? refuse : target[key];
    if (CONVERSIONS.has(key)) return refuse;
    if (typeof key === "symbol" || PASSIVE.has(key)) return undefined;
    return (members[key] ??= absentMember(module, `${name}.${key}`, importer));
  };
  // A class, so that it can be extended.
  const target = class {
    constructor() {
      refuse();
    }
  };
  Object.defineProperty(target, "name", { value: name.slice(name.lastIndexOf(".") + 1) });
  return new Proxy(target, { get, apply: refuse, construct: refuse });
}
