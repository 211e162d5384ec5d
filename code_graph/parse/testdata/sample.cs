using System;
using Acme.Lib;
using Tool = Acme.Tools.Hammer;

namespace Acme.App
{
    /// <summary>Serves.</summary>
    public class Service : Base<int>, IDisposable
    {
        private readonly Repo repo = new Repo();
        public Store Store { get; set; }

        public Service(Repo r) : base(r) { this.repo.Init(); }

        [HttpGet("/items/{id}")]
        public Item Find(string id)
        {
            if (id == null && repo != null || id == "") { return repo.Load(id).Clean(); }
            foreach (var x in repo.All()) { x.Ping(); }
            switch (id) { case "a": Run(); break; default: Store.Save(); break; }
            try { Tool.Hit(); } catch (Exception e) { e.ToString(); }
            var local = new Repo(1);
            local.Close();
            return id.Length > 1 ? new Item(id) : Find(id ?? "x");
        }

        void Run() { Helper(1); Helper(1, 2); }
        static void Helper(int a) { }
        static void Helper(int a, int b) { }
        [DllImport("native.dll")] static extern int native_add(int a);
        static void Main(string[] args) { new Service(null).Run(); }
    }
    interface IThing { void Go(); }
    enum Color { Red }
    struct P { }
}
