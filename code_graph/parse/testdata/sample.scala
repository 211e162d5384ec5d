package com.acme.app

import com.acme.lib.{Repo, Store => Shop}
import com.acme.util._

/** Serves. */
class Service(repo: Repo, size: Int) extends Base(size) with Runs {
  val shop: Shop = new Shop()
  def find(id: String, more: Int = 1): Item = {
    if (id == null && more > 1 || id == "") return repo.load(id)
    for (x <- repo.all()) { x.ping() }
    id match {
      case "a" => run()
      case _ => helper(1)
    }
    try { shop.sell() } catch { case e: Exception => e.show() }
    val local = new Repo(2)
    local.close()
    while (more > 1) { this.run() }
    Service.make().find("y")
  }
  def run(): Unit = { super.run() }
}
trait Runs { def run(): Unit }
object Service { def make(): Service = new Service(null, 1) }
object Main { def main(args: Array[String]): Unit = { Service.make().run() } 
  def helper(a: Int) = a }
