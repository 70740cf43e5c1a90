/** The classes of `cloudflare:workers` that Workers extend. */

import { refuseClones } from "./platform.js";

/** https://developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings/rpc/ */
export class WorkerEntrypoint {
  constructor(ctx, env) {
    this.ctx = ctx;
    this.env = env;
  }
}

/** https://developers.cloudflare.com/durable-objects/api/base/ */
export class DurableObject {
  constructor(ctx, env) {
    this.ctx = ctx;
    this.env = env;
  }
}

/** https://developers.cloudflare.com/workflows/build/workers-api/#workflowentrypoint */
export class WorkflowEntrypoint {
  constructor(ctx, env) {
    this.ctx = ctx;
    this.env = env;
  }
}

/** https://developers.cloudflare.com/workers/runtime-apis/rpc/ */
export class RpcTarget {}

for (const constructor of [WorkerEntrypoint, DurableObject, WorkflowEntrypoint, RpcTarget]) refuseClones(constructor);
