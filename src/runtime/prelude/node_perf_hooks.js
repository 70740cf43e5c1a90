/** node:perf_hooks: https://developers.cloudflare.com/workers/runtime-apis/performance/ */

import { missingFunctions } from "./node_errors.js";
import { performance } from "./performance.js";

/** Measures are not recorded, so there are no entries to observe. */
export const { PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceObserver, PerformanceObserverEntryList, PerformanceResourceTiming, createHistogram, monitorEventLoopDelay } =
  missingFunctions("node:perf_hooks", [
    "PerformanceEntry",
    "PerformanceMark",
    "PerformanceMeasure",
    "PerformanceObserver",
    "PerformanceObserverEntryList",
    "PerformanceResourceTiming",
    "createHistogram",
    "monitorEventLoopDelay",
  ]);

export const constants = {
  NODE_PERFORMANCE_GC_MAJOR: 4,
  NODE_PERFORMANCE_GC_MINOR: 1,
  NODE_PERFORMANCE_GC_INCREMENTAL: 8,
  NODE_PERFORMANCE_GC_WEAKCB: 16,
};

export const { constructor: Performance } = performance;
export { performance };

export default {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  PerformanceObserverEntryList,
  PerformanceResourceTiming,
  constants,
  createHistogram,
  monitorEventLoopDelay,
  performance,
};
