import type { Repo } from './repo';
import Base = require('./base');

export interface Store extends Readable<string> { get(key: string): Repo; repo: Repo; }
export enum Color { Red, Green }
type Alias = Store | null;
namespace Inner.Deep { export function deep() {} }

export abstract class Service<T> extends Base<T> implements Store, Other {
  private count: number = 0;
  constructor(private readonly repo: Repo, store?: Store) { super(); }
  get(key: string): Repo { return this.repo.find(key)!; }
  abstract make(): Store;
  use(s: Store) { s.get('x').save(); this.make().get('y'); Color.Red.toString(); }
}

function over(a: number): void;
function over(a: string): void;
function over(a: any) { (a as Store).get('k'); return deepest<number>(a); }
const deepest = <U,>(v: U): U => v;
