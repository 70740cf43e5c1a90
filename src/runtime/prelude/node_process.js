/** node:process: https://developers.cloudflare.com/workers/runtime-apis/nodejs/process/ */

import { environmentVariables } from "./node_environment.js";
import { missingFunctions, validateObject } from "./node_errors.js";
import { EventEmitter } from "./node_events.js";
import { nextTick } from "./node_next_tick.js";

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
const MILLISECONDS_PER_SECOND = 1000;

/** The version of Node's API that production claims. */
export const version = "v22.19.0";
export const versions = { node: version.slice(1) };
export const title = "workerd";
export const platform = "linux";
export const arch = "x64";
export const argv = ["workerd"];
export const argv0 = "workerd";
export const execArgv = [];
export const execPath = "";
export const pid = 1;
export const ppid = 0;
export const release = { name: "node" };
export const features = { inspector: false };
export const config = { target_defaults: {}, variables: {} };

export function cwd() {
  return "/bundle";
}

export function chdir(directory) {
  if (directory !== cwd()) throw new Error("node:process chdir: a Worker has no other folder");
}

export function umask() {
  return 0o022;
}

export function uptime() {
  return performance.now() / MILLISECONDS_PER_SECOND;
}

/** Time since some point in seconds and nanoseconds, or since an earlier reading. */
export function hrtime(earlier = undefined) {
  const now = hrtime.bigint();
  const before = earlier === undefined ? 0n : BigInt(earlier[0]) * 1_000_000_000n + BigInt(earlier[1]);
  const elapsed = now - before;
  return [Number(elapsed / 1_000_000_000n), Number(elapsed % 1_000_000_000n)];
}

hrtime.bigint = () => BigInt(Math.round(performance.now() * 1000)) * (NANOSECONDS_PER_MILLISECOND / 1000n);

/** A Worker is not told how much memory it uses. */
export function memoryUsage() {
  return { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 };
}

memoryUsage.rss = () => 0;

export function emitWarning(warning, typeOrOptions = undefined, code = undefined) {
  const options = typeof typeOrOptions === "object" && typeOrOptions !== null ? typeOrOptions : { type: typeOrOptions, code };
  const error = warning instanceof Error ? warning : Object.assign(new Error(`${warning}`), { name: options.type || "Warning" });
  if (options.code !== undefined && error.code === undefined) error.code = options.code;
  const listeners = process.listenerCount("warning");
  if (listeners > 0) nextTick(() => process.emit("warning", error));
  else console.warn(`${error.code === undefined ? "" : `[${error.code}] `}${error.name}: ${error.message}`);
}

/** Ends what is running; the isolate lives on, as it does in production. */
export function exit(code = undefined) {
  throw new Error(`process.exit(${code ?? ""}) was called: a Worker cannot end its process`);
}

export function abort() {
  throw new Error("process.abort() was called: a Worker cannot end its process");
}

function writer(level) {
  let line = "";
  return {
    isTTY: false,
    writable: true,
    write(chunk) {
      line += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
      const lines = line.split("\n");
      line = lines.pop();
      for (const each of lines) console[level](each);
      return true;
    },
    end() {},
    on() {
      return this;
    },
    once() {
      return this;
    },
    emit() {
      return false;
    },
  };
}

export const stdout = writer("log");
export const stderr = writer("error");
export const stdin = { isTTY: false, readable: false, on: () => stdin, once: () => stdin };

const missing = missingFunctions("node:process", [
  "cpuUsage",
  "dlopen",
  "getBuiltinModule",
  "getegid",
  "geteuid",
  "getgid",
  "getgroups",
  "getuid",
  "kill",
  "loadEnvFile",
  "resourceUsage",
]);
export const { cpuUsage, dlopen, getBuiltinModule, getegid, geteuid, getgid, getgroups, getuid, kill, loadEnvFile, resourceUsage } =
  missing;

class Process extends EventEmitter {
  get [Symbol.toStringTag]() {
    return "process";
  }

  get env() {
    return environmentVariables();
  }

  set env(value) {
    validateObject(value, "process.env");
    Object.defineProperty(this, "env", { value, writable: true, enumerable: true, configurable: true });
  }
}

/** The global `process`. */
const process = new Process();
Object.assign(process, {
  abort,
  arch,
  argv,
  argv0,
  chdir,
  config,
  cwd,
  emitWarning,
  execArgv,
  execPath,
  exit,
  exitCode: undefined,
  features,
  hrtime,
  memoryUsage,
  nextTick,
  pid,
  platform,
  ppid,
  release,
  stderr,
  stdin,
  stdout,
  title,
  umask,
  uptime,
  version,
  versions,
  ...missing,
});

export { nextTick };
export const env = environmentVariables();
export const on = process.on.bind(process);
export const once = process.once.bind(process);
export const off = process.off.bind(process);
export const emit = process.emit.bind(process);
export default process;
