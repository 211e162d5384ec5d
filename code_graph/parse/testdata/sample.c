#include <stdio.h>
#include "store.h"

#define TWICE(x) ((x) + (x))

struct point { int x; struct point *next; };
enum color { RED, GREEN };

extern int elsewhere;
static int counter = 0;
int declared(int a);

/* Adds. */
static int add(int a, int b) {
  if (a && b || a > 1) return declared(a);
  for (int i = 0; i < a; i++) { switch (i) { case 1: break; case 2: puts("x"); default: break; } }
  while (b) { do { b--; } while (b); }
  return a ? TWICE(b) : add(b, a);
}

int (*callback)(int);

int main(int argc, char **argv) {
  struct point p;
  callback(1);
  return add(argc, store_open(argv));
}
