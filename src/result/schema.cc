#include "result/document.h"

namespace loadstone::result {

std::string_view document_schema() {
  static constexpr std::string_view kSchema = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "urn:loadstone:result:1",
  "title": "A result of loadstone",
  "description": "What a run found, judged. Values are in SI base units: seconds, bytes, per second, ratios from 0 to 1.",
  "type": "object",
  "required": ["schema", "run", "partial", "summary", "verdict", "scenarios"],
  "properties": {
    "schema": {"const": "loadstone-result/1"},
    "run": {"$ref": "#/$defs/run"},
    "partial": {"type": "boolean", "description": "The run did not come to its end."},
    "losses": {"type": "array", "items": {"type": "string"}, "description": "What of the journal could not be read."},
    "summary": {
      "type": "object",
      "description": "Scenarios by verdict.",
      "required": ["total", "passed", "failed", "inconclusive", "invalid"],
      "properties": {
        "total": {"$ref": "#/$defs/count"},
        "passed": {"$ref": "#/$defs/count"},
        "failed": {"$ref": "#/$defs/count"},
        "inconclusive": {"$ref": "#/$defs/count"},
        "invalid": {"$ref": "#/$defs/count"}
      }
    },
    "verdict": {"$ref": "#/$defs/verdict", "description": "The worst of the scenarios'."},
    "scenarios": {"type": "array", "items": {"$ref": "#/$defs/scenario"}}
  },
  "$defs": {
    "count": {"type": "integer", "minimum": 0},
    "verdict": {"enum": ["pass", "fail", "inconclusive", "invalid"]},
    "run": {
      "type": "object",
      "required": ["suite", "command", "version", "seed", "started_at", "environment"],
      "properties": {
        "suite": {"type": "string"},
        "suite_file": {"type": "string"},
        "command": {"type": "string", "description": "The exact command line."},
        "version": {"type": "string"},
        "reactor": {"type": "string", "description": "io_uring or epoll."},
        "seed": {"type": "integer", "minimum": 0},
        "shards": {"$ref": "#/$defs/count"},
        "started_at": {"type": "number", "description": "Seconds since 1970, UTC."},
        "environment": {"type": "object", "additionalProperties": {"type": "string"}}
      }
    },
    "scenario": {
      "type": "object",
      "required": ["name", "kind", "verdict", "metrics", "targets", "histograms", "findings"],
      "properties": {
        "name": {"type": "string"},
        "kind": {"type": "string"},
        "plan": {"type": "string", "description": "The load in words."},
        "problem": {"type": "string", "description": "Why it could not be run or judged; empty if it could."},
        "interrupted": {"type": "boolean"},
        "measured_seconds": {"type": "number", "minimum": 0},
        "verdict": {"$ref": "#/$defs/verdict"},
        "metrics": {
          "type": "object",
          "description": "Flat, by metric name: latency.p95, step.NAME.rate, status.200.",
          "additionalProperties": {"type": "number"}
        },
        "targets": {"type": "array", "items": {"$ref": "#/$defs/target"}},
        "histograms": {
          "type": "object",
          "description": "By family of times (latency, service_time, step.NAME.latency): HdrHistogram V2, compressed, base64; nanoseconds.",
          "additionalProperties": {"type": "string"}
        },
        "sums": {
          "type": "object",
          "description": "What the histograms leave out, by the same names.",
          "additionalProperties": {"$ref": "#/$defs/sums"}
        },
        "series": {"type": "array", "maxItems": 600, "items": {"$ref": "#/$defs/point"}},
        "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
        "notes": {"type": "array", "items": {"type": "string"}},
        "ledger": {"$ref": "#/$defs/ledger"},
        "recovery": {"$ref": "#/$defs/recovery"},
        "profile": {"$ref": "#/$defs/profile"}
      }
    },
    "profile": {
      "type": "object",
      "description": "Where the service spent CPU time under this load, in a run of its own after the measured time: a file of speedscope.",
      "required": ["shared", "profiles"],
      "properties": {
        "shared": {
          "type": "object",
          "required": ["frames"],
          "properties": {"frames": {"type": "array", "maxItems": 6000, "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}}
        },
        "profiles": {
          "type": "array",
          "minItems": 1,
          "maxItems": 1,
          "items": {
            "type": "object",
            "required": ["type", "samples", "weights"],
            "properties": {
              "type": {"const": "sampled"},
              "samples": {"type": "array", "description": "Indices of frames, from the outermost: the heaviest stacks.", "items": {"type": "array", "items": {"$ref": "#/$defs/count"}}},
              "weights": {"type": "array", "description": "Seconds of CPU time.", "items": {"type": "number", "minimum": 0}}
            }
          }
        }
      }
    },
    "recovery": {
      "type": "object",
      "description": "Of a scenario that drops its clients. Times are seconds since the start of the measured time; clients are numbered from 0, cycles from 1.",
      "required": ["cycles", "returns"],
      "properties": {
        "cycles": {
          "type": "array",
          "maxItems": 500,
          "items": {
            "type": "object",
            "required": ["start", "dropped", "recovered", "heard", "lost", "mean_open", "slowest_open", "mean_heard", "slowest_heard"],
            "properties": {
              "start": {"type": "number", "description": "When its first client was dropped."},
              "dropped": {"$ref": "#/$defs/count"},
              "recovered": {"$ref": "#/$defs/count"},
              "heard": {"$ref": "#/$defs/count", "description": "Of those who recovered: who heard a message afterwards."},
              "lost": {"$ref": "#/$defs/count", "description": "Messages published in the gaps and never received."},
              "mean_open": {"type": "number", "description": "Seconds from the drop until the connection was open again."},
              "slowest_open": {"type": "number"},
              "mean_heard": {"type": "number", "description": "Seconds from the drop until the first message; 0 when nobody heard any."},
              "slowest_heard": {"type": "number"}
            }
          }
        },
        "further_cycles": {"$ref": "#/$defs/count", "description": "Not listed."},
        "returns": {
          "type": "array",
          "maxItems": 1000,
          "description": "In order of time; of more than fit the slowest.",
          "items": {
            "type": "object",
            "required": ["client", "cycle", "dropped"],
            "properties": {
              "client": {"$ref": "#/$defs/count"},
              "cycle": {"$ref": "#/$defs/count"},
              "dropped": {"type": "number"},
              "open": {"type": "number", "description": "Absent when it never came back."},
              "heard": {"type": "number", "description": "Absent when no message came, or none was to come."}
            }
          }
        },
        "further_returns": {"$ref": "#/$defs/count", "description": "Not listed."}
      }
    },
    "ledger": {
      "type": "object",
      "description": "Of broadcasts: who and what fared worst. Clients and messages are numbered from 0.",
      "required": ["clients", "all_clients", "messages", "anomalies"],
      "properties": {
        "clients": {
          "type": "array",
          "description": "The worst first, at most 100.",
          "items": {
            "type": "object",
            "required": ["client", "expected", "delivered", "missing", "duplicates", "reordered", "corrupt", "late", "foreign", "lost"],
            "additionalProperties": {"type": "number", "minimum": 0}
          }
        },
        "all_clients": {"$ref": "#/$defs/count"},
        "messages": {
          "type": "array",
          "description": "The worst first; last is the time to the slowest client.",
          "items": {
            "type": "object",
            "required": ["message", "expected", "delivered", "missing", "last"],
            "additionalProperties": {"type": "number", "minimum": 0}
          }
        },
        "anomalies": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["kind", "client"],
            "properties": {
              "kind": {"enum": ["missing", "duplicate", "reordered", "corrupt", "late", "foreign", "lost"]},
              "client": {"$ref": "#/$defs/count"},
              "message": {"$ref": "#/$defs/count", "description": "Absent when it could not be told which one it was."},
              "displacement": {"$ref": "#/$defs/count"}
            }
          }
        },
        "further_anomalies": {"$ref": "#/$defs/count", "description": "Not listed."},
        "grid": {
          "type": "object",
          "description": "All deliveries, row by row: rows are neighbouring clients, columns neighbouring messages.",
          "required": ["clients_per_row", "messages_per_column", "rows", "columns", "expected", "delivered", "mean_latency"]
        }
      }
    },
    "target": {
      "type": "object",
      "required": ["expression", "metric", "limit", "verdict"],
      "properties": {
        "expression": {"type": "string"},
        "metric": {"type": "string"},
        "limit": {"type": "number"},
        "value": {"type": "number", "description": "Absent when it was not measured."},
        "low": {"type": "number", "description": "95 % interval, where the target has sampling error."},
        "high": {"type": "number"},
        "verdict": {"$ref": "#/$defs/verdict"},
        "reason": {"type": "string", "description": "Why not a pass, and what would decide it."}
      }
    },
    "sums": {
      "type": "object",
      "required": ["min_ns", "max_ns", "sum_ns", "sum_of_squares_ns2"],
      "properties": {
        "min_ns": {"type": "integer", "minimum": 0},
        "max_ns": {"type": "integer", "minimum": 0},
        "sum_ns": {"type": "integer", "minimum": 0},
        "sum_of_squares_ns2": {"type": "number", "minimum": 0},
        "overflow": {"$ref": "#/$defs/count", "description": "Values above the histogram's range of one hour."}
      }
    },
    "point": {
      "type": "object",
      "required": ["start", "length", "measured", "values"],
      "properties": {
        "start": {"type": "number", "description": "Seconds since the start of the measured time; negative in warm-up."},
        "length": {"type": "number", "minimum": 0},
        "measured": {"type": "boolean"},
        "values": {"type": "object", "additionalProperties": {"type": "number"}}
      }
    },
    "finding": {
      "type": "object",
      "required": ["rule", "severity", "evidence"],
      "properties": {
        "rule": {"type": "string", "description": "A stable word for scripts."},
        "severity": {"enum": ["note", "warning", "high"]},
        "evidence": {"type": "string"},
        "invalidates": {"type": "boolean", "description": "The scenario cannot be judged because of it."}
      }
    }
  }
}
)json";
  return kSchema;
}

}  // namespace loadstone::result
