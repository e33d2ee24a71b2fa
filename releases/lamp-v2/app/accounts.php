<?php
declare(strict_types=1);

function register(string $name, string $password): never
{
    if (preg_match('/^[A-Za-z0-9_-]{2,32}$/', $name) !== 1 || strlen($password) < 8) {
        answer(422, 'A name of 2 to 32 letters and digits, and a password of at least 8.');
    }
    $known = query('SELECT id FROM visitors WHERE name = ?', [$name])->fetch();
    if ($known) {
        answer(409, 'This name is taken.');
    }
    query('INSERT INTO visitors (name, hash) VALUES (?, ?)', [$name, password_hash($password, PASSWORD_DEFAULT)]);
    welcome((int) database()->lastInsertId(), $name);
}

function login(string $name, string $password): never
{
    $found = query('SELECT id, name, hash FROM visitors WHERE name = ?', [$name])->fetch();
    if (!$found || !password_verify($password, $found['hash'])) {
        answer(403, 'Name or password is wrong.');
    }
    welcome((int) $found['id'], $found['name']);
}

/** A session that was there before the login is not the one after it. */
function welcome(int $id, string $name): never
{
    session_regenerate_id(true);
    $_SESSION['visitor'] = ['id' => $id, 'name' => $name];
    lead_to('/');
}

function logout(): never
{
    $_SESSION = [];
    session_destroy();
    lead_to('/');
}
