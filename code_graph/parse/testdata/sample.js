#!/usr/bin/env node
// About the file.
import def, { a as b, c } from './lib';
import * as ns from '../ns.js';
const fs = require('fs');
const { read, write: put } = require('./io');
export * from './all';
export { x as y } from './re';

/** Adds. */
export function add(p, q = 1, ...rest) {
  const v = p?.q ?? 3;
  if (p && q || v) { b(p); } else if (q) { c.d(); }
  switch (q) { case 1: break; case 2: read(); default: put(); }
  for (const k of rest) { k(); }
  try { ns.go(); } catch (e) { e.add(); }
  return p ? add(q) : "add('no') ? :";
}

const arrow = async (n) => { await helper(n); };
export const LIMIT = 10;

function helper(arrow) { arrow(); function nested() { helper(); } return nested(); }

export default class Shape extends ns.Base {
  #hidden = 1;
  repo = new Repo();
  handler = (e) => { this.area(); };
  constructor(r) { super(r); this.r = new Shape(); }
  get size() { return this.area(); }
  static make() { return new Shape(1); }
  area() { this.repo.find(); this.r.area(); super.area(); setTimeout(() => this.size, 1); }
}
class Repo { find() { return function () { this.find(); }; } }

const api = { list() { return 1; }, load: () => add(1), add };
api.list();
Shape.prototype.grow = function () { helper(); };
exports.old = function (z) { return z; };
module.exports.more = helper;

app.get('/items/:id', helper);
fetch(`/api/items/${LIMIT}`, { method: 'POST' });
child_process.spawn('python3', ['scripts/job.py']);
app.listen(3000);
