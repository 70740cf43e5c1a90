/**
 * The public faces of byte streams' controllers and of the buffers they are asked to fill.
 */
import { defineInterface, requireArguments, toEnforcedInteger } from "./webidl.js";

const CREATE = Symbol("create");

let invalidate;

/** A reader's buffer that the underlying source is asked to fill. */
export class ReadableStreamBYOBRequest {
  #controller;
  #view;

  constructor(token = undefined, controller = undefined, view = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
    this.#controller = controller;
    this.#view = view;
  }

  get view() {
    return this.#view;
  }

  respond(bytesWritten) {
    requireArguments(arguments.length, 1, "ReadableStreamBYOBRequest.respond");
    const count = toEnforcedInteger(bytesWritten, "bytesWritten");
    this.#requireController();
    if (this.#view.buffer.detached) throw new TypeError("The buffer of the BYOB request has been detached.");
    this.#controller.respond(count);
  }

  respondWithNewView(view) {
    requireArguments(arguments.length, 1, "ReadableStreamBYOBRequest.respondWithNewView");
    if (!ArrayBuffer.isView(view)) throw new TypeError("The argument is not a view on an ArrayBuffer.");
    this.#requireController();
    if (view.buffer.detached) throw new TypeError("The buffer of the view has been detached.");
    this.#controller.respondWithNewView(view);
  }

  #requireController() {
    if (this.#controller === null) throw new TypeError("This BYOB request has been invalidated.");
  }

  static {
    invalidate = (request) => {
      request.#controller = null;
      request.#view = null;
    };
    defineInterface(ReadableStreamBYOBRequest);
  }
}

/** The public face of a ByteController. */
export class ReadableByteStreamController {
  #controller;

  constructor(token = undefined, controller = undefined) {
    if (token !== CREATE) throw new TypeError("Illegal constructor");
    this.#controller = controller;
  }

  get byobRequest() {
    return this.#controller.byobRequest;
  }

  get desiredSize() {
    return this.#controller.desiredSize;
  }

  close() {
    if (!this.#controller.canCloseOrEnqueue)
      throw new TypeError("The stream is closed or errored: it cannot be closed.");
    this.#controller.close();
  }

  enqueue(chunk) {
    requireArguments(arguments.length, 1, "ReadableByteStreamController.enqueue");
    if (!ArrayBuffer.isView(chunk)) throw new TypeError("A byte stream's chunk must be a view on an ArrayBuffer.");
    if (chunk.byteLength === 0) throw new TypeError("A byte stream's chunk must not be empty.");
    if (!this.#controller.canCloseOrEnqueue) {
      throw new TypeError("The stream is closed or errored: nothing can be enqueued.");
    }
    this.#controller.enqueue(chunk);
  }

  error(reason = undefined) {
    this.#controller.error(reason);
  }

  static {
    defineInterface(ReadableByteStreamController);
  }
}

/** The request object for a view of a controller's oldest waiting buffer. */
export function exposeByobRequest(controller, view) {
  return new ReadableStreamBYOBRequest(CREATE, controller, view);
}

/** Makes a request object useless once its buffer was filled or dropped. */
export function invalidateByobRequest(request) {
  invalidate(request);
}

/** The object that the underlying source of a byte stream is given. */
export function exposeByteController(controller) {
  return new ReadableByteStreamController(CREATE, controller);
}
