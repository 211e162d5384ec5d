"""What tests of the service's routes share: one service for all of them, and short ways to ask it."""
import unittest

from service import Service


class Served(unittest.TestCase):
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
