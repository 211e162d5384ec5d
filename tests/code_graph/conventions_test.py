"""What all routes of code-graph-http have in common: refusals, methods, CORS, and what can be switched off."""
import json
import unittest

from case import Served
from service import Service

MAIN = "function:app/main.py:main:20"

# What every route refuses: method, target, body, status, then type and loc of the first violation.
REFUSALS = [
    ("limit is no number", "GET", "/api/graph/nodes/search?limit=ten", None, 422, "int_parsing", ["query", "limit"]),
    ("limit too small", "GET", "/api/graph/nodes/search?limit=0", None, 422, "greater_than_equal", ["query", "limit"]),
    ("limit too great", "GET", "/api/graph/nodes/search?limit=501", None, 422, "less_than_equal", ["query", "limit"]),
    ("limit far too great", "GET", "/api/graph/seams?limit=99999999999999999999999", None, 422, "less_than_equal",
     ["query", "limit"]),
    ("negative offset", "GET", "/api/graph/relationships?offset=-1", None, 422, "greater_than_equal",
     ["query", "offset"]),
    ("unknown parameter of search", "GET", "/api/graph/nodes/search?nmae=x", None, 422, "extra_forbidden",
     ["query", "nmae"]),
    ("two names for one thing", "GET", "/api/graph/nodes/search?q=a&name=b", None, 422, "value_error",
     ["query", "name"]),
    ("two types for one thing", "GET", "/api/graph/nodes/search?type=class&node_type=function", None, 422,
     "value_error", ["query", "node_type"]),
    ("node type that is none", "GET", "/api/graph/nodes/search?node_type=Function", None, 422, "enum",
     ["query", "node_type"]),
    ("language that is none", "GET", "/api/graph/export?language=Klingon", None, 422, "enum", ["query", "language"]),
    ("boolean", "GET", "/api/graph/export?exclude_tests=perhaps", None, 422, "bool_parsing",
     ["query", "exclude_tests"]),
    ("number", "GET", "/api/graph/entry-points?min_confidence=high", None, 422, "float_parsing",
     ["query", "min_confidence"]),
    ("number too great", "GET", "/api/graph/entry-points?min_confidence=11", None, 422, "less_than_equal",
     ["query", "min_confidence"]),
    ("NaN is no number", "GET", "/api/graph/entry-points?min_confidence=nan", None, 422, "float_parsing",
     ["query", "min_confidence"]),
    ("export limit", "GET", "/api/graph/export?limit=50001", None, 422, "less_than_equal", ["query", "limit"]),
    ("seams limit", "GET", "/api/graph/seams?limit=1001", None, 422, "less_than_equal", ["query", "limit"]),
    ("relationships limit", "GET", "/api/graph/relationships?limit=5001", None, 422, "less_than_equal",
     ["query", "limit"]),
    ("categories limit", "GET", "/api/graph/categories/hubs?limit=501", None, 422, "less_than_equal",
     ["query", "limit"]),
    ("entry points limit", "GET", "/api/graph/entry-points?limit=501", None, 422, "less_than_equal",
     ["query", "limit"]),
    ("debug files limit", "GET", "/api/graph/debug/files?limit=501", None, 422, "less_than_equal", ["query", "limit"]),
    ("callers without a symbol", "GET", "/api/graph/query/callers", None, 422, "missing", ["query", "symbol"]),
    ("callers of nothing", "GET", "/api/graph/query/callers?symbol=", None, 422, "string_too_short",
     ["query", "symbol"]),
    ("callers of too much", "GET", "/api/graph/query/callers?symbol=" + "x" * 201, None, 422, "string_too_long",
     ["query", "symbol"]),
    ("callees depth", "GET", "/api/graph/query/callees?symbol=x&depth=6", None, 422, "less_than_equal",
     ["query", "depth"]),
    ("references match", "GET", "/api/graph/query/references?symbol=x&match=fuzzy", None, 422, "enum",
     ["query", "match"]),
    ("callers as notebooks ask", "GET", "/api/graph/query/callers?node_id=nowhere&depth=2", None, 404, None, None),
    ("traverse without a body", "POST", "/api/graph/traverse", None, 422, "missing", ["body"]),
    ("traverse with a broken body", "POST", "/api/graph/traverse", "{oops", 422, "json_invalid", ["body", 1]),
    ("traverse with half a body", "POST", "/api/graph/traverse", '{"start_node":', 422, "json_invalid", ["body", 14]),
    ("traverse with NaN", "POST", "/api/graph/traverse", '{"start_node":"x","max_depth":NaN}', 422, "json_invalid",
     ["body", 30]),
    ("traverse with two bodies", "POST", "/api/graph/traverse", "{} {}", 422, "json_invalid", ["body", 3]),
    ("traverse with a list", "POST", "/api/graph/traverse", [], 422, "model_attributes_type", ["body"]),
    ("traverse without a start", "POST", "/api/graph/traverse", {}, 422, "missing", ["body", "start_node"]),
    ("traverse from a number", "POST", "/api/graph/traverse", {"start_node": 5}, 422, "string_type",
     ["body", "start_node"]),
    ("traverse too deep", "POST", "/api/graph/traverse", {"start_node": "x", "max_depth": 101}, 422,
     "less_than_equal", ["body", "max_depth"]),
    ("traverse half a hop", "POST", "/api/graph/traverse", {"start_node": "x", "max_depth": 1.5}, 422,
     "int_from_float", ["body", "max_depth"]),
    ("traverse depth as a list", "POST", "/api/graph/traverse", {"start_node": "x", "max_depth": [1]}, 422,
     "int_type", ["body", "max_depth"]),
    ("traverse too many", "POST", "/api/graph/traverse", {"start_node": "x", "max_nodes": 10001}, 422,
     "less_than_equal", ["body", "max_nodes"]),
    ("traverse seams", "POST", "/api/graph/traverse", {"start_node": "x", "include_seams": []}, 422, "bool_type",
     ["body", "include_seams"]),
    ("traverse edge types", "POST", "/api/graph/traverse", {"start_node": "x", "edge_types": ["flies"]}, 422, "enum",
     ["body", "edge_types", 0]),
    ("traverse edge types as text", "POST", "/api/graph/traverse", {"start_node": "x", "edge_types": "calls"}, 422,
     "list_type", ["body", "edge_types"]),
    ("traverse from nowhere", "POST", "/api/graph/traverse", {"start_node": "n1"}, 404, None, None),
    ("traverse otherwise", "POST", "/api/graph/traverse", {"start_node": MAIN, "query_type": "zigzag"}, 400, None, None),
    ("call chain from nowhere", "GET", "/api/graph/call-chain/n1", None, 404, None, None),
    ("call chain too deep", "GET", "/api/graph/call-chain/x?max_depth=101", None, 422, "less_than_equal",
     ["query", "max_depth"]),
    ("subgraph of nothing", "POST", "/api/graph/subgraph", None, 422, "missing", ["query", "node_id"]),
    ("subgraph of nothing, with a body", "POST", "/api/graph/subgraph", {"depth": 1}, 422, "missing",
     ["body", "node_id"]),
    ("subgraph FIX: unknown node is 404, not 500", "POST", "/api/graph/subgraph?node_id=n1", None, 404, None, None),
    ("subgraph limit", "POST", "/api/graph/subgraph?node_id=x&limit=9", None, 422, "greater_than_equal",
     ["query", "limit"]),
    ("subgraph depth", "POST", "/api/graph/subgraph", {"node_id": "x", "depth": 11}, 422, "less_than_equal",
     ["body", "depth"]),
    ("category FIX: unknown is 400, not 500", "GET", "/api/graph/categories/twigs", None, 400, None, None),
    ("unknown node", "GET", "/api/graph/nodes/function:a.py:f:1", None, 404, None, None),
    ("unknown path", "GET", "/api/graph/nothing", None, 404, None, None),
    ("unknown job", "GET", "/api/graph/admin/jobs/17", None, 404, None, None),
    ("broken escape in the path", "GET", "/api/graph/nodes/%zz", None, 400, None, None),
    ("broken escape in the query", "GET", "/api/graph/nodes/search?q=%e", None, 400, None, None),
    ("event without a type", "POST", "/api/graph/events", {"data": {}}, 422, "missing", ["body", "event_type"]),
    ("event with an empty type", "POST", "/api/graph/events", {"event_type": ""}, 422, "string_too_short",
     ["body", "event_type"]),
    ("event about a number", "POST", "/api/graph/events", {"event_type": "x", "entity_id": 1}, 422, "string_type",
     ["body", "entity_id"]),
    ("event as text", "POST", "/api/graph/events", '"x"', 422, "model_attributes_type", ["body"]),
    ("reanalyze when", "POST", "/api/graph/admin/reanalyze?wait=maybe", None, 422, "bool_parsing", ["query", "wait"]),
    ("WebSocket without one", "GET", "/ws/events", None, 426, None, None),
]

# Path, and the methods that it allows.
METHODS = [
    ("/", "GET, HEAD"), ("/health", "GET, HEAD"), ("/ready", "GET, HEAD"), ("/metrics", "GET, HEAD"),
    ("/openapi.json", "GET, HEAD"), ("/ws/status", "GET, HEAD"), ("/api/graph/stats", "GET, HEAD"),
    ("/api/graph/nodes/search", "GET, HEAD"), ("/api/graph/nodes/x", "GET, HEAD"), ("/api/graph/traverse", "POST"),
    ("/api/graph/call-chain/x", "GET, HEAD"), ("/api/graph/subgraph", "POST"),
    ("/api/graph/relationships", "GET, HEAD"), ("/api/graph/seams", "GET, HEAD"),
    ("/api/graph/query/callers", "GET, HEAD"), ("/api/graph/query/callees", "GET, HEAD"),
    ("/api/graph/query/references", "GET, HEAD"), ("/api/graph/categories/hubs", "GET, HEAD"),
    ("/api/graph/entry-points", "GET, HEAD"), ("/api/graph/export", "GET, HEAD"),
    ("/api/graph/debug/analysis", "GET, HEAD"), ("/api/graph/debug/files", "GET, HEAD"),
    ("/api/graph/admin/reanalyze", "POST"), ("/api/graph/admin/jobs/x", "GET, HEAD"), ("/api/graph/events", "POST"),
]


class Conventions(Served):
    def test_refusals(self):
        for name, method, target, body, status, kind, where in REFUSALS:
            with self.subTest(name):
                reply = self.service.ask(method, target, body)
                self.assertEqual(reply.status, status, reply)
                detail = reply.json["detail"]
                self.assertEqual(reply.headers["Content-Type"], "application/json")
                if status != 422:
                    self.assertIsInstance(detail, str)
                    continue
                self.assertIn((kind, where), [(d["type"], d["loc"]) for d in detail])
                for d in detail:
                    self.assertTrue({"type", "loc", "msg", "input"} <= set(d), d)

    def test_violations_say_the_bound_and_the_input(self):
        detail = self.service.get("/api/graph/nodes/search?limit=501&offset=x").json["detail"]
        self.assertEqual([(d["type"], d["input"], d.get("ctx")) for d in detail],
                         [("less_than_equal", "501", {"le": 500}), ("int_parsing", "x", None)])

    def test_methods(self):
        for path, allowed in METHODS:
            for method in ("DELETE", "PUT", "PATCH", "OPTIONS", "POST" if "GET" in allowed else "GET"):
                with self.subTest(path=path, method=method):
                    reply = self.service.ask(method, path)
                    self.assertEqual((reply.status, reply.json), (405, {"detail": "Method Not Allowed"}))
                    self.assertEqual(reply.headers["Allow"], allowed)

    def test_head_is_allowed_where_get_is(self):
        for path in ("/", "/health", "/api/graph/stats", "/api/graph/nodes/" + MAIN):
            reply = self.service.ask("HEAD", path)
            self.assertEqual((reply.status, reply.body), (200, b""), path)
            self.assertGreater(int(reply.headers["Content-Length"]), 10)

    def test_openapi_names_every_route(self):
        paths = self.get("/openapi.json")["paths"]
        for path, allowed in METHODS:
            generic = next((p for p in (path, path.replace("/x", "/{node_id}"), path.replace("/x", "/{start_node}"),
                                        path.replace("/x", "/{job_id}"), path.replace("/hubs", "/{category}"))
                            if p in paths), None)
            self.assertIsNotNone(generic, path)
            self.assertIn("get" if "GET" in allowed else "post", paths[generic])
        for path, item in paths.items():
            if "get" in item:
                self.assertEqual("101" in item["get"]["responses"], path.startswith("/ws/events"), path)
        names = [p["name"] for p in paths["/api/graph/nodes/search"]["get"]["parameters"]]
        self.assertEqual(names, ["name", "language", "node_type", "limit", "offset"])
        self.assertIn("start_node", paths["/api/graph/traverse"]["post"]["requestBody"]["content"]["application/json"]
                      ["schema"]["properties"])

    def test_unknown_path(self):
        self.assertEqual(self.service.get("/nothing").json, {"detail": "Not Found"})

    def test_booleans(self):
        for word in ("true", "1", "yes", "on", "TRUE", "Yes", "On"):
            self.assertEqual(self.get("/api/graph/export", exclude_tests=word)["stats"]["filterStats"]["filtered_by_tests"],
                             3, word)
        for word in ("false", "0", "no", "off", "FALSE", "No", "Off"):
            self.assertEqual(self.get("/api/graph/export", exclude_tests=word)["stats"]["filterStats"]["filtered_by_tests"],
                             0, word)

    def test_unknown_parameters_are_passed_over_elsewhere(self):
        self.get("/api/graph/stats", whatever="1")
        self.get("/api/graph/seams", whatever="1")

    def test_dual_stack(self):
        for host in ("127.0.0.1", "::1"):
            self.assertEqual(self.service.ask("GET", "/health", host=host).status, 200, host)

    def test_execution_time(self):
        for target in ("/api/graph/stats", "/api/graph/seams", "/api/graph/export", "/api/graph/categories/hubs",
                       "/api/graph/entry-points", "/api/graph/query/callers?symbol=load",
                       "/api/graph/call-chain/" + MAIN, "/api/graph/relationships"):
            self.assertIsInstance(self.get(target)["execution_time_ms"], float, target)

    def test_absolute_form(self):
        self.assertIn(b"200 OK", self.service.raw(
            b"GET http://any.where/health HTTP/1.1\r\nHost: any.where\r\nConnection: close\r\n\r\n"))

    # ---- 0. CORS, without a list

    def test_cors_any_origin_never_with_credentials(self):
        reply = self.service.get("/health", headers={"Origin": "http://evil.example", "Cookie": "a=b"})
        self.assertEqual(reply.headers["Access-Control-Allow-Origin"], "*")
        self.assertIsNone(reply.headers["Access-Control-Allow-Credentials"])
        self.assertIsNone(self.service.get("/health").headers["Access-Control-Allow-Origin"])
        refused = self.service.get("/api/graph/nodes/none", headers={"Origin": "http://a.example"})
        self.assertEqual((refused.status, refused.headers["Access-Control-Allow-Origin"]), (404, "*"))

    def test_preflight(self):
        reply = self.service.ask("OPTIONS", "/api/graph/traverse", headers={
            "Origin": "http://a.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, x-other"})
        self.assertEqual((reply.status, reply.body), (200, b"OK"))
        self.assertEqual(reply.headers["Access-Control-Allow-Methods"], "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
        self.assertEqual(reply.headers["Access-Control-Max-Age"], "600")
        self.assertEqual(reply.headers["Access-Control-Allow-Headers"], "content-type, x-other")
        self.assertIsNone(reply.headers["Access-Control-Allow-Credentials"])


class Switches(unittest.TestCase):
    def test_publishing_is_off(self):
        with Service() as s:
            self.assertEqual(s.post("/api/graph/events", {"event_type": "x"}).status, 403)

    def test_routes_can_be_switched_off(self):
        with Service("--no-debug", "--no-admin") as s:
            for method, path in (("GET", "/api/graph/debug/analysis"), ("GET", "/api/graph/debug/files"),
                                 ("POST", "/api/graph/admin/reanalyze"), ("GET", "/api/graph/admin/jobs/1")):
                self.assertEqual(s.ask(method, path).status, 404, path)

    def test_admin_token(self):
        with Service("--admin-token", "sesame", "--allow-publish") as s:
            guarded = (("POST", "/api/graph/admin/reanalyze", None, 200), ("GET", "/api/graph/debug/files", None, 200),
                       ("POST", "/api/graph/events", {"event_type": "x"}, 202))
            for method, path, body, good in guarded:
                for headers in ({}, {"Authorization": "Bearer sesam"}, {"Authorization": "Bearer sesamee"},
                                {"Authorization": "Basic sesame"}, {"X-Admin-Token": "SESAME"}, {"X-Admin-Token": ""}):
                    reply = s.ask(method, path, body, headers)
                    self.assertEqual((reply.status, reply.headers["WWW-Authenticate"]), (401, "Bearer"), headers)
                for headers in ({"Authorization": "Bearer sesame"}, {"Authorization": "bearer sesame"},
                                {"X-Admin-Token": "sesame"}):
                    self.assertEqual(s.ask(method, path, body, headers).status, good, (path, headers))
            self.assertEqual(s.get("/api/graph/stats").status, 200)

    def test_cors_list(self):
        for flags, env in ((("--cors-origins", "http://a.example, http://b.example"), {}),
                           ((), {"CORS_ORIGINS": "http://a.example,http://b.example"})):
            with Service(*flags, env=env) as s:
                listed = s.get("/health", headers={"Origin": "http://b.example"}).headers
                self.assertEqual(listed["Access-Control-Allow-Origin"], "http://b.example")
                self.assertEqual(listed["Access-Control-Allow-Credentials"], "true")
                self.assertIn("Origin", listed.get_all("Vary"))
                other = s.get("/health", headers={"Origin": "http://c.example"}).headers
                self.assertIsNone(other["Access-Control-Allow-Origin"])
                self.assertIsNone(other["Access-Control-Allow-Credentials"])
                ask = {"Access-Control-Request-Method": "GET"}
                self.assertEqual(s.ask("OPTIONS", "/health", headers={"Origin": "http://a.example", **ask}).status, 200)
                self.assertEqual(s.ask("OPTIONS", "/health", headers={"Origin": "http://c.example", **ask}).status, 400)


if __name__ == "__main__":
    unittest.main()
