<?php
// Before a deploy: brings the database to what this release needs, in steps that the release before can live with.
declare(strict_types=1);

require dirname(__DIR__) . '/app/site.php';

$id = is_mysql() ? 'INTEGER PRIMARY KEY AUTO_INCREMENT' : 'INTEGER PRIMARY KEY AUTOINCREMENT';
database()->exec("CREATE TABLE IF NOT EXISTS visitors (id $id, name VARCHAR(32) NOT NULL UNIQUE, hash VARCHAR(255) NOT NULL)");
database()->exec(
    "CREATE TABLE IF NOT EXISTS entries
     (id $id, visitor INTEGER NOT NULL, text VARCHAR(2000) NOT NULL, token VARCHAR(64) NOT NULL UNIQUE)"
);
// Expand: a column that may be empty. The release before, which is served meanwhile, neither reads nor writes it. To take it away
// again (contract) is for a release after the last one that knows it.
try {
    database()->query('SELECT mood FROM entries LIMIT 1');
} catch (PDOException) {
    database()->exec('ALTER TABLE entries ADD COLUMN mood VARCHAR(32) NULL');
    echo "entries have a mood from now on\n";
}
echo "the guest book is ready\n";
