/** node:stream/promises: https://nodejs.org/docs/latest-v20.x/api/stream.html#streams-promises-api */

import { isNodeStream } from "./node_stream_finished.js";
import { over, runPipeline } from "./node_stream_pipeline.js";

/** Sends the first stream through all others; fulfilled when everything is over. */
export function pipeline(...stages) {
  const last = stages.at(-1);
  const hasOptions =
    typeof last === "object" && last !== null && !isNodeStream(last) && !last[Symbol.iterator] && !last[Symbol.asyncIterator] && !last.getWriter && !last.readable;
  const options = hasOptions ? stages.pop() : {};
  return new Promise((resolve, reject) => {
    runPipeline(stages, options, (error, value) => (error ? reject(error) : resolve(value)));
  });
}

export { over as finished };

export default { finished: over, pipeline };
