// Our HdrHistogram logs, read by hdr-histogram-js: for every scenario and family the merged intervals must give the
// counts and percentiles of the result document.
//   node hlog.js LOG RESULT
"use strict";
const fs = require("fs");
const hdr = require("hdr-histogram-js");

const [log, document] = process.argv.slice(2).map((file) => fs.readFileSync(file, "utf8"));
const result = JSON.parse(document);
const reader = new hdr.HistogramLogReader(log, 64, false);
const merged = new Map();
for (let interval = reader.nextIntervalHistogram(); interval !== null; interval = reader.nextIntervalHistogram()) {
  if (!merged.has(interval.tag)) merged.set(interval.tag, hdr.build({ bitBucketSize: 64, highestTrackableValue: 3.6e12, lowestDiscernibleValue: 100, numberOfSignificantValueDigits: 3 }));
  merged.get(interval.tag).add(interval);
}

let checked = 0;
const mistakes = [];
for (const scenario of result.scenarios) {
  for (const family of Object.keys(scenario.histograms)) {
    const tag = `${scenario.name}.${family}`.replace(/[,\x00-\x20]/g, "_");
    const histogram = merged.get(tag);
    if (histogram === undefined) {
      mistakes.push(`${tag} is not in the log`);
      continue;
    }
    const sums = scenario.sums[family];
    const whole = hdr.decodeFromCompressedBase64(scenario.histograms[family], 64, false);
    if (whole.totalCount !== histogram.totalCount) mistakes.push(`${tag}: ${histogram.totalCount} of ${whole.totalCount}`);
    for (const [name, percentile] of [["p50", 50], ["p75", 75], ["p90", 90], ["p95", 95], ["p99", 99], ["p99_9", 99.9], ["p99_99", 99.99]]) {
      const ours = scenario.metrics[`${family}.${name}`];
      if (ours === undefined) continue;
      // The highest value of the bucket, as both have it; ours is besides never above the longest that was seen.
      for (const other of [histogram, whole]) {
        const theirs = Math.max(sums.min_ns, Math.min(sums.max_ns, other.getValueAtPercentile(percentile)));
        if (Math.round(ours * 1e9) !== theirs) mistakes.push(`${tag}.${name}: ${ours * 1e9} ns here, ${theirs} ns there`);
        ++checked;
      }
    }
  }
}
for (const mistake of mistakes) console.error(mistake);
console.log(`${checked} percentiles compared, ${mistakes.length} differ`);
process.exit(checked > 100 && mistakes.length === 0 ? 0 : 1);
