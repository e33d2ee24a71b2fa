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
echo "the guest book is ready\n";
