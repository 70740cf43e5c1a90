/**
 * The entry of the prelude for the engine of a session.
 */

import heap from "qemu-dev:engine/heap@0.1.0";
import { readByHost } from "./heap.js";

export { isolate } from "./main.js";

readByHost(heap);
