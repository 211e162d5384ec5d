"""The graph that follows a tree must be the graph of that tree: after a branch switch, moved folders, lost events and
writes while it is being read, it is compared, node by node and edge by edge, with what a fresh service makes of the tree."""
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from service import Service

MODULES = 1400
FOLDERS = 40
SENTINEL = "sentinel.py"


def write(root, path, text):
    whole = os.path.join(root, path)
    os.makedirs(os.path.dirname(whole), exist_ok=True)
    with open(whole, "w", encoding="utf-8") as f:
        f.write(text)


def name_of(i):
    return f"m{i}"


def path_of(i, moved=False):
    kind = ("py", "py", "ts", "java")[i % 4]
    return f"{'moved' if moved else 'pkg'}{i % FOLDERS}/{name_of(i)}.{kind}"


def text_of(i, version):
    """A module that calls two others. Versions have the same length, and other names in every second one."""
    a, b = (i * 7 + version * 4 + 4) % MODULES, (i + version * 8 + 4) % MODULES
    a, b = a - a % 4 + i % 4, b - b % 4 + i % 4  # of the same language, below MODULES
    own = f"work_{chr(97 + version)}"
    if i % 4 < 2:
        return (f"from pkg{a % FOLDERS}.{name_of(a)} import work_{chr(97 + version)} as first\n"
                f"import pkg{b % FOLDERS}.{name_of(b)}\n\n\nclass C{i:04}:\n    def go(self):\n        self.stop()\n"
                f"        first()\n\n    def stop(self):\n        {own}()\n\n\ndef {own}():\n"
                f"    pkg{b % FOLDERS}.{name_of(b)}.{own}()\n    return {version}\n")
    if i % 4 == 2:
        return (f'import {{ {own} as first }} from "../pkg{a % FOLDERS}/{name_of(a)}";\n\n'
                f"export function {own}(n: number) {{\n  return n > {version} ? first(n) : {i};\n}}\n")
    return (f"package pkg{i % FOLDERS};\n\nimport pkg{a % FOLDERS}.M{a};\n\npublic class M{i} {{\n"
            f"  int {own}() {{ return new M{a}().{own}(); }}\n}}\n")


def write_branch_a(root):
    for i in range(MODULES):
        write(root, path_of(i), text_of(i, 0))
    for k in range(FOLDERS):
        write(root, f"pkg{k}/__init__.py", "")
    write(root, "package.json", '{"name": "first"}\n')
    write(root, "go.mod", "module example.org/first\n")
    write(root, "cmd/main.go", 'package main\n\nimport "example.org/first/lib"\n\nfunc main() { lib.Go() }\n')
    write(root, "lib/lib.go", "package lib\n\nfunc Go() {}\n")
    write(root, "turns/folder.py/inside.py", "def inside():\n    pass\n")
    write(root, "turns/file.py", "def file():\n    pass\n")
    write(root, "seen/hidden.py", "def hidden():\n    pass\n")


def turn_into_branch_b(root):
    """Exactly a thousand modules change: 400 other texts, 200 renamed, 250 added, 150 removed; and some odd things."""
    at = list(range(MODULES))
    random.Random(5).shuffle(at)
    for i in at[:400]:
        write(root, path_of(i), text_of(i, 1))
    for i in at[400:600]:
        new = os.path.join(root, path_of(i, moved=True))
        os.makedirs(os.path.dirname(new), exist_ok=True)
        os.rename(os.path.join(root, path_of(i)), new)
    for i in at[600:750]:
        os.unlink(os.path.join(root, path_of(i)))
    for i in range(MODULES, MODULES + 250):
        write(root, f"added/deep{i % 9}/er{i % 5}/{name_of(i)}.py", text_of(i - i % 4, 0))
    write(root, "package.json", '{"name": "other"}\n')
    write(root, "go.mod", "module example.org/other\n")
    write(root, "seen/.gitignore", "hidden.py\n")
    shutil.rmtree(os.path.join(root, "turns/folder.py"))
    write(root, "turns/folder.py", "def was_folder():\n    pass\n")
    os.unlink(os.path.join(root, "turns/file.py"))
    write(root, "turns/file.py/inside.py", "def was_file():\n    pass\n")


def git(root, *words):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", root, *words], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def everything(service):
    """All that the API tells of the graph, as sorted lines of text."""
    lines = []

    def add(kind, item):
        lines.append(f"{kind} {sorted(item.items())}")

    export = service.get("/api/graph/export", limit=50000, exclude_stdlib=0, exclude_tests=0).json
    assert not export["truncated"]
    for node in export["nodes"]:
        add("node", node)
    for offset in range(0, 10**6, 500):
        page = service.get("/api/graph/nodes/search", limit=500, offset=offset).json["results"]
        for node in page:
            add("whole node", node)
        if not page:
            break
    for offset in range(0, 10**6, 5000):
        page = service.get("/api/graph/relationships", limit=5000, offset=offset).json["results"]
        for edge in page:
            add("edge", edge)
        if not page:
            break
    for item in service.get("/api/graph/entry-points", limit=500).json["entry_points"]:
        add("entry point", item)
    for item in service.get("/api/graph/seams", limit=1000).json["seams"]:
        add("seam", item)
    stats = service.get("/api/graph/stats").json
    for key in ("execution_time_ms", "generation", "indexed_at"):
        stats.pop(key)
    add("stats", stats)
    state = service.get("/api/graph/debug/analysis").json
    add("files", {k: state[k] for k in ("processed_files_count", "skipped_files_count", "broken_files_count")})
    assert len(export["nodes"]) == stats["total_nodes"]
    assert sum(1 for line in lines if line.startswith("edge ")) == stats["total_relationships"]
    return sorted(lines)


class Follows(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="code-graph-changes-")
        self.addCleanup(shutil.rmtree, self.root, True)
        self.written = 0

    def start(self, **more):
        write(self.root, SENTINEL, "")  # a file that is new would make the service look at the whole tree
        service = Service(root=self.root, **more)
        self.addCleanup(service.__exit__)
        if not more:
            Service.wait(lambda: not service.get("/api/graph/debug/analysis").json["changes_pending"], "first settled")
        return service

    def settle(self, service):
        """Until all that was written before this call is in the graph. The service says so itself: it has seen a file
        that is younger than all that, and since then nothing is pending."""
        self.written += 1
        write(self.root, SENTINEL, f"def seen_{self.written}():\n    pass\n")
        node = f"/api/graph/nodes/function:{SENTINEL}:seen_{self.written}:1"
        Service.wait(lambda: service.get(node).status == 200, "the last file written is in the graph")
        Service.wait(lambda: not service.get("/api/graph/debug/analysis").json["changes_pending"], "nothing is pending")

    def assert_same_as_fresh(self, service):
        self.settle(service)
        with Service("--no-watch", root=self.root) as fresh:
            wanted = everything(fresh)
        got = everything(service)
        if got != wanted:
            extra, missing = set(got) - set(wanted), set(wanted) - set(got)
            self.fail(f"{len(extra)} only in the graph that followed: {sorted(extra)[:5]}\n"
                      f"{len(missing)} only in the fresh one: {sorted(missing)[:5]}")
        return got

    def test_a_branch_switch(self):
        git(self.root, "init", "-q", "-b", "a")
        write_branch_a(self.root)
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "a")
        git(self.root, "checkout", "-q", "-b", "b")
        turn_into_branch_b(self.root)
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "b")
        git(self.root, "checkout", "-q", "a")
        service = self.start()
        graphs = []
        for branch in ("b", "a"):
            git(self.root, "checkout", "-q", branch)
            graphs.append(self.assert_same_as_fresh(service))
        self.assertGreater(len(set(graphs[0]) ^ set(graphs[1])), 5000)
        self.assertGreater(len(graphs[0]), 15000)
        for branch in ("b", "a", "b", "a", "b"):  # not waiting in between
            git(self.root, "checkout", "-q", branch)
        self.assert_same_as_fresh(service)

    def test_a_thousand_files_written_renamed_and_removed_at_once(self):
        write_branch_a(self.root)
        service = self.start()
        turn_into_branch_b(self.root)
        self.assert_same_as_fresh(service)

    def test_writes_before_folders_are_watched(self):
        write_branch_a(self.root)
        service = self.start(wait_ready=False)
        for turn in range(10**6):  # every file, over and over, until the first graph is there
            i = turn % MODULES
            write(self.root, path_of(i), text_of(i, (turn // MODULES + 1) % 2))
            if turn % 100 == 0 and service.get("/ready").status == 200:
                break
        self.assert_same_as_fresh(service)

    def test_writes_while_the_tree_is_being_read(self):
        write_branch_a(self.root)
        stop = threading.Event()

        def disturb():
            chosen = random.Random(9)
            for turn in range(10**6):
                i = chosen.randrange(MODULES)
                write(self.root, path_of(i), text_of(i, turn % 2))
                if turn % 20 == 0:
                    write(self.root, f"new{turn}/a/b/{name_of(i)}.py", text_of(i - i % 4, 0))
                if turn % 100 == 0 and turn > 0:
                    os.rename(os.path.join(self.root, f"new{turn}"), os.path.join(self.root, f"kept{turn}"))
                time.sleep(0.0005)
                if stop.is_set():
                    return

        writer = threading.Thread(target=disturb)
        writer.start()
        try:
            service = self.start(wait_ready=False)
            Service.wait(lambda: service.get("/ready").status == 200, "ready")
            for _ in range(5):
                self.assertEqual(service.post("/api/graph/admin/reanalyze").status, 200)
        finally:
            stop.set()
            writer.join()
        self.assert_same_as_fresh(service)

    def test_folders_moved_in_out_and_about(self):
        write_branch_a(self.root)
        outside = tempfile.mkdtemp(prefix="code-graph-outside-")
        self.addCleanup(shutil.rmtree, outside, True)
        write(outside, "guest/inner/g.py", "def guest():\n    pass\n")
        service = self.start()

        def move(a, b):
            os.rename(a if a.startswith("/") else os.path.join(self.root, a),
                      b if b.startswith("/") else os.path.join(self.root, b))

        move(outside + "/guest", "guest")
        move("pkg1", outside + "/pkg1")
        move("pkg2", "pkg4/inside")
        self.assert_same_as_fresh(service)
        # Names that go on to stand for other folders: what is written into them later must be seen under its new path.
        move("pkg5", "aside")
        move("pkg6", "pkg5")
        move("aside", "pkg6")
        move("guest", outside + "/guest")
        write(self.root, "guest/inner/g.py", "def host():\n    pass\n")
        move("pkg7", "pkg8/pkg7")
        self.assert_same_as_fresh(service)
        for path in ("pkg5/m6.ts", "pkg6/m5.py", "guest/inner/g.py", "pkg8/pkg7/m7.java", "pkg4/inside/m2.ts"):
            write(self.root, path, "class Later:\n    pass\n" if path.endswith("py") else "class Later {}\n")
        write(outside, "guest/inner/g.py", "def not_of_the_tree():\n    pass\n")
        write(outside, "pkg1/m1.py", "def not_of_the_tree():\n    pass\n")
        got = self.assert_same_as_fresh(service)
        self.assertFalse([line for line in got if "not_of_the_tree" in line])
        self.assertEqual(len([line for line in got if line.startswith("node ") and "'Later'" in line]), 5)

    def test_files_that_come_without_being_written(self):
        write_branch_a(self.root)
        outside = tempfile.mkdtemp(prefix="code-graph-outside-")
        self.addCleanup(shutil.rmtree, outside, True)
        write(outside, "linked.py", "def linked():\n    pass\n")
        write(outside, "moved.py", "def moved():\n    pass\n")
        service = self.start()
        os.link(outside + "/linked.py", self.root + "/lib/linked.py")
        os.rename(outside + "/moved.py", self.root + "/lib/moved.py")
        os.symlink("lib.go", self.root + "/lib/link.go")
        os.unlink(self.root + "/" + path_of(0))
        os.symlink("m40.py", self.root + "/" + path_of(0))
        # Two files of one size and one time change places, beside a new folder that leads to a look at everything.
        same = [self.root + "/" + path_of(i) for i in (4, 44)]
        for letter, path in zip("ab", same):
            with open(path, "w", encoding="utf-8") as f:
                f.write(f"def swapped_{letter}():\n    pass\n")
            os.utime(path, ns=(10**18, 10**18))
        self.settle(service)
        os.makedirs(self.root + "/fresh")
        os.rename(same[0], self.root + "/aside")
        os.rename(same[1], same[0])
        os.rename(self.root + "/aside", same[1])
        got = self.assert_same_as_fresh(service)
        self.assertEqual(len([line for line in got if line.startswith("node ") and "'function:lib/linked" in line]), 1)

    def test_the_project_goes_and_comes_back(self):
        write_branch_a(self.root)
        service = self.start()
        os.rename(self.root, self.root + ".away")
        try:
            Service.wait(lambda: "last_analysis_error" in service.get("/health").json, "it is missed")
            self.assertEqual(service.get("/api/graph/stats").status, 200)  # the last graph is served on
            write(self.root + ".away", "lib/lib.go", "package lib\n\nfunc WentOn() {}\n")
        finally:
            os.rename(self.root + ".away", self.root)
        self.assert_same_as_fresh(service)
        self.assertNotIn("last_analysis_error", service.get("/health").json)

    def test_more_events_than_the_kernel_keeps(self):
        write_branch_a(self.root)
        with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as f:
            most = int(f.read())
        self.assertLess(most, 10**6, "this machine keeps too many events for this test")
        service = self.start()
        service.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, service.process.pid, os.WSTOPPED)  # until then it reads on, and its queue does not fill
        try:
            noise = [os.path.join(self.root, f"noise{k}.txt") for k in range(2)]
            for turn in range(most + 10):  # in turns, for the kernel tells the same thing twice in a row only once
                os.close(os.open(noise[turn % 2], os.O_WRONLY | os.O_CREAT, 0o644))
            turn_into_branch_b(self.root)
        finally:
            service.process.send_signal(signal.SIGCONT)
        self.assert_same_as_fresh(service)
        metrics = service.get("/metrics").body.decode()
        self.assertRegex(metrics, r"\ncode_graph_watch_overflows_total [1-9]")


if __name__ == "__main__":
    unittest.main()
