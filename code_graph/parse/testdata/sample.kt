package com.acme.app

import com.acme.lib.Repo
import com.acme.util.*
import com.acme.lib.Store as Shop

/** Serves. */
class Service(private val repo: Repo, size: Int) : Base(size), Runs {
    val shop: Shop = Shop()
    fun find(id: String?, more: Int = 1): Item {
        if (id == null && more > 1 || id == "") return repo.load(id)
        for (x in repo.all()) { x.ping() }
        when (id) {
            "a" -> run()
            else -> helper(1)
        }
        try { shop.sell() } catch (e: Exception) { e.show() }
        val local = Repo(2)
        local.close()
        val name = id ?: helper(more)
        return listOf(1).map { it.go() }
    }
    fun run() { this.find("x")
        super.run() }
    companion object {
        fun make(): Service = Service(Repo(), 1)
    }
}
interface Runs {
    fun run()
}
enum class Color { RED }
object Single {
    fun one() = helper(3)
}
fun helper(a: Int) = Service.make().find("k")
fun main() {
    helper(1)
    Single.one()
}
