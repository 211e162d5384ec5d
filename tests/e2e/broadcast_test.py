#!/usr/bin/python3
"""Short forms of row F1: what servers plant into broadcasts is what the ledger says, message by message. The servers are the
simulator and two that are not ours; tests/truth/run.py --only F1 is the full form, with a million deliveries."""

import unittest

from case import main  # first: it says where the others are

import broadcast
from planted import Planted


class Broadcast(Planted):
    servers = staticmethod(broadcast.servers)

    def test_every_planted_fault_is_found_and_none_invented(self):
        self.on_every_server(self.everything_planted_is_found)

    def test_nothing_is_found_where_nothing_was_planted(self):
        self.on_every_server(self.nothing_is_found_where_nothing_was_planted)

    def test_damage_is_found_by_the_header(self):
        found = broadcast.compare(self.tool, broadcast.Simulated(), {"clients": 10, "messages": 300, "every": 5, "corrupt": 50},
                                  match=broadcast.HEADER)
        self.exact(found, 12)

    def test_a_loss_and_a_duplicate_do_not_cancel_out(self):
        found = broadcast.compare(self.tool, broadcast.Simulated(), {"clients": 5, "messages": 100, "drop": 10, "duplicate": 9})
        self.exact(found, 100)
        self.assertEqual(found.run.metrics["broadcast.missing"], 50)
        self.assertEqual(found.run.metrics["broadcast.duplicates"], 50)  # the 90th is dropped

    def test_a_client_that_is_cut_off_loses_what_follows(self):
        self.on_every_server(lambda server: self.exact(broadcast.disconnected(self.tool, server), 2))

    def test_everything_of_a_window_is_lost_and_nothing_else(self):
        def check(server):
            found = broadcast.windows(self.tool, server)
            self.exact(found, 0)
            self.assertEqual(found.run.metrics["recovery.drops"], 30)
            self.assertEqual(found.run.metrics["recovery.recovered"], 30)
            self.assertGreaterEqual(found.run.metrics["recovery.lost"], 3 * 10 * 20)
        self.on_every_server(check)

    def test_the_last_client_hears_no_sooner_than_it_was_told(self):
        run, _ = broadcast.start(self.tool, broadcast.Simulated(), {"delay": 5}, 10, 50, rate=20)
        self.assertGreaterEqual(run.metrics["broadcast.last.min"], 0.045)
        self.assertLess(run.metrics["broadcast.first.p50"], run.metrics["broadcast.last.p50"])


if __name__ == "__main__":
    main()
