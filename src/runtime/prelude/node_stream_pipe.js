/** Readable.prototype.pipe and unpipe. */

import { nextTick } from "./node_next_tick.js";
import { fail } from "./node_stream_destroy.js";

/** Sends everything into `target`, no faster than it takes it. */
export function pipe(target, options) {
  const source = this;
  const state = source._readableState;
  state.pipes.push(target);
  const closesTarget = options?.end !== false;
  const onEnd = closesTarget ? () => target.end() : () => source.unpipe(target);
  let waiting = null;

  const onData = (chunk) => {
    if (target.write(chunk) === false) pause();
  };
  const pause = () => {
    if (!state.pipes.includes(target)) return;
    state.awaitDrainWriters.add(target);
    source.pause();
    if (waiting !== null) return;
    waiting = () => {
      state.awaitDrainWriters.delete(target);
      if (state.awaitDrainWriters.size === 0 && source.listenerCount("data") > 0) source.resume();
    };
    target.on("drain", waiting);
  };
  const onError = (error) => {
    source.unpipe(target);
    target.removeListener("error", onError);
    if (target.listenerCount("error") > 0) return;
    if ((target._writableState ?? target._readableState)?.errorEmitted === false) fail(target, error);
    else target.emit("error", error);
  };
  const onClose = () => {
    target.removeListener("finish", onFinish);
    source.unpipe(target);
  };
  const onFinish = () => {
    target.removeListener("close", onClose);
    source.unpipe(target);
  };
  const onUnpipe = (from, info) => {
    if (from !== source || info?.hasUnpiped !== false) return;
    info.hasUnpiped = true;
    cleanUp();
  };
  const cleanUp = () => {
    target.removeListener("close", onClose);
    target.removeListener("finish", onFinish);
    target.removeListener("error", onError);
    target.removeListener("unpipe", onUnpipe);
    source.removeListener("end", onEnd);
    source.removeListener("data", onData);
    if (waiting === null) return;
    target.removeListener("drain", waiting);
    if (state.awaitDrainWriters.has(target) && (!target._writableState || target._writableState.needDrain)) waiting();
  };

  if (state.endEmitted) nextTick(onEnd);
  else source.once("end", onEnd);
  target.on("unpipe", onUnpipe);
  source.on("data", onData);
  target.prependListener("error", onError);
  target.once("close", onClose);
  target.once("finish", onFinish);
  target.emit("pipe", source);
  if (target.writableNeedDrain === true) pause();
  else if (!state.flowing) source.resume();
  return target;
}

/** Stops sending into `target`, or into all targets. */
export function unpipe(target) {
  const state = this._readableState;
  const targets = target === undefined ? state.pipes : state.pipes.filter((each) => each === target);
  if (targets.length === 0) return this;
  state.pipes = target === undefined ? [] : state.pipes.toSpliced(state.pipes.indexOf(target), 1);
  if (state.pipes.length === 0) this.pause();
  for (const each of target === undefined ? targets : [target]) each.emit("unpipe", this, { hasUnpiped: false });
  return this;
}
