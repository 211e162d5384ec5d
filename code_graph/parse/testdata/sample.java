package com.acme.app;

import java.util.List;
import com.acme.lib.*;
import static com.acme.lib.Tool.sharpen;

/** Serves users. */
public class Service extends Base<String> implements Runnable, Closeable {
  private final Repo repo = new Repo();

  public Service(Repo other) { super(other); this.repo.init(); }

  @GetMapping("/users/{id}")
  public User find(String id) {
    // if while for
    if (id == null && repo != null || id.isEmpty()) { return repo.load(id).clean(); }
    for (User u : repo.all()) { u.ping(); }
    try { switch (id) { case "a": run(); break; default: sharpen(); } } catch (Exception e) { e.printStackTrace(); }
    Repo local = Repo.create();
    local.close();
    return id.length() > 1 ? new User(id, 1) : find("x");
  }

  @Override public void run() { helper(1); helper(1, 2); Runnable r = () -> run(); r.run(); }
  private void helper(int a) {}
  private void helper(int a, int... b) {}
  native int fast(int x);
  public static void main(String[] args) { new Service(null).run(); }
  interface Inner { void go(); }
  enum Color { RED, GREEN }
  record Point(int x, int y) { int sum() { return x + y; } }
}
