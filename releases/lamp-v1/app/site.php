<?php
// What all requests share: the database, the session, and who the visitor is.
declare(strict_types=1);

/** Where data lies that outlives releases: beside the releases, or where DATA says. */
function data_directory(): string
{
    $directory = getenv('DATA') ?: dirname(__DIR__, 3) . '/data';
    if (!is_dir($directory . '/sessions')) {
        @mkdir($directory . '/sessions', 0700, true);
    }
    return $directory;
}

/** The database: a file of SQLite, or what DATABASE names: "mysql:host=127.0.0.1;dbname=site". */
function database(): PDO
{
    static $database = null;
    if ($database === null) {
        $name = getenv('DATABASE') ?: 'sqlite:' . data_directory() . '/site.sqlite';
        $database = new PDO($name, getenv('DATABASE_USER') ?: null, getenv('DATABASE_PASSWORD') ?: null, [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
            PDO::ATTR_TIMEOUT => 10,
        ]);
        if (str_starts_with($name, 'sqlite:')) {
            $database->exec('PRAGMA busy_timeout = 10000');
            $database->exec('PRAGMA journal_mode = WAL');
        }
    }
    return $database;
}

function is_mysql(): bool
{
    return database()->getAttribute(PDO::ATTR_DRIVER_NAME) === 'mysql';
}

/** Whether the database's server could not be reached, went away, or is on its way down or up. */
function is_away(PDOException $error): bool
{
    return in_array((int) ($error->errorInfo[1] ?? $error->getCode()), [1053, 1927, 2002, 2003, 2006, 2013], true);
}

/** @param array<int, mixed> $values */
function query(string $statement, array $values = []): PDOStatement
{
    $prepared = database()->prepare($statement);
    $prepared->execute($values);
    return $prepared;
}

function begin_session(): void
{
    session_save_path(data_directory() . '/sessions');
    session_start([
        'cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'cookie_secure' => ($_SERVER['HTTPS'] ?? '') === 'on',
        'use_strict_mode' => true,
    ]);
}

/** The visitor, once logged in: id and name. */
function visitor(): ?array
{
    return $_SESSION['visitor'] ?? null;
}

/** A form of another site must not act in the visitor's name. */
function is_own_form(): bool
{
    $origin = $_SERVER['HTTP_ORIGIN'] ?? '';
    return $origin === '' || parse_url($origin, PHP_URL_HOST) === parse_url('http://' . $_SERVER['HTTP_HOST'], PHP_URL_HOST);
}

function text(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE);
}
