"""The routes of code-graph-http, row by row of the contract, against the real program on a small project."""
import gzip
import json
import threading
import unittest
from urllib.parse import quote

from case import Served
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


class Contract(Served):
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


if __name__ == "__main__":
    unittest.main()
