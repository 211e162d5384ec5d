#include "shape.h"
#include <vector>

using namespace geo::flat;
using std::vector;

namespace geo {
// A shape.
class Shape : public Base, private detail::Mixin<int> {
 public:
  Shape(int n) : n_(n) { init(); }
  virtual ~Shape();
  int area() const { return n_ > 0 && n_ < 9 ? compute(n_) : inner_.size(); }
  static Shape make(int n);
  template <class T> void visit(T t) { t.go(); this->area(); }

 private:
  void init() {}
  int compute(int a, int b = 2);
  int n_;
  Inner inner_;
};

int Shape::compute(int a, int b) {
  for (auto x : list) { x.go(); }
  try { helper(a); } catch (...) { init(); }
  auto s = new Shape(1);
  s->area();
  Shape t(2);
  t.area();
  return Shape::make(1).area() + detail::free_one(b);
}

Shape Shape::make(int n) { return Shape(n); }
}  // namespace geo

template <typename T>
static T helper(T v) { auto f = [&](int q) { return q ? helper<T>(v) : v; }; return f(1); }

enum class Mode { kA, kB };

int main() { geo::Shape s(1); return s.area(); }
