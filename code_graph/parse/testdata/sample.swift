import Foundation

/// Serves.
class Service: Base, Runs {
  let repo: Repo = Repo()
  var other = Store(1)
  init(size: Int) { super.init(); self.repo.start() }
  func find(_ id: String, more: Int = 1) -> Item? {
    if id == "" && more > 1 || id == "x" { return repo.load(id) }
    guard more > 2 else { return nil }
    for x in repo.all() { x.ping() }
    switch id { case "a": run()
    default: helper(1) }
    do { try self.run() } catch { other.show() }
    let local = Repo()
    local.close()
    return id.isEmpty ? nil : Service(size: 1).find(id ?? "y")
  }
  func run() { list.map { $0.go() } }
}
protocol Runs { func run() }
struct Point { var x: Int }
enum Color { case red }
extension Service { func more() { run() } }
func helper(_ a: Int) { Service(size: a).run() }
