/** The first generation of streams: the base of the others. */

import { EventEmitter } from "./node_events.js";

/** @this {EventEmitter} */
export function Stream(options) {
  EventEmitter.call(this, options);
}

Object.setPrototypeOf(Stream.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Stream, EventEmitter);

/** Sends everything a stream emits into another, slowly when that one is full. */
Stream.prototype.pipe = function pipe(target, options) {
  const source = this;
  const onData = (chunk) => {
    if (target.writable && target.write(chunk) === false) source.pause?.();
  };
  const onDrain = () => {
    if (source.readable) source.resume?.();
  };
  let ended = false;
  const onEnd = () => {
    if (!ended) target.end();
    ended = true;
  };
  const onClose = () => {
    if (!ended) target.destroy?.();
    ended = true;
  };
  const onError = function (error) {
    cleanUp();
    if (this.listenerCount("error") === 0) this.emit("error", error);
  };
  const attached = [[source, "data", onData], [target, "drain", onDrain], [source, "error", onError], [target, "error", onError]];
  if (!target._isStdio && options?.end !== false) attached.push([source, "end", onEnd], [source, "close", onClose]);
  const cleanUp = () => {
    for (const [emitter, name, listener] of attached) emitter.removeListener(name, listener);
    for (const [emitter, name] of [[source, "end"], [source, "close"], [target, "close"]]) emitter.removeListener(name, cleanUp);
  };
  for (const [emitter, name, listener] of attached) emitter.on(name, listener);
  for (const [emitter, name] of [[source, "end"], [source, "close"], [target, "close"]]) emitter.on(name, cleanUp);
  target.emit("pipe", source);
  return target;
};
