/** The interface `wasi:http/incoming-handler`: fetch() of the Worker. */

import types from "wasi:http/types@0.2.0";
import { fieldsOf, offer, pairsOf, send } from "./world_bodies.js";
import { invoke } from "./world_loop.js";

const WITHOUT_BODY = new Set(["GET", "HEAD"]);

/** What the host has as `incoming-handler`. */
export const incomingHandler = {
  handle(request, responseOut) {
    let isAnswered = false;
    const answer = (response, bytes, turn) => {
      isAnswered = true;
      respond(responseOut, response, bytes, turn);
    };
    const { error } = invoke(eventOf(request), undefined, answer);
    if (isAnswered) return;
    const val = error ?? "The Worker gave no response.";
    types.ResponseOutparam.set(responseOut, { tag: "err", val: { tag: "internal-error", val } });
  },
};

function eventOf(request) {
  const named = request.method();
  const method = named.tag === "other" ? named.val : named.tag.toUpperCase();
  const scheme = request.scheme()?.tag === "HTTPS" ? "https" : "http";
  return {
    type: "fetch",
    method,
    url: `${scheme}://${request.authority() ?? "localhost"}${request.pathWithQuery() ?? "/"}`,
    headers: pairsOf(request.headers()),
    body: WITHOUT_BODY.has(method) ? null : offer(request.consume()),
  };
}

function respond(responseOut, { status, headers, body, isEncoded }, bytes, turn) {
  // The host of an isolate encodes what is not yet as its headers say. Here it is sent as it is.
  const isSaid = ([name]) => isEncoded === true || name.toLowerCase() !== "content-encoding";
  const response = new types.OutgoingResponse(fieldsOf(headers.filter(isSaid)));
  response.setStatusCode(status);
  const content = response.body();
  types.ResponseOutparam.set(responseOut, { tag: "ok", val: response });
  send(body, bytes, content, turn);
}
