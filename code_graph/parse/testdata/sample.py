"""What the module is for."""
import os
import os.path as p
from . import sibling
from ..pkg.mod import helper as h, Thing
from other import *

LIMIT = 3
make = h


@app.get("/users/{id}")
def users(id, repo: Thing, *rest):
    """List users."""
    if id and rest or repo:
        for x in rest:
            repo.find(x)
    elif id == 2:
        return [y for y in rest if y]
    return h(id) if id else None


class Base:
    def own(self):
        self.gone()


class Child(Base, Thing, metaclass=Meta):
    """A child."""

    alias = users

    def __init__(self, thing):
        super().__init__()
        self.thing = Thing()
        self.maybe = None

    def run(self, callback):
        def inner():
            return self.own()

        callback()
        self.thing.go()
        local = Thing(1)
        local.stop()
        users(1, 2)
        inner()
        Child.make_one()
        for own in []:
            own()
        return users

    @staticmethod
    def make_one():
        global LIMIT
        LIMIT = 4
        match LIMIT:
            case 1 if True:
                pass
            case _:
                pass
        while True:
            try:
                os.path.join("a")
            except (ValueError, OSError) as e:
                e.own()
            p.exists("run()")  # def fake(): commented()

    @property
    def size(self) -> "Child":
        return (lambda users: users())(1)


def use():
    import json
    Child(1).run(2).stop()
    requests.post("http://localhost/users/5", {})
    subprocess.run(["bash", "tools/job.sh"])
    f = lambda default: default
    sibling.go(x=LIMIT)
    json.dumps({})


if __name__ == "__main__":
    use()
