<?php
// Every request that names no file comes here.
declare(strict_types=1);

require __DIR__ . '/site.php';
require __DIR__ . '/guestbook.php';
require __DIR__ . '/accounts.php';
require __DIR__ . '/page.php';

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/';
$route = $_SERVER['REQUEST_METHOD'] . ' ' . $path;

try {
    if ($route === 'GET /healthz') {
        query('SELECT 1 FROM entries LIMIT 1');
        exit('ok');
    }
    begin_session();
    if ($_SERVER['REQUEST_METHOD'] === 'POST' && !is_own_form()) {
        answer(403, 'This form is not ours.');
    }
    match ($route) {
        'GET /', 'HEAD /' => show_page(),
        'GET /version' => answer(200, VERSION),
        'GET /api/entries' => answer_json(entries()),
        'POST /register' => register($_POST['name'] ?? '', $_POST['password'] ?? ''),
        'POST /login' => login($_POST['name'] ?? '', $_POST['password'] ?? ''),
        'POST /logout' => logout(),
        'POST /entries' => add_entry($_POST),
        default => answer(404, 'There is no such page.'),
    };
} catch (PDOException $error) {
    error_log('database: ' . $error->getMessage());
    // A database that is away for a moment says nothing about this release: the probe is about the release.
    if ($route === 'GET /healthz' && is_away($error)) {
        exit('ok, but the database is away');
    }
    header('Retry-After: 2');
    answer(503, 'The guest book cannot be reached. Please try again in a moment.');
}
