"""The published JSON Schema and the loader agree: what ships passes both; what is wrong fails both, except where a
mistake is beyond what a schema can say. And docs/suite-format.md names every key of the schema."""

import glob
import json
import os
import subprocess
import sys

import jsonschema
import yaml

# Mistakes that no JSON Schema can see, by file name.
BEYOND_A_SCHEMA = {
    "anchor_bomb",  # stopped while reading
    "bad_boolean", "rate_three_parts",  # YAML 1.1 reads yes as true and 1:2:3 as a number
    "body_file_is_folder", "missing_body_file",
    "json_infinity",
    "mixed_stages", "nothing_left_to_share", "ramp_with_count", "request_concurrency_with_rate", "short_run_timeout",
    "no_statistic", "unknown_metric", "unknown_step", "wrong_unit",
    "http2_connection_header", "http2_without_keep_alive", "streams_without_http2",
    "no_target", "service_nowhere", "tls_insecure_twice", "tls_versions",
    "same_header_twice", "same_name", "same_request_name", "two_status_checks",
    "unknown_placeholder", "wrong_content_length", "head_with_body",
    "http_message_placeholder", "ws_default_header", "ws_on_open_placeholder", "ws_request_placeholder",
    "ws_bad_pattern", "ws_short_run_timeout", "ws_count_longer_than_a_year", "ws_count_longer_than_duration",
    "ws_echo_match_without_id", "ws_match_header_without_header", "ws_match_without_id", "ws_one_publisher_unknown",
    "ws_publish_without_id", "ws_filters_over_clients", "ws_hears_nobody", "ws_same_publisher", "ws_too_many_sayers",
    "ws_recovery_lost_of_nothing",
}


def read(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def keys(schema):
    """Every key that a suite may have, of all its mappings."""
    found = set(schema["properties"])
    def collect(part):
        if isinstance(part, list):
            for item in part:
                collect(item)
        elif isinstance(part, dict):
            if part.get("additionalProperties") is False:
                found.update(part["properties"])
            for item in part.values():
                collect(item)
    collect(schema["$defs"])
    return found


def main():
    program, root = sys.argv[1:3]
    with open(os.path.join(root, "src/scenario/suite.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    good = sorted(glob.glob(os.path.join(root, "suites/*.yaml")))
    good += sorted(glob.glob(os.path.join(root, "src/scenario/testdata/good/*.yaml")))
    bad = sorted(glob.glob(os.path.join(root, "src/scenario/testdata/bad/*.yaml")))
    assert len(good) >= 2 and len(bad) >= 80, (len(good), len(bad))
    output = subprocess.run([program, *good, *bad], cwd=root, check=True, capture_output=True, text=True).stdout
    loader = {line.split(" ", 1)[1]: line.split(" ", 1)[0] for line in output.splitlines()}
    failures = [f"{name}: there is no such bad suite" for name in BEYOND_A_SCHEMA if f"{root}/src/scenario/testdata/bad/{name}.yaml" not in bad]
    for path in good + bad:
        name = os.path.splitext(os.path.basename(path))[0]
        is_good = path in good
        if (loader[path] == "good") != is_good:
            failures.append(f"{path}: the loader says {loader[path]}")
        try:
            errors = [e.message for e in validator.iter_errors(read(path))]
        except (yaml.YAMLError, ValueError) as error:
            errors = [str(error)]
        if is_good and errors:
            failures.append(f"{path}: the schema refuses it: {errors[0]}")
        if not is_good and not errors and name not in BEYOND_A_SCHEMA:
            failures.append(f"{path}: the schema lets it pass")
        if not is_good and errors and name in BEYOND_A_SCHEMA and name != "anchor_bomb":
            failures.append(f"{path}: the schema does see it; take it off the list")
    with open(os.path.join(root, "docs/suite-format.md"), encoding="utf-8") as file:
        documentation = file.read()
    failures += [f"docs/suite-format.md does not name `{key}`" for key in sorted(keys(schema)) if f"`{key}`" not in documentation]
    print("\n".join(failures) or f"{len(good)} good and {len(bad)} bad suites: schema and loader agree")
    return 1 if failures else 0


sys.exit(main())
