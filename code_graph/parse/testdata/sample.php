<?php
namespace Acme\App;

use Acme\Lib\Repo;
use Acme\Lib\Store as Shop;
require_once __DIR__ . '/boot.php';

/** Serves. */
class Service extends Base implements Runs {
    use Loud;
    private Repo $repo;

    public function __construct(private Shop $shop, int ...$rest) { $this->repo = new Repo(1); parent::__construct(); }

    public function find(string $id): ?Item {
        if ($id && $this->repo || $id == '') { return $this->repo->load($id); }
        foreach ($this->all() as $x) { $x->ping(); }
        switch ($id) { case 'a': helper(1); break; default: self::make(); }
        try { $this->shop->sell(); } catch (\Exception $e) { $e->show(); }
        $local = new Repo(2);
        $local->close();
        return $id ? static::make() : strlen($id);
    }

    public static function make() { return new self(); }
    private function all() { return match (true) { 1 => 2, default => 3 }; }
}
interface Runs {}
trait Loud {}
enum Suit {}

function helper(int $a, $b = 2) { $f = fn($q) => $q; return Service::make()->find($a ?? $b); }
