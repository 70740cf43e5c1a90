/** node:path: https://nodejs.org/docs/latest-v20.x/api/path.html. A Worker's paths are POSIX ones. */

import { missingFunctions, validateObject, validateString } from "./node_errors.js";

/** Where production says a Worker is. */
const WORKING_DIRECTORY = "/bundle";

/** Removes "." and resolves ".." of a path without its leading slash. */
function normalizeSegments(path, allowAbove) {
  const segments = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.length > 0 && segments.at(-1) !== "..") segments.pop();
    else if (allowAbove) segments.push("..");
  }
  return segments.join("/");
}

export function normalize(path) {
  validateString(path, "path");
  if (path === "") return ".";
  const absolute = path.startsWith("/");
  const trailing = path.endsWith("/");
  const rest = normalizeSegments(path, !absolute);
  if (rest === "") return absolute ? "/" : trailing ? "./" : ".";
  return `${absolute ? "/" : ""}${rest}${trailing ? "/" : ""}`;
}

export function isAbsolute(path) {
  validateString(path, "path");
  return path.startsWith("/");
}

export function join(...paths) {
  for (const path of paths) validateString(path, "path");
  const joined = paths.filter((path) => path !== "").join("/");
  return joined === "" ? "." : normalize(joined);
}

export function resolve(...paths) {
  let resolved = "";
  for (let index = paths.length - 1; index >= 0 && !resolved.startsWith("/"); index--) {
    validateString(paths[index], `paths[${index}]`);
    if (paths[index] !== "") resolved = resolved === "" ? paths[index] : `${paths[index]}/${resolved}`;
  }
  if (!resolved.startsWith("/")) resolved = `${WORKING_DIRECTORY}/${resolved}`;
  return `/${normalizeSegments(resolved, false)}`;
}

export function relative(from, to) {
  validateString(from, "from");
  validateString(to, "to");
  if (from === to) return "";
  const origin = resolve(from).split("/").filter(Boolean);
  const target = resolve(to).split("/").filter(Boolean);
  let shared = 0;
  while (shared < origin.length && shared < target.length && origin[shared] === target[shared]) shared++;
  return [...origin.slice(shared).map(() => ".."), ...target.slice(shared)].join("/");
}

export function toNamespacedPath(path) {
  return path;
}

/** Where the last segment starts and ends, trailing slashes aside. */
function lastSegment(path) {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return { start: path.lastIndexOf("/", end - 1) + 1, end };
}

export function dirname(path) {
  validateString(path, "path");
  if (path === "") return ".";
  const { start, end } = lastSegment(path);
  if (end === 0) return "/";
  if (start === 0) return ".";
  // Two leading slashes are kept, as POSIX allows them a meaning of their own.
  if (start === 2 && path.startsWith("//")) return "//";
  return start === 1 ? "/" : path.slice(0, start - 1);
}

export function basename(path, suffix = undefined) {
  if (suffix !== undefined) validateString(suffix, "suffix");
  validateString(path, "path");
  if (suffix === path && suffix !== undefined) return "";
  const { start, end } = lastSegment(path);
  const name = end === 0 ? "" : path.slice(start, end);
  if (!suffix || name === suffix || !name.endsWith(suffix)) return name;
  return name.slice(0, name.length - suffix.length);
}

export function extname(path) {
  validateString(path, "path");
  const name = basename(path);
  const dot = name.lastIndexOf(".");
  return dot <= 0 || name === ".." ? "" : name.slice(dot);
}

export function parse(path) {
  validateString(path, "path");
  const root = path.startsWith("/") ? "/" : "";
  const base = basename(path);
  const ext = extname(path);
  const { start } = lastSegment(path);
  const dir = base === "" ? root : start > 1 ? path.slice(0, start - 1) : root;
  return { root, dir, base, ext, name: base.slice(0, base.length - ext.length) };
}

export function format(parts) {
  validateObject(parts, "pathObject");
  const dir = parts.dir || parts.root;
  const extension = parts.ext ? `${parts.ext.startsWith(".") ? "" : "."}${parts.ext}` : "";
  const base = parts.base || `${parts.name ?? ""}${extension}`;
  if (!dir) return base;
  return dir === parts.root ? `${dir}${base}` : `${dir}/${base}`;
}

export const { matchesGlob } = missingFunctions("node:path", ["matchesGlob"]);
export { toNamespacedPath as _makeLong };
export const sep = "/";
export const delimiter = ":";

const METHODS = [
  "basename",
  "dirname",
  "extname",
  "format",
  "isAbsolute",
  "join",
  "normalize",
  "parse",
  "relative",
  "resolve",
  "toNamespacedPath",
];
const missingWindowsMethods = missingFunctions("node:path", METHODS.map((name) => `win32.${name}`));

/** Paths of Windows mean nothing in a Worker. */
export const win32 = { sep: "\\", delimiter: ";" };
for (const name of METHODS) win32[name] = missingWindowsMethods[`win32.${name}`];

export const posix = {
  _makeLong: toNamespacedPath,
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  matchesGlob,
  normalize,
  parse,
  relative,
  resolve,
  sep,
  toNamespacedPath,
  win32,
};
posix.posix = posix;
win32.posix = posix;
win32.win32 = win32;

export default posix;
