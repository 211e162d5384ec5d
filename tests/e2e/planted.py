"""What the tests of planted faults share, whatever carries the messages."""

from case import Case  # first: it says where the others are

import broadcast


class Planted(Case):
    servers = None  # a function: those that every test is run against

    def exact(self, found, planted):
        """Limited or not, the generator has to count right."""
        self.assertIn(found.run.code, (0, 3), found)
        self.assertTrue(found.is_exact(), found)
        self.assertGreaterEqual(found.planted, planted)

    def on_every_server(self, check):
        for server in self.servers():
            with self.subTest(server.name):
                check(server)

    def everything_planted_is_found(self, server):
        found = broadcast.compare(self.tool, server, broadcast.SHORT)
        self.exact(found, 300)
        kinds = {kind for kind, _, _ in found.record.faults}
        self.assertEqual(kinds, {"missing", "duplicate", "reordered", "corrupt"})
        self.assertEqual(found.deliveries, 20_000)
        return found

    def nothing_is_found_where_nothing_was_planted(self, server):
        found = broadcast.compare(self.tool, server, {"clients": 10, "messages": 200})
        self.exact(found, 0)
        self.assertEqual(found.run.scenario["ledger"]["anomalies"], [])
        return found
