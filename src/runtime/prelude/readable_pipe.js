/**
 * Piping a readable stream into a writable one.
 */
import { forgetAborted, whenAborted } from "./abort.js";
import { handled, promiseOf } from "./promises.js";

/** Pipes until either end closes or breaks. Locks both while it lasts. */
export function pipe(source, destination, options) {
  return new Pipe(source, destination, options).run();
}

class Pipe {
  #source;
  #destination;
  #options;
  #reader;
  #writer;
  #shuttingDown = false;
  #lastWrite = Promise.resolve();
  #finished = Promise.withResolvers();
  #onAbort = null;

  constructor(source, destination, options) {
    this.#source = source;
    this.#destination = destination;
    this.#options = options;
    this.#reader = source.acquireReader("default");
    this.#writer = destination.acquireWriter();
    source.disturbed = true;
  }

  run() {
    const { signal } = this.#options;
    if (signal !== undefined) {
      this.#onAbort = () => this.#abort();
      if (signal.aborted) {
        this.#abort();
        return this.#finished.promise;
      }
      whenAborted(signal, this.#onAbort);
    }
    this.#watch();
    this.#pump();
    return this.#finished.promise;
  }

  /** Errors and closings travel in the order the standard gives them. */
  #watch() {
    const source = this.#source;
    const destination = this.#destination;
    whenErrored(source, this.#reader.closed, (error) => this.#sourceErrored(error));
    whenErrored(destination, this.#writer.closed, (error) => this.#destinationErrored(error));
    whenClosed(source, this.#reader.closed, () => this.#sourceClosed());
    if (destination.isClosing || destination.status === "closed") this.#destinationClosed();
  }

  #sourceErrored(error) {
    const action = this.#options.preventAbort ? null : () => this.#destination.abort(error);
    this.#shutDown(action, true, error);
  }

  #destinationErrored(error) {
    const action = this.#options.preventCancel ? null : () => this.#source.cancel(error);
    this.#shutDown(action, true, error);
  }

  #sourceClosed() {
    const action = this.#options.preventClose ? null : () => this.#writer.closeWithErrorPropagation();
    this.#shutDown(action, false, undefined);
  }

  #destinationClosed() {
    const error = new TypeError("The WritableStream is closing or closed: nothing can be piped to it.");
    const action = this.#options.preventCancel ? null : () => this.#source.cancel(error);
    this.#shutDown(action, true, error);
  }

  #abort() {
    const error = this.#options.signal.reason;
    const source = this.#source;
    const destination = this.#destination;
    const actions = [];
    if (!this.#options.preventAbort)
      actions.push(() => (destination.status === "writable" ? destination.abort(error) : undefined));
    if (!this.#options.preventCancel)
      actions.push(() => (source.status === "readable" ? source.cancel(error) : undefined));
    this.#shutDown(() => Promise.all(actions.map((action) => promiseOf(action))), true, error);
  }

  #pump() {
    if (this.#shuttingDown) return;
    this.#writer.ready.promise.then(
      () => this.#readOne(),
      () => {},
    );
  }

  #readOne() {
    if (this.#shuttingDown) return;
    this.#reader.read({
      chunk: (chunk) => {
        this.#lastWrite = handled(this.#writer.write(chunk));
        queueMicrotask(() => this.#pump());
      },
      close: () => {},
      error: () => {},
    });
  }

  #shutDown(action, hasError, error) {
    if (this.#shuttingDown) return;
    this.#shuttingDown = true;
    const proceed = () => {
      if (action === null) this.#finish(hasError, error);
      else
        promiseOf(action).then(
          () => this.#finish(hasError, error),
          (newError) => this.#finish(true, newError),
        );
    };
    if (this.#destination.status === "writable" && !this.#destination.isClosing) this.#afterWrites(proceed);
    else proceed();
  }

  /** Waits for the last write, and for writes that began while waiting. */
  #afterWrites(proceed) {
    const awaited = this.#lastWrite;
    const next = () => (awaited === this.#lastWrite ? proceed() : this.#afterWrites(proceed));
    awaited.then(next, next);
  }

  #finish(hasError, error) {
    this.#writer.release();
    this.#reader.release();
    if (this.#options.signal !== undefined) forgetAborted(this.#options.signal, this.#onAbort);
    if (hasError) this.#finished.reject(error);
    else this.#finished.resolve(undefined);
  }
}

function whenErrored(stream, closed, action) {
  if (stream.status === "errored") action(stream.storedError);
  else closed.promise.then(undefined, action);
}

function whenClosed(stream, closed, action) {
  if (stream.status === "closed") action();
  else closed.promise.then(action, () => {});
}
