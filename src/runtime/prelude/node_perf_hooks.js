/** node:perf_hooks: https://developers.cloudflare.com/workers/runtime-apis/performance/ */

import { missingFunctions } from "./node_errors.js";
import { eventLoopUtilization, performance, performanceClasses, timerify } from "./performance.js";

export const { createHistogram, monitorEventLoopDelay } = missingFunctions("node:perf_hooks", [
  "createHistogram",
  "monitorEventLoopDelay",
]);

export const constants = {
  NODE_PERFORMANCE_GC_MAJOR: 4,
  NODE_PERFORMANCE_GC_MINOR: 1,
  NODE_PERFORMANCE_GC_INCREMENTAL: 8,
  NODE_PERFORMANCE_GC_WEAKCB: 16,
};

export const {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  PerformanceObserverEntryList,
  PerformanceResourceTiming,
} = performanceClasses;
export { eventLoopUtilization, performance, timerify };

export default {
  ...performanceClasses,
  constants,
  createHistogram,
  eventLoopUtilization,
  monitorEventLoopDelay,
  performance,
  timerify,
};
