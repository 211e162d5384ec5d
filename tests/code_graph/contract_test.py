"""The HTTP contract of code-graph-http, row by row, against the real program on a small project."""
import gzip
import json
import threading
import unittest
from urllib.parse import quote

from service import Service

MAIN = "function:app/main.py:main:20"
LOAD = "function:app/main.py:load:14"
HELPER = "function:app/util.py:helper:5"
TANGLED = "function:app/util.py:tangled:14"
GET_ITEM = "function:app/main.py:get_item:10"
LOAD_ITEM = "function:web/client.ts:loadItem:3"
N1 = {"id", "name", "type", "language", "file_path", "start_line", "end_line", "complexity", "metadata"}
N2 = {"id", "name", "type", "language", "complexity", "file", "line", "metadata"}
N3 = {"id", "name", "node_type", "language", "complexity", "location", "metadata", "type", "file", "line"}
N4 = {"id", "name", "type", "language", "file_path", "line", "complexity"}
E1 = {"id", "source_id", "target_id", "type", "is_seam", "metadata"}
E2 = {"source", "target", "type", "isSeam"}
E3 = {"id", "source", "target", "type"}

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


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service("--allow-publish")

    @classmethod
    def tearDownClass(cls):
        cls.service.__exit__()

    def good(self, reply, status=200):
        self.assertEqual(reply.status, status, reply)
        return reply.json

    def get(self, target, **query):
        return self.good(self.service.get(target, **query))

    def post(self, target, body=None):
        return self.good(self.service.post(target, body))

    def search(self, **query):
        return self.get("/api/graph/nodes/search", **query)

    # ---- 0. conventions

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

    # ---- 1. data model

    def test_ids_are_relative_and_lines_count_from_1(self):
        found = self.search(name="first_line")["results"][0]
        self.assertEqual((found["id"], found["start_line"], found["end_line"]),
                         ("function:first.py:first_line:1", 1, 2))

    def test_methods_are_functions(self):
        save = self.get("/api/graph/nodes/function:app/models.py:save:15")
        self.assertEqual((save["type"], save["metadata"]["kind"]), ("function", "method"))
        self.assertEqual(save["metadata"]["parent"], "class:app/models.py:Item:12")
        self.assertEqual(save["metadata"]["key"], "function:app/models.py:Item.save")

    def test_complexity_is_of_the_syntax(self):
        self.assertEqual(self.get("/api/graph/nodes/" + TANGLED)["complexity"], 9)
        self.assertEqual(self.get("/api/graph/nodes/function:app/util.py:inner:29")["complexity"], 2)

    def test_docstring_and_line_count(self):
        self.assertEqual({k: self.get("/api/graph/nodes/" + HELPER)["metadata"][k] for k in ("docstring", "line_count")},
                         {"docstring": "Helps.", "line_count": 3})

    def test_files_left_out(self):
        for name in ("hidden", "hidden_too", "dropped"):
            self.assertEqual(self.search(name=name)["total_count"], 0, name)
        self.assertEqual(self.search(name="kept", type="function")["total_count"], 1)

    # ---- 2. health, root

    def test_health(self):
        self.assertEqual(self.get("/health"), {"status": "healthy", "redis_enabled": False, "redis_ok": False})
        self.assertEqual(self.get("/ready")["status"], "ready")

    def test_root(self):
        root = self.get("/")
        self.assertEqual((root["name"], root["version"]), ("Code Graph API", "1.0.0"))
        self.assertEqual(root["endpoints"]["health"], "/health")

    def test_metrics(self):
        self.get("/api/graph/stats")
        reply = self.service.get("/metrics")
        self.assertTrue(reply.headers["Content-Type"].startswith("text/plain"))
        lines = dict(line.rsplit(" ", 1) for line in reply.body.decode().splitlines() if not line.startswith("#"))
        self.assertEqual(int(lines["code_graph_nodes"]), self.get("/api/graph/stats")["total_nodes"])
        self.assertGreaterEqual(
            int(lines['code_graph_http_requests_total{method="GET",route="/api/graph/stats",status="2xx"}']), 1)

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

    # ---- 3. stats

    def test_stats(self):
        stats = self.get("/api/graph/stats")
        for key in ("total_nodes", "total_relationships", "node_types", "relationship_types", "languages",
                    "seam_count", "complexity_distribution", "execution_time_ms", "top_functions"):
            self.assertIn(key, stats)
        self.assertEqual(sum(stats["node_types"].values()), stats["total_nodes"])
        self.assertEqual(sum(stats["relationship_types"].values()), stats["total_relationships"])
        self.assertEqual(sum(stats["languages"].values()), stats["total_nodes"])
        self.assertEqual(sum(stats["complexity_distribution"].values()), stats["node_types"]["function"])
        self.assertEqual(set(stats["complexity_distribution"]), {"simple", "moderate", "complex", "very_complex"})
        top = stats["top_functions"]
        self.assertEqual(len(top), 10)
        self.assertEqual(top, sorted(top, key=lambda f: (-f["complexity"], f["id"])))
        self.assertEqual(top[0], {"id": TANGLED, "name": "tangled", "complexity": 9, "language": "Python"})

    def test_etag(self):
        for path in ("/api/graph/stats", "/api/graph/export", "/api/graph/nodes/search?q=load"):
            reply = self.service.get(path)
            tag = reply.headers["ETag"]
            same = self.service.get(path, headers={"If-None-Match": f'"other", {tag}'})
            self.assertEqual((same.status, same.body, same.headers["ETag"]), (304, b"", tag))
            self.assertEqual(self.service.get(path, headers={"If-None-Match": '"other"'}).status, 200)

    def test_gzip(self):
        for path in ("/api/graph/stats", "/api/graph/export"):
            plain = self.service.get(path)
            self.assertIsNone(plain.headers["Content-Encoding"])
            packed = self.service.get(path, headers={"Accept-Encoding": "deflate, gzip;q=0.5"})
            self.assertEqual(packed.headers["Content-Encoding"], "gzip")
            self.assertIn("Accept-Encoding", packed.headers.get_all("Vary"))
            drop = lambda text: {k: v for k, v in json.loads(text).items() if k != "execution_time_ms"}
            self.assertEqual(drop(gzip.decompress(packed.body)), drop(plain.body))
            self.assertLess(len(packed.body), len(plain.body))
            refused = self.service.get(path, headers={"Accept-Encoding": "gzip;q=0, *"})
            self.assertIsNone(refused.headers["Content-Encoding"])

    # ---- 4. nodes

    def test_search_is_reachable(self):
        found = self.search(name="helper")
        self.assertEqual(set(found["results"][0]), N1)
        self.assertEqual(found["query"], "name=helper,language=None,type=None")
        self.assertEqual((found["total_count"], found["filters"]), (1, {}))

    def test_search_aliases(self):
        wanted = [n["id"] for n in self.search(name="save")["results"]]
        self.assertEqual(len(wanted), 2)
        for alias in ("q", "query"):
            self.assertEqual([n["id"] for n in self.search(**{alias: "save"})["results"]], wanted)
        self.assertEqual([n["id"] for n in self.search(q="save", name="save")["results"]], wanted)
        self.assertEqual(self.search(type="class")["results"], self.search(node_type="class")["results"])

    def test_search_counts_all(self):
        page = self.search(name="zebra", limit=7)
        self.assertEqual((len(page["results"]), page["total_count"], page["returned"], page["truncated"]),
                         (7, 120, 7, True))
        rest = self.search(name="zebra", limit=500, offset=7)
        self.assertEqual((rest["returned"], rest["truncated"]), (113, False))
        self.assertFalse({n["id"] for n in page["results"]} & {n["id"] for n in rest["results"]})

    def test_search_order(self):
        self.assertEqual([n["name"] for n in self.search(name="load")["results"]], ["load", "loadItem"])
        self.assertEqual(self.search(name="HELPER")["results"][0]["id"], HELPER)

    def test_search_language_in_any_case(self):
        self.assertEqual({n["language"] for n in self.search(language="typescript")["results"]}, {"TypeScript"})

    def test_search_with_limit_alone(self):
        everything = self.search(limit=100)
        self.assertEqual((everything["returned"], everything["total_count"]),
                         (100, self.get("/api/graph/stats")["total_nodes"]))
        self.assertEqual(self.search(name="", limit=5)["total_count"], everything["total_count"])

    def test_node_ids_with_slashes(self):
        for target in (MAIN, quote(MAIN, safe=""), quote(MAIN)):
            node = self.get("/api/graph/nodes/" + target)
            self.assertEqual((node["id"], set(node) - {"execution_time_ms"}), (MAIN, N1))

    # ---- 5. traversal

    def test_traverse(self):
        reply = self.post("/api/graph/traverse", {"start_node": MAIN, "max_depth": 1})
        ids = [n["id"] for n in reply["nodes"]]
        self.assertEqual(set(ids), {MAIN, LOAD, TANGLED})
        self.assertEqual((reply["query_type"], reply["start_node_id"], reply["max_depth"]), ("bfs", MAIN, 1))
        self.assertEqual(reply["depths"], {MAIN: 0, LOAD: 1, TANGLED: 1})
        self.assertEqual(reply["stats"]["nodes_traversed"], 3)
        self.assertEqual(set(reply["nodes"][0]), N1)
        self.assertEqual({(e["source_id"], e["target_id"], e["type"]) for e in reply["edges"]},
                         {(MAIN, LOAD, "calls"), (MAIN, TANGLED, "calls")})
        self.assertEqual(set(reply["edges"][0]), E1)

    def test_traverse_depth_is_hops_and_depth_is_an_alias(self):
        deep = self.post("/api/graph/traverse", {"start_node": MAIN, "depth": 3})
        self.assertEqual(deep["max_depth"], 3)
        self.assertGreater(len(deep["nodes"]), 5)
        self.assertEqual(max(deep["depths"].values()), 3)
        bfs = [deep["depths"][n["id"]] for n in deep["nodes"]]
        self.assertEqual(bfs, sorted(bfs))

    def test_traverse_is_cut_by_nodes(self):
        cut = self.post("/api/graph/traverse", {"start_node": "file:zoo/many.py", "max_nodes": 10})
        self.assertEqual((len(cut["nodes"]), cut["stats"]["truncated"]), (10, True))
        whole = self.post("/api/graph/traverse", {"start_node": "file:zoo/many.py"})
        self.assertEqual((len(whole["nodes"]), whole["stats"]["truncated"]), (121, False))

    def test_traverse_kinds(self):
        dfs = self.post("/api/graph/traverse", {"start_node": MAIN, "query_type": "dfs"})
        self.assertEqual(dfs["nodes"][0]["id"], MAIN)
        bfs = self.post("/api/graph/traverse", {"start_node": MAIN})
        self.assertEqual({n["id"] for n in dfs["nodes"]}, {n["id"] for n in bfs["nodes"]})
        calls = self.post("/api/graph/traverse", {"start_node": "file:app/main.py", "query_type": "call_chain"})
        self.assertEqual({e["type"] for e in calls["edges"]}, {"calls"})

    def test_traverse_seams(self):
        for include, met in ((True, True), (False, False)):
            reply = self.post("/api/graph/traverse", {"start_node": LOAD_ITEM, "include_seams": include})
            self.assertEqual(GET_ITEM in reply["depths"], met)

    def test_traverse_edge_types_and_direction(self):
        reply = self.post("/api/graph/traverse", {"start_node": HELPER, "direction": "in", "edge_types": ["calls"],
                                                  "max_depth": 1})
        self.assertIn(LOAD, reply["depths"])
        self.assertEqual({e["type"] for e in reply["edges"]}, {"calls"})

    def test_call_chain(self):
        for target in (MAIN, quote(MAIN, safe="")):
            chain = self.get("/api/graph/call-chain/" + target)
            self.assertEqual(chain["chain"][0]["id"], MAIN)
            self.assertEqual(chain["total_hops"], len(chain["edges"]))
            self.assertEqual(len(chain["chain"]), len(chain["edges"]) + 1)
            self.assertEqual({e["type"] for e in chain["edges"]}, {"calls"})
            self.assertTrue(all(n["start_line"] for n in chain["chain"]))
        path = self.get("/api/graph/call-chain/" + MAIN + "?target=" + quote(HELPER))
        self.assertEqual([n["id"] for n in path["chain"]], [MAIN, LOAD, HELPER])

    def test_call_chain_over_a_seam(self):
        chain = self.get("/api/graph/call-chain/" + LOAD_ITEM)
        self.assertEqual((chain["has_seams"], chain["seam_count"]), (True, 1))
        self.assertIn(HELPER, [n["id"] for n in chain["chain"]])
        without = self.get("/api/graph/call-chain/" + LOAD_ITEM, follow_seams="false")
        self.assertEqual((without["has_seams"], without["seam_count"]), (False, 0))

    def test_subgraph_by_query_and_by_body(self):
        by_query = self.post("/api/graph/subgraph?" + f"node_id={quote(LOAD)}&depth=1&limit=50")
        by_body = self.post("/api/graph/subgraph", {"node_id": LOAD, "depth": 1, "limit": 50})
        for reply in (by_query, by_body):
            reply.pop("execution_time_ms")
        self.assertEqual(by_query, by_body)
        self.assertEqual(set(by_query["nodes"][0]), N4)
        self.assertEqual(set(by_query["relationships"][0]), E3)
        ids = {n["id"] for n in by_query["nodes"]}
        self.assertTrue({MAIN, LOAD, HELPER, GET_ITEM} <= ids)
        self.assertTrue(all(r["source"] in ids and r["target"] in ids for r in by_query["relationships"]))
        self.assertEqual(len({r["id"] for r in by_query["relationships"]}), len(by_query["relationships"]))

    def test_subgraph_is_cut(self):
        cut = self.post("/api/graph/subgraph", {"node_id": "file:zoo/many.py", "limit": 10})
        self.assertEqual((len(cut["nodes"]), cut["truncated"]), (10, True))

    def test_relationships(self):
        reply = self.get("/api/graph/relationships", type="calls", limit=2000)
        self.assertEqual(reply["total_count"], self.get("/api/graph/stats")["relationship_types"]["calls"])
        self.assertEqual(set(reply["results"][0]), E1 | {"source_name", "target_name"})
        self.assertIn(("load", "helper"), [(e["source_name"], e["target_name"]) for e in reply["results"]])
        page = self.get("/api/graph/relationships", type="calls", limit=2, offset=1)
        self.assertEqual(page["results"], reply["results"][1:3])

    def test_seams(self):
        reply = self.get("/api/graph/seams")
        self.assertEqual(reply["total_count"], 1)
        seam = reply["seams"][0]
        self.assertEqual((seam["source_id"], seam["source_language"], seam["target_id"], seam["target_language"]),
                         (LOAD_ITEM, "TypeScript", GET_ITEM, "Python"))
        self.assertEqual(seam["confidence"], seam["metadata"]["confidence"])
        self.assertEqual(seam["metadata"]["mechanism"], "http")
        self.assertEqual(self.get("/api/graph/stats")["seam_count"], 1)

    # ---- 6. symbols

    def test_callers(self):
        reply = self.get("/api/graph/query/callers", symbol="load")
        self.assertEqual((reply["total_callers"], reply["limit"], reply["offset"]), (2, 50, 0))
        self.assertEqual([(c["caller"], c["call_line"], c["node_id"], c["target_function"]) for c in reply["callers"]],
                         [("get_item", 11, GET_ITEM, "load"), ("main", 21, MAIN, "load")])
        self.assertEqual(self.get("/api/graph/query/callers", symbol="loa")["total_callers"], 0)
        self.assertGreater(self.get("/api/graph/query/callers", symbol="loa", match="prefix")["total_callers"], 0)

    def test_callers_by_id_qualified_and_transitive(self):
        self.assertEqual(self.get("/api/graph/query/callers", node_id=LOAD)["total_callers"], 2)
        self.assertEqual(self.get("/api/graph/query/callers", symbol="Item.save")["total_callers"], 1)
        near = self.get("/api/graph/query/callers", symbol="helper")["total_callers"]
        self.assertGreater(self.get("/api/graph/query/callers", symbol="helper", depth=3)["total_callers"], near)

    def test_callees(self):
        reply = self.get("/api/graph/query/callees", symbol="main")
        self.assertEqual({(c["callee"], c["call_line"]) for c in reply["callees"]}, {("load", 21), ("tangled", 22), ("main", 26)})
        self.assertEqual(reply["total_callees"], 3)

    def test_references(self):
        reply = self.get("/api/graph/query/references", symbol="helper")
        self.assertEqual({r["context"] for r in reply["references"]}, {"imports", "calls"})
        places = [(r["file"], r["line"]) for r in reply["references"]]
        self.assertEqual(places, sorted(set(places)))
        self.assertEqual(reply["total_references"], len(places))

    # ---- 7. categories

    def test_categories(self):
        for category in ("entry_points", "hubs", "leaves"):
            reply = self.get("/api/graph/categories/" + category, limit=20)
            self.assertEqual(set(reply), {"category", "total", "offset", "limit", "nodes", "execution_time_ms"})
            self.assertEqual((reply["category"], reply["limit"], reply["offset"]), (category, 20, 0))
            self.assertGreater(reply["total"], 0)
            for node in reply["nodes"]:
                self.assertEqual(set(node), N3)
                self.assertIn(node["node_type"], ("function", "class", "module"))
                self.assertEqual(node["location"]["start_line"], node["line"])
                degrees = node["metadata"]
                if category == "entry_points":
                    self.assertTrue(degrees["in_degree"] == 0 and degrees["out_degree"] >= 1)
                if category == "leaves":
                    self.assertTrue(degrees["out_degree"] == 0 and degrees["in_degree"] >= 1)
        helper = [n for n in self.get("/api/graph/categories/leaves")["nodes"] if n["id"] == HELPER][0]
        self.assertEqual((helper["location"]["end_line"], helper["type"], helper["file"]), (7, "function", "app/util.py"))

    def test_hubs_order(self):
        nodes = self.get("/api/graph/categories/hubs")["nodes"]
        degree = lambda n: n["metadata"]["in_degree"] + n["metadata"]["out_degree"]
        self.assertEqual(nodes, sorted(nodes, key=lambda n: (-degree(n), n["id"])))
        self.assertGreater(self.get("/api/graph/categories/hubs", edge_types="calls")["total"], 0)

    # ---- 8. entry points

    def test_entry_points(self):
        reply = self.get("/api/graph/entry-points")
        entries = reply["entry_points"]
        self.assertEqual((reply["total_count"], reply["filtered_count"], reply["min_confidence"]),
                         (len(entries), len(entries), 0.5))
        self.assertEqual(len({e["id"] for e in entries}), len(entries))
        self.assertEqual([e["confidence_score"] for e in entries],
                         sorted((e["confidence_score"] for e in entries), reverse=True))
        main = entries[0]
        self.assertEqual((main["id"], main["language"], main["line_number"], main["pattern_matched"], main["type"]),
                         (MAIN, "python", 20, "main_function", "entry_point"))
        self.assertAlmostEqual(main["confidence_score"], 3.99)
        self.assertIn(GET_ITEM, [e["id"] for e in entries])
        self.assertEqual(self.get("/api/graph/entry-points", min_confidence=3.9)["total_count"], 1)
        one = self.get("/api/graph/entry-points", limit=1)
        self.assertEqual((one["total_count"], one["filtered_count"]), (1, len(entries)))

    # ---- 10. export

    def test_export(self):
        reply = self.get("/api/graph/export")
        self.assertEqual(set(reply["nodes"][0]), N2)
        self.assertEqual(set(reply["links"][0]), E2)
        ids = {n["id"] for n in reply["nodes"]}
        self.assertTrue(all(e["source"] in ids and e["target"] in ids for e in reply["links"]))
        stats = reply["stats"]
        self.assertEqual((stats["totalNodes"], stats["totalLinks"]), (len(reply["nodes"]), len(reply["links"])))
        self.assertEqual(set(stats["filterStats"]),
                         {"total_processed", "filtered_by_language", "filtered_by_type", "filtered_by_tests",
                          "filtered_by_stdlib", "filtered_by_visibility"})
        self.assertIn("file:latest_news.py", ids)  # not a test, whatever its letters
        self.assertNotIn("file:tests/test_app.py", ids)
        helper = [n for n in reply["nodes"] if n["id"] == HELPER][0]
        self.assertEqual(helper["metadata"], {"docstring": "Helps.", "line_count": 3, "end_line": 7})

    def test_export_filters(self):
        self.assertNotIn("metadata", self.get("/api/graph/export", include_metadata="false")["nodes"][0])
        ts = self.get("/api/graph/export", language="TypeScript")
        self.assertEqual({n["language"] for n in ts["nodes"]}, {"TypeScript"})
        self.assertEqual({n["type"] for n in self.get("/api/graph/export", node_type="class")["nodes"]}, {"class"})
        names = {n["name"] for n in self.get("/api/graph/export", include_private="no", include_dunder="no")["nodes"]}
        self.assertFalse({"_private", "__repr__"} & names)
        self.assertTrue({"_private", "__repr__"} <= {n["name"] for n in self.get("/api/graph/export")["nodes"]})

    def test_export_limit_comes_after_the_filters(self):
        cut = self.get("/api/graph/export", limit=2, language="TypeScript")
        self.assertEqual((len(cut["nodes"]), cut["truncated"]), (2, True))
        self.assertEqual({n["language"] for n in cut["nodes"]}, {"TypeScript"})

    # ---- 11. debug, admin

    def test_debug(self):
        analysis = self.get("/api/graph/debug/analysis")
        self.assertEqual((analysis["status"], analysis["is_analyzed"]), ("initialized", True))
        self.assertEqual(analysis["graph_nodes"], self.get("/api/graph/stats")["total_nodes"])
        self.assertEqual(analysis["node_types_sample"]["module"], len(analysis["first_10_files"]) + 1)
        files = self.get("/api/graph/debug/files", limit=2)
        self.assertEqual((files["showing"], len(files["files"]), files["total_processed_files"]),
                         (2, 2, analysis["processed_files_count"]))
        self.assertEqual(sum(files["files"][1]["node_types"].values()), files["files"][1]["node_count"])

    def test_reanalyze(self):
        reply = self.post("/api/graph/admin/reanalyze?force=true")
        stats = self.get("/api/graph/stats")
        self.assertEqual((reply["status"], reply["total_nodes"], reply["total_relationships"]),
                         ("success", stats["total_nodes"], stats["total_relationships"]))
        self.assertGreater(reply["elapsed_seconds"], 0)

    def test_reanalyze_without_waiting(self):
        reply = self.good(self.service.post("/api/graph/admin/reanalyze?wait=false"), 202)
        job = "/api/graph/admin/jobs/" + reply["job_id"]
        Service.wait(lambda: self.get(job)["status"] == "success", "the job ends")

    def test_reanalyze_together(self):
        ids = []
        threads = [threading.Thread(target=lambda: ids.append(self.post("/api/graph/admin/reanalyze")["job_id"]))
                   for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(len(ids), 8)
        self.assertLess(len(set(ids)), 8)  # some joined a job that another had started

    # ---- 13. publishing

    def test_publish(self):
        reply = self.good(self.service.post("/api/graph/events", {"event_type": "load_test", "data": {"a": 1}}), 202)
        self.assertEqual((set(reply), reply["subscribers"]), ({"event_id", "subscribers"}, 0))

    def test_publish_too_much(self):
        body = json.dumps({"event_type": "x", "data": "y" * (64 * 1024)})
        self.assertEqual(self.service.post("/api/graph/events", body).status, 413)


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
