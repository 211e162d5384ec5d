//! Crate.
use crate::store::{self, Store, disk::Disk as D};
use super::other::*;
mod local;

/// A point.
pub struct Point { x: i32, store: Store }

pub enum Kind { A, B(i32) }

pub trait Shape: Base { fn area(&self) -> i32; fn name(&self) -> String { self.area().to_string() } }

impl Point {
    pub fn new(x: i32) -> Self { Point { x, store: Store::open() } }
    fn grow(&mut self, by: i32) { self.store.put(by); Self::check(by); helper(by); }
    fn check(v: i32) {}
}

impl Shape for Point {
    fn area(&self) -> i32 {
        if self.x > 0 && self.x < 9 || false { return 1; }
        match self.x { 1 => one(), 2 | 3 => two(), _ => store::sync() }
        while self.x > 0 { loop { break; } }
        for i in 0..3 { i.go(); }
        0
    }
}

impl Far { fn beyond(&self) { helper(2); } }

fn helper(by: i32) -> Point { let p = Point::new(by); p.grow(1); D::load()?; local::go(); p }

const LIMIT: i32 = 3;

#[no_mangle]
pub extern "C" fn exported(x: i32) -> i32 { x }

mod tests { fn inside() { super::helper(1); } }

fn main() { helper(1); }
