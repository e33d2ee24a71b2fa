<?php
declare(strict_types=1);

function answer(int $status, string $text): never
{
    http_response_code($status);
    header('Content-Type: text/plain; charset=utf-8');
    exit($text . "\n");
}

function answer_json(mixed $value): never
{
    header('Content-Type: application/json');
    exit(json_encode($value, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE));
}

function lead_to(string $path): never
{
    header('Location: ' . $path, true, 303);
    exit;
}

function show_page(): never
{
    $visitor = visitor();
    $form = $visitor ? entry_form($visitor) : account_form();
    $entries = implode("\n", array_map('show_entry', entries()));
    $version = text(VERSION);
    exit(<<<HTML
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>www.foobar.com</title>
        <link rel="stylesheet" href="/style.css">
        </head>
        <body>
        <header><h1>The guest book of Foo and Bar</h1></header>
        $form
        <ul>
        $entries
        </ul>
        <footer><small>$version</small></footer>
        </body>
        </html>
        HTML);
}

function entry_form(array $visitor): string
{
    $token = bin2hex(random_bytes(16));
    $name = text($visitor['name']);
    $fields = entry_fields();
    return <<<HTML
        <form method="post" action="/entries">
        $fields
        <input type="hidden" name="token" value="$token">
        <button>Sign as $name</button>
        </form>
        <form method="post" action="/logout"><button>Log out</button></form>
        HTML;
}

function account_form(): string
{
    return <<<HTML
        <form method="post" action="/login">
        <input name="name" required placeholder="Name" autocomplete="username">
        <input name="password" type="password" required placeholder="Password" autocomplete="current-password">
        <button>Log in</button>
        <button formaction="/register">Register</button>
        </form>
        HTML;
}
